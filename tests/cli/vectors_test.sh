#!/bin/bash
# Same text, same vector: order, batch, window, threads and format of the input do not matter.
# usage: vectors_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
train_tiny m.safetensors
sed 1d "$sample/questions.tsv" | cut -f3 >texts.txt
tac texts.txt >reversed.txt
rows=$(wc -l <texts.txt)
width=128  # D of mean and max pooling of two directions of 32
expect 0 embed -m m.safetensors --threads 1 -o one.f32 texts.txt
same "$(stat -c %s one.f32)" $((rows * width * 4))
expect 0 embed -m m.safetensors --threads 2 --window 7 -o two.f32 texts.txt
same_bytes one.f32 two.f32
# One line of numbers a row, as their bytes.
lines() { od -An -v -tx4 -w$((width * 4)) "$1"; }
expect 0 embed -m m.safetensors --threads 2 -o reversed.f32 reversed.txt
same_bytes <(lines one.f32) <(lines reversed.f32 | tac)
for row in 1 2 100 "$rows"; do
  sed -n ${row}p texts.txt >alone.txt
  expect 0 embed -m m.safetensors -o alone.f32 alone.txt
  same_bytes <(lines one.f32 | sed -n ${row}p) <(lines alone.f32)
done
# Different texts have different vectors, but for the few that are the same but for case.
[ "$(lines one.f32 | sort -u | wc -l)" -gt $((rows * 9 / 10)) ] || fail 'too few distinct vectors'
finish
