#!/bin/bash
# The same pairs and texts in every format give the same answer.
# usage: formats_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
export GEMEL_MODEL=$golden

# Pairs. The third text holds a line break, which TSV cannot carry: there a space stands for it.
printf '1\thow old are you ?\twhat is your age ?\n0\twhere is it ?\thow old are you ?\n' >two.tsv
expect 0 evaluate --json two.tsv
cp stdout wanted
agrees() {
  expect 0 evaluate --json "$@"
  same_bytes stdout wanted
}
printf 'question2,is_duplicate,question1\n"what is your age ?",1,how old are you ?\r\nhow old are you ?,0,"where is it ?"\r\n' >two.csv
agrees two.csv
agrees two.csv --text1-column question1 --text2-column 1 --label-column is_duplicate
printf 'x\tb\ta\ts\n-\twhat is your age ?\thow old are you ?\t1\n\n-\thow old are you ?\twhere is it ?\t0\n' >named.tsv
agrees named.tsv --label-column s --text1-column a --text2-column b
agrees named.tsv --label-column 4 --text1-column 3 --text2-column 2 --header yes
tail -n +2 named.tsv >numbered
agrees numbered --format tsv --label-column 4 --text1-column 3 --text2-column 2
printf '\xef\xbb\xbf' | cat - two.csv >mark.csv
agrees mark.csv
printf '{"sentence1":"how old are you ?","score":1,"sentence2":"what is your age ?"}\n{"sentence1":"where is it ?","score":0.0,"sentence2":"how old are you \\u003f"}\n' >two.jsonl
agrees two.jsonl
cp two.tsv stdin
agrees - --format tsv
cp two.jsonl stdin
agrees - --format jsonl
rm stdin
gzip -k two.csv
agrees two.csv.gz
cp two.csv.gz stdin
agrees - --format csv
rm stdin
# A Zstandard frame with its bytes stored as they are: magic, one segment and its size, last block.
zstd_stored() {
  local size
  size=$(stat -c %s "$1")
  printf "\x28\xb5\x2f\xfd\x20\\x$(printf %02x "$size")"
  printf "\\x$(printf %02x $((size * 8 % 256 + 1)))\\x$(printf %02x $((size / 32)))\0"
  cat "$1"
}
zstd_stored two.tsv >two.tsv.zst
agrees two.tsv.zst
if command -v zstd >/dev/null; then
  zstd -q two.jsonl
  agrees two.jsonl.zst
fi
head -c 40 two.csv.gz >cut.csv.gz
head -c 60 two.tsv.zst >cut.tsv.zst
refuses 'cut.csv.gz: the compressed data are damaged or cut short; copy the file again' \
  evaluate cut.csv.gz
refuses 'cut.tsv.zst: the compressed data are damaged or cut short; copy the file again' \
  evaluate cut.tsv.zst

# Texts, with a line break and a tab inside.
printf 'id,body\nq7,"how old\nare you ?"\nq8,"say ""it"""\n' >texts.csv
printf '{"body":"how old\\nare you ?","id":"q7"}\n{"body":"say \\"it\\"","id":"q8"}\n' >texts.jsonl
expect 0 embed texts.csv --text-column body -o csv.f32
expect 0 embed texts.jsonl --text-column body -o jsonl.f32
same_bytes csv.f32 jsonl.f32
same_bytes csv.f32.ids jsonl.f32.ids
same "$(cat csv.f32.ids)" $'q7\nq8'
expect 0 embed texts.csv --text-column 2 --header yes -o numbered.f32
same_bytes csv.f32 numbered.f32

# Training reads what evaluation reads: the weights depend on the pairs, not on their wrapping.
mkdir csv jsonl
cp "$sample/pairs-train.csv" csv/pairs
sed -e 1d -e 's/\\/\\\\/g' -e 's/,\([01]\)\r*$/\t\1/' "$sample/pairs-train.csv" | grep -v '"' |
  sed 's/^\([^,]*\),\([^,]*\)\t\([01]\)$/{"text2":"\2","label":\3,"text1":"\1"}/' | grep '^{' >jsonl/pairs
{ echo question1,question2,is_duplicate; sed 's/{"text2":"\(.*\)","label":\(.\),"text1":"\(.*\)"}/\3,\1,\2/' jsonl/pairs; } >csv/pairs
small=(--vocabulary-size 400 --embedding-size 8 --hidden-size 8 --epochs 1 --no-curves -o model.safetensors)
expect 0 train "${small[@]}" --format csv csv/pairs
mv model.safetensors csv
expect 0 train "${small[@]}" --format jsonl jsonl/pairs
same_weights csv/model.safetensors model.safetensors
[ "$(wc -l <jsonl/pairs)" -gt 100 ] || fail "too few pairs were left to train on"
finish
