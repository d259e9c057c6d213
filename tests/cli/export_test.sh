#!/bin/bash
# The verbs export and tokenize. What an exported file computes is tested in tests/onnx.
# usage: export_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
cp "$golden" golden.safetensors
train_tiny m.safetensors --layers 2 --shortcut

# The file and the tokenizer beside it.
expect 0 export --onnx m.onnx --tokenizer m.model --model m.safetensors
says_only "gemel: m.onnx: V 600, D 128, $(stat -c %s m.onnx) bytes"
[ -s stdout ] && fail 'printed on standard output'
for word in "$("$gemel" info m.safetensors | sed -n 's/  fingerprint  //p')" embedding.weight \
  lstm.1.W normalizer calibration thresholds; do
  holds m.onnx "$word"
done
expect 0 export --onnx - -m m.safetensors
same_bytes stdout m.onnx
expect 0 export --onnx named.onnx -m m.safetensors --tower text
same_bytes named.onnx m.onnx
no_leftovers

# Ids: the same by the model and by its tokenizer's file, a line for each row.
printf 'How do I log out?\n\n   \nwhere is my order, and my invoice?\n' >texts.txt
expect 0 tokenize --model m.safetensors texts.txt
cp stdout ids
same "$(wc -l <ids)" 4
same "$(grep -cxE '[0-9]+( [0-9]+)*' ids)" 4
same "$(sed -n 2p ids)" 1 # </s>
same "$(sed -n 3p ids)" 1
says_only ''
expect 0 tokenize --tokenizer m.model -o again texts.txt
same_bytes ids again
cp texts.txt stdin
expect 0 tokenize -m m.safetensors -
same_bytes stdout ids
rm stdin
expect 0 tokenize -m m.safetensors --max-tokens 2 texts.txt
same_bytes stdout <(cut -d' ' -f1,2 ids)
printf 'id,text\n7,"How do I\nlog out?"\n' >table.csv
expect 0 tokenize -m m.safetensors --text-column text table.csv
same_bytes stdout <(head -n 1 ids)

# Ids of texts taken apart by hand (tests/infer/tiny_tokenizer.hpp); the model reads 8 of them.
printf 'how old are you ?\nabc\nis is is is is is is is is is\n' >texts.txt
expect 0 tokenize -m "$golden" texts.txt
same "$(cat stdout)" $'6 7 8 9 14\n2 3 4 5\n13 13 13 13 13 13 13 13'
printf 'no\0pe\nabc\n' >bad.txt
expect 1 tokenize -m "$golden" -o out bad.txt
holds stderr 'bad.txt:1'
[ -e out ] && fail 'bad rows left a file'
expect 0 tokenize -m "$golden" --skip-bad-rows bad.txt
same "$(cat stdout)" '2 3 4 5'

# What cannot be exported.
refuses "golden.safetensors: has attention pooling; ONNX export knows mean, max and last; train \
one with other --pooling" export --onnx x.onnx -m golden.safetensors
[ -e x.onnx ] && fail 'a refused export left a file'
refuses "tower: 'passage' is not known; choose among text" \
  export --onnx x.onnx -m m.safetensors --tower passage
refuses 'nowhere/x.onnx: cannot be opened for writing: No such file or directory' \
  export --onnx nowhere/x.onnx -m m.safetensors
refuses '/dev/full: cannot be written: No space left on device' \
  export --onnx /dev/full -m m.safetensors
refuses 'texts.txt: the bytes are not a sentencepiece model; give a file made by gemel tokenizer or a sentencepiece .model file' \
  tokenize --tokenizer texts.txt texts.txt
refuses 'nowhere: cannot be opened: No such file or directory' \
  tokenize --tokenizer nowhere texts.txt
no_leftovers

# Two towers and a pair head: one tower a file, without the head.
expect 0 train --rows tuples --tower question --tower 'passage encoder=average' --loss in-batch \
  "${tiny_options[@]}" --projection-size 64 --output qa.safetensors "$sample/question-answer.tsv"
refuses 'tower: is needed, because this model has 2; choose among question, passage' \
  export --onnx q.onnx -m qa.safetensors
expect 0 export --onnx q.onnx -m qa.safetensors --tower question
refuses 'qa.safetensors, tower passage: is of kind average; ONNX export knows lstm; train one with --encoder lstm' \
  export --onnx p.onnx -m qa.safetensors --tower passage
train_tiny head.safetensors --head-size 4 --loss bce,head
expect 0 export --onnx h.onnx -m head.safetensors
says "gemel: warning: the pair head is not written; the file's thresholds are those of the distance"

# Wrong usage.
wrong "the option '--onnx' is required but missing" export
wrong "unexpected argument 'file'" export --onnx x file
wrong "'m.safetensors' would replace a file that is read" \
  export --onnx m.safetensors -m ./m.safetensors
wrong '--tokenizer names the same place as --onnx' \
  export --onnx x --tokenizer x -m m.safetensors
wrong 'give one of --model and --tokenizer' tokenize -m m.safetensors --tokenizer m.model texts.txt
wrong 'max-tokens: is -1; allowed is 0 to 65536' tokenize --max-tokens -1 texts.txt
wrong "'texts.txt' would replace a file that is read" \
  tokenize -m m.safetensors -o texts.txt texts.txt

# Debian's sentencepiece has a protobuf of its own; the tool's must not be seen by it.
[ "$(nm -D -C "$gemel" | grep -c google::protobuf)" = 0 ] || fail 'the tool exports its protobuf'
finish
