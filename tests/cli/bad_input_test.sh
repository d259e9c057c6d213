#!/bin/bash
# Bad rows, files and models: exit code 1 and one line that says where.
# usage: bad_input_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
export GEMEL_MODEL=$golden

# Texts.
mkdir folder
: >empty.txt
printf 'hello\nwor\xffld\n' >utf8.txt
printf 'hello\nwo\0rld\n' >nul.txt
bad='correct the row, or skip bad rows'
for verb in 'duplicates -o found.tsv' 'embed -o found.npy' \
  'tokenizer --vocabulary-size 262 -o found.model'; do
  refuses "utf8.txt:2:4: invalid UTF-8, byte 0xFF; $bad" $verb utf8.txt
  refuses "nul.txt:2:3: a NUL byte; $bad" $verb nul.txt
  refuses 'missing.txt: cannot be opened: No such file or directory; check the name and its permissions' \
    $verb missing.txt
  refuses 'folder: cannot be read: Is a directory' $verb folder
  expect 1 $verb empty.txt
  same "$(compgen -G 'found*')" ''
done
refuses 'empty.txt: holds no texts; read as text, one a line' duplicates empty.txt
refuses 'standard input: holds no texts; read as text, one a line' duplicates -
refuses 'tokenizer: there is no text to train on; give a corpus with words in it' \
  tokenizer -o found empty.txt
refuses 'utf8.txt: plain text has no columns to choose from; choose the format tsv, csv or jsonl' \
  duplicates --text-column body utf8.txt
printf 'id\tbody\n1\thello\n' >texts.tsv
refuses "texts.tsv:1: there is no column 'text' for text; choose among id, body" \
  duplicates --text-column text texts.tsv
refuses 'texts.tsv:1: the row has 2 columns, but text is column 3; check the format and the columns, correct the row, or skip bad rows' \
  duplicates --text-column 3 texts.tsv
expect 0 duplicates --skip-bad-rows nul.txt
says 'gemel: warning: nul.txt: skipped 1 bad row: 1 with a NUL byte'
says "gemel:   nul.txt:2:3: a NUL byte; $bad"
refuses 'TEXT1, byte 4: invalid UTF-8, byte 0xFF; give UTF-8' compare $'wor\xffld' hello
refuses 'TEXT2, byte 1: invalid UTF-8, byte 0xC3; give UTF-8' compare hello $'\xc3'

# Pairs, for both verbs that read them. Each row: what follows FILE in the message, and the bytes.
while IFS='|' read -r name message bytes; do
  printf "$bytes" >"$name"
  refuses "$name$message" evaluate "$name"
  expect 1 train -o found --vocabulary-size 262 "$name"
  says_only "gemel: training a tokenizer on $name
gemel: $name$message"
done <<ROWS
utf8.tsv|:2:6: invalid UTF-8, byte 0xFF; $bad|1\\ta\\tb\\n0\\ta\\tc\\xff\\n
nul.tsv|:2:4: a NUL byte; $bad|1\\ta\\tb\\n0\\ta\\000\\tc\\n
short.tsv|:3: the row has 2 columns, but text2 is column 3; check the format and the columns, correct the row, or skip bad rows|1\\ta\\tb\\n\\n0\\ta\\n
label.tsv|:2: label '2' is neither 0 nor 1; correct the row, skip bad rows, or say that labels are graded|1\\ta\\tb\\n2\\ta\\tc\\n
word.tsv|:2: label 'yes' is not a number; $bad|1\\ta\\tb\\nyes\\ta\\tc\\n
header.tsv|:1: label 'same' is not a number; if line 1 is a header, say so or choose the columns by name|same\\tone\\ttwo\\n
blank.tsv|:1: text1 is empty; $bad|1\\t \\tb\\n
column.csv|:1: the row has 2 columns, but text2 is column 3; check the format and the columns, correct the row, or skip bad rows|question1,question2\\na,b\\n
quote.csv|:2: the quoted field that opens here never ends; close the quote, or double the quotes inside the field|question1,question2,is_duplicate\\n"a,b,1\\n
inside.csv|:2:3: a quote in the middle of a field; quote the whole field and double the quotes inside it|question1,question2,is_duplicate\\na "b",c,1\\n
key.jsonl|:1: there is no key 'label'; $bad|{"question1":"a","question2":"b"}\\n
json.jsonl|:1:18: is not valid JSON; $bad|{"question1":"a",\\n
ROWS
for name in missing.tsv empty.txt folder; do
  expect 1 evaluate $name
  expect 1 train -o found $name
done
: >empty.tsv
refuses 'empty.tsv: holds no pairs; read as TSV, no header, label: column 1, text1: column 2, text2: column 3' \
  evaluate empty.tsv
printf 'label\ttext1\ttext2\n' >head.tsv
refuses 'head.tsv: holds no pairs; read as TSV, with a header, label: column 1, text1: column 2, text2: column 3' \
  evaluate head.tsv
same "$(compgen -G 'found*')" ''

# A line of 10 MB is read, and cut by the model like any long text.
{ head -c 10485760 /dev/zero | tr '\0' a; printf '\nhello\n'; } >long.txt
expect 0 embed -o long.f32 long.txt
holds stderr '0 empty, 1 truncated'
expect 0 duplicates long.txt
{ printf '1\t'; head -n 1 long.txt | tr -d '\n'; printf '\thello\n0\tyou\tme\n'; } >long.tsv
expect 0 evaluate long.tsv
expect 0 tokenizer --vocabulary-size 262 -o found.model texts.tsv
expect 0 train -o long.safetensors --tokenizer found.model --embedding-size 4 --hidden-size 4 \
  --epochs 1 --no-curves long.tsv
holds stderr ', 1 cut'

# Models.
damaged='the file is damaged: copy it again or train anew'
size=$(stat -c %s "$golden")
head -c 4000 "$golden" >cut.safetensors
head -c $((size - 1)) "$golden" >short.safetensors
{ cat "$golden"; echo; } >long.safetensors
: >empty.safetensors
mkdir folder.safetensors
printf 'Once upon a time there was a text.\n' >foreign.safetensors
printf '\2\0\0\0\0\0\0\0{}' >other.safetensors
flip() {  # flip BYTE FILE: the golden bundle with that byte's lowest bit turned over
  local old
  old=$(od -An -tu1 -j "$1" -N 1 "$golden")
  { head -c "$1" "$golden"; printf "\\x$(printf %x $((old ^ 1)))"; tail -c +$(($1 + 2)) "$golden"; } >"$2"
}
flip $((size - 1)) flip.safetensors
while IFS='|' read -r name message; do
  message="$name.safetensors$message"
  refuses "$message" info $name.safetensors
  refuses "$message" compare -m $name.safetensors a b
  refuses "$message" embed -m $name.safetensors -o found.npy texts.tsv
  refuses "$message" duplicates -m $name.safetensors -o found.tsv texts.tsv
  refuses "$message" evaluate -m $name.safetensors blank.tsv
done <<ROWS
cut|, byte 0: the header's length is 4728, but only 3992 bytes follow; the file is truncated: copy it again or train anew
short|: holds 8191 bytes, but its header asks for 8192 bytes; the file is truncated: copy it again or train anew
long|: holds 8193 bytes, but its header asks for 8192 bytes; something was appended to it: copy it again or train anew
empty|: is empty; give a model that 'gemel train' wrote
folder|: is not a regular file
missing|: cannot be opened: No such file or directory
foreign|: is not a gemel model (it has no safetensors header); give a model that 'gemel train' wrote
other|: is a safetensors file, but not a gemel model; give a model that 'gemel train' wrote
flip|, header or padding: does not match its fingerprint; $damaged
ROWS
# No bit of the file may turn over unnoticed.
for byte in 0 9 100 4735 4736 5000 6000 7000; do
  flip $byte turned.safetensors
  expect 1 info turned.safetensors
  holds stderr 'gemel: turned.safetensors'
done
printf 'no tokenizer' >wrong.model
refuses 'wrong.model: the bytes are not a sentencepiece model; give a file made by gemel tokenizer or a sentencepiece .model file' \
  train -o found --tokenizer wrong.model long.tsv
rm -f found.model
same "$(compgen -G 'found*')" ''
no_leftovers
finish
