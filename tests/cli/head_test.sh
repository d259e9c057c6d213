#!/bin/bash
# Models with a pair head: compare, duplicates, evaluate and info.
# usage: head_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"

train_tiny head.safetensors --loss bce,head --head-size 8
expect 0 train -o unmeasured.safetensors --loss bce,head --head-size 8 "${tiny_options[@]}" \
  "$sample/pairs-train.csv"
train_tiny plain.safetensors
text1='How can I sign up?' text2='What do I need to do to register?'

# compare: the head decides; the score is shown beside it. Both texts may change places.
pattern='^  pair head    0\.[0-9]{4}  that both say the same; it decides, threshold 0\.[0-9]{4}$'
verdict() {  # by the numbers on the line of the pair head
  awk '/^  pair head/ { print ($3 >= $NF) ? "duplicate" : "different" }' stdout
}
expect 0 compare -m head.safetensors "$text1" "$text2"
grep -qE "$pattern" stdout || fail "no line of the head: $(cat stdout)"
grep -q '^  score .*(cosine, larger is more alike)$' stdout || fail "$(cat stdout)"
same "$(head -n 1 stdout)" "$(verdict)"
cp stdout forth
expect 0 compare -m head.safetensors "$text2" "$text1"
same_bytes stdout forth
expect 0 compare -m head.safetensors --head-threshold 0 "$text1" "$text2"
same "$(head -n 1 stdout)" duplicate
expect 0 compare -m head.safetensors --head-threshold 1 "$text1" "$text2"
same "$(head -n 1 stdout)" different
expect 0 compare -m head.safetensors --no-head "$text1" "$text2"
grep -q 'pair head' stdout && fail 'the head speaks in spite of --no-head'
grep -q '^  score .*(cosine, larger is more alike; threshold 0\.[0-9]*)$' stdout || fail "$(cat stdout)"
expect 0 compare -m head.safetensors --no-head --threshold -1 "$text1" "$text2"
same "$(head -n 1 stdout)" duplicate
expect 0 compare -m head.safetensors --json "$text1" "$text2"
grep -qE '"threshold":null,.*"head":\{"probability":0\.[0-9]+,"threshold":0\.[0-9]+\}' stdout ||
  fail "$(cat stdout)"
expect 0 compare -m unmeasured.safetensors "$text1" "$text2"
holds stdout 'it decides, threshold 0.5000'
wrong "--threshold is about the score, but this model's pair head decides; give --head-threshold, or --no-head too" \
  compare -m head.safetensors --threshold 0.5 "$text1" "$text2"
wrong 'give one of --head-threshold and --no-head' \
  compare -m head.safetensors --head-threshold 0.5 --no-head "$text1" "$text2"
wrong 'head-threshold: is 1.5; allowed is 0 to 1' \
  compare -m head.safetensors --head-threshold 1.5 "$text1" "$text2"
refuses 'head-threshold: the model has no pair head; train one with --head-size and --loss bce,head, or give --threshold' \
  compare -m plain.safetensors --head-threshold 0.5 "$text1" "$text2"
expect 0 compare -m plain.safetensors --no-head "$text1" "$text2"
finish
