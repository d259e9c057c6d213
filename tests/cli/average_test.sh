#!/bin/bash
# average: means of models, and what has none. The numbers are tested in tests/model.
# usage: average_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"
expect 0 average --help
same "$(head -n 1 stdout)" 'usage: gemel average [options] MODEL…'

train_tiny start.safetensors --storage f32 --loss bce,head --head-size 4
for seed in 1 2; do
  train_tiny $seed.safetensors --storage f32 --loss bce,head --head-size 4 --init start.safetensors \
    --seed $seed --notes "run $seed"
done
fingerprint() { "$gemel" info "$1" | sed -n 's/  fingerprint  //p'; }

expect 0 average -o mean.safetensors 1.safetensors 2.safetensors
says_only "gemel: mean.safetensors: the mean of 2 models, fingerprint $(fingerprint mean.safetensors); it has no thresholds yet: 'gemel evaluate -m mean.safetensors --write DEV'"
[ -s stdout ] && fail 'printed on standard output'
# The order does not matter; a model's mean with itself is itself.
expect 0 average -o turned.safetensors 2.safetensors 1.safetensors
same_weights mean.safetensors turned.safetensors
expect 0 average -o itself.safetensors 1.safetensors 1.safetensors 1.safetensors
same_weights itself.safetensors 1.safetensors

# What the model says of itself.
expect 0 info --json mean.safetensors
same "$(json notes)" 'run 1'
same "$(json training mean_of 1 fingerprint)" "$(fingerprint 2.safetensors)"
same "$(json training mean_of 0 training train file)" pairs-train.csv
same "$(json thresholds accuracy)" ''
same "$(json calibration)" ''
refuses "mean.safetensors: holds no configuration of its training; it was trained by an older gemel, \
is a mean of models or was pruned; --json prints what is known" info --config mean.safetensors
expect 0 average --notes 'of two' --storage int8 -o small.safetensors 1.safetensors 2.safetensors
expect 0 info --json small.safetensors
same "$(json notes)" 'of two'
same "$(json tensors 0 type)" int8
expect 0 average -o again.safetensors small.safetensors small.safetensors
expect 0 info --json again.safetensors
same "$(json tensors 0 type)" int8

# It is a model like others once it has thresholds.
expect 1 duplicates -m mean.safetensors --text-column question "$sample/questions.tsv"
expect 0 evaluate -m mean.safetensors --write "$sample/pairs-dev.jsonl"
expect 0 duplicates -m mean.safetensors --text-column question "$sample/questions.tsv"
expect 0 embed -m mean.safetensors --text-column question -o v.npy "$sample/questions.tsv"

# What has no mean, and wrong usage.
train_tiny other.safetensors --storage f32 --loss bce,head --head-size 4 --kind bpe
train_tiny wide.safetensors --storage f32 --loss bce,head --head-size 8 --init start.safetensors
refuses "wide.safetensors: is of another shape than 1.safetensors; 'gemel info' tells what each is" \
  average -o x.safetensors 1.safetensors wide.safetensors
refuses "other.safetensors: has another tokenizer than 1.safetensors; average models that started from the same one, with 'gemel train --init'" \
  average -o x.safetensors 1.safetensors 2.safetensors other.safetensors
[ -e x.safetensors ] && fail 'a refused mean left a file'
refuses './nowhere: cannot be opened: No such file or directory' \
  average -o x.safetensors 1.safetensors ./nowhere
refuses 'nowhere/x: cannot be opened for writing: No such file or directory' \
  average -o nowhere/x 1.safetensors 2.safetensors
wrong 'give two models or more' average -o x.safetensors 1.safetensors
wrong 'missing MODEL (wanted: MODEL…)' average -o x.safetensors
wrong "the option '--output' is required but missing" average 1.safetensors 2.safetensors
wrong "storage: 'f16' is not known; choose among f32, bf16, int8" \
  average --storage f16 -o x.safetensors 1.safetensors 2.safetensors
wrong "'1.safetensors' would replace a file that is read" \
  average -o 1.safetensors 2.safetensors ./1.safetensors
no_leftovers
finish
