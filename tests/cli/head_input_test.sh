#!/bin/bash
# A pair head that reads pooled vectors: training, compare, duplicates, evaluate and info.
# usage: head_input_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"

dev=$sample/pairs-dev.jsonl
options=(--loss bce,head --head-size 8 --projection-size 12 --pooling mean,max)
train_tiny pooled.safetensors "${options[@]}" --head-input pooled
train_tiny plain.safetensors "${options[@]}"
wrong "head_input: 'all' is not known; choose among embedding, pooled" \
  train -o none.safetensors "${options[@]}" --head-input all "$dev"
wrong 'head_input: is pooled, but the embedding is the pooled vector itself; set --projection-size, or --head-input embedding' \
  train -o none.safetensors --loss bce,head --head-size 8 --head-input pooled "$dev"

# info tells what it reads.
expect 0 info pooled.safetensors
holds stdout '  pair head    8 hidden units, reads pooled vectors too'
expect 0 info --json pooled.safetensors
same "$(json head input)" pooled
expect 0 info --json plain.safetensors
same "$(json head input)" embedding
expect 0 info --config pooled.safetensors
holds stdout 'head-input = pooled'

# Duplicates and compare ask it about the same features; threads change nothing.
cut -f2,3 "$sample/triplets.tsv" | tr '\t' '\n' >texts.txt
table=(--pairs --candidates -1 --head-threshold 0 --output-format tsv --format text texts.txt)
expect 0 duplicates -m pooled.safetensors --threads 1 "${table[@]}"
cp stdout all
expect 0 duplicates -m pooled.safetensors --threads 3 "${table[@]}"
cmp -s stdout all || fail 'three threads find other pairs than one'
for line in 2 100 1000; do
  IFS=$'\t' read -r _ _ score _ head first second < <(sed -n ${line}p all)
  expect 0 compare -m pooled.safetensors --json "$first" "$second"
  same "$(sed -E 's/.*"head":\{"probability":([^,]*),.*/\1/' stdout | awk '{ printf "%.6g", $1 }')" "$head"
done
# A file with itself, told as two.
expect 0 duplicates -m pooled.safetensors --against texts.txt "${table[@]}"
judged() { cut -f "$1" "$2" | sort; }
[ "$(wc -l <all)" -gt 1000 ] || fail "only $(wc -l <all) lines"
same "$(comm -23 <(judged 3,4,5,6,7 all) <(judged 3,4,5,6,7 stdout) | wc -l)" 0

# evaluate judges by it, and fits it.
expect 0 evaluate -m pooled.safetensors --json "$dev"
same "$(json rows 1 threshold)" "$(expect 0 info --json pooled.safetensors && json head threshold)"
expect 0 evaluate -m pooled.safetensors --write --precision-target 0.8 "$dev"
expect 0 info --self-test pooled.safetensors

# Fine-tuning goes on from it.
again=("${tiny_options[@]}" "${options[@]}" --head-input pooled "$sample/pairs-train.csv")
expect 0 train -o again.safetensors --init pooled.safetensors "${again[@]}"
says 'gemel: starting from pooled.safetensors: 13 of 13 tensors'
# A head that read less judges as before.
expect 0 train -o wider.safetensors --init plain.safetensors "${again[@]}" --learning-rate 1e-9 --storage f32
says 'gemel: starting from plain.safetensors: 13 of 13 tensors, widened from 12 to 140'
expect 0 train -o same.safetensors --init plain.safetensors "${tiny_options[@]}" "${options[@]}" \
  --learning-rate 1e-9 --storage f32 "$sample/pairs-train.csv"
asked() {
  expect 0 compare -m "$1" --json "$text1" "$text2"
  grep -o '"head":{"probability":0\.[0-9]\{5\}' stdout || fail 'no head'
}
text1='How can I sign up?' text2='What do I need to do to register?'
same "$(asked wider.safetensors)" "$(asked same.safetensors)"
# One that read another size is left whole.
expect 0 train -o other.safetensors --init pooled.safetensors "${again[@]/mean,max/max}"
says 'gemel: starting from pooled.safetensors: 8 of 13 tensors'
for part in hidden.weight hidden.bias output.weight output.bias; do
  says "gemel: warning: pooled.safetensors: head.$part has no place in this model"
done
no_leftovers
finish
