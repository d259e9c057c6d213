#!/bin/bash
# prune: zeros among a model's recurrent weights, which training and means leave alone. Which ones
# is tested in tests/nn.
# usage: prune_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"
expect 0 prune --help
same "$(head -n 1 stdout)" 'usage: gemel prune [options] MODEL'

fingerprint() { "$gemel" info "$1" | sed -n 's/  fingerprint  //p'; }
train_tiny start.safetensors --storage f32 --loss bce,head --head-size 4 --notes 'of the start'
expect 0 prune -o sparse.safetensors --share 0.5 start.safetensors
says_only "gemel: sparse.safetensors: 16 of 32 recurrent blocks are zero, fingerprint $(fingerprint sparse.safetensors); it has no thresholds yet: 'gemel evaluate -m sparse.safetensors --write DEV'"
[ -s stdout ] && fail 'printed on standard output'
expect 0 info sparse.safetensors
holds stdout '  pruned       16 of 32 recurrent blocks are zero'
expect 0 info start.safetensors
grep -q pruned stdout && fail 'start.safetensors is said to be pruned'
expect 0 info --json sparse.safetensors
same "$(json recurrent_blocks zero)" 16
same "$(json recurrent_blocks all)" 32
same "$(json notes)" 'of the start'
same "$(json thresholds accuracy)" ''
same "$(json training pruned share)" 0.5
same "$(json training pruned fingerprint)" "$(fingerprint start.safetensors)"
same "$(json training pruned training train file)" pairs-train.csv
expect 0 prune -o sparser.safetensors --share 1 --storage int8 --notes 'of none' sparse.safetensors
holds stderr 'gemel: sparser.safetensors: 32 of 32 recurrent blocks are zero'
expect 0 info --json sparser.safetensors
same "$(json notes)" 'of none'
same "$(json tensors 0 type)" int8
expect 0 prune -o same.safetensors --share 0 start.safetensors
same_weights start.safetensors same.safetensors

# Learning on leaves them alone, and so does a mean.
train_tiny better.safetensors --storage f32 --loss bce,head --head-size 4 --init sparse.safetensors
holds stderr 'gemel: 16 of 32 recurrent blocks are zero and stay so'
expect 0 average -o mean.safetensors sparse.safetensors better.safetensors
for model in better mean; do
  expect 0 prune -o again.safetensors --share 0 $model.safetensors
  holds stderr 'gemel: again.safetensors: 16 of 32 recurrent blocks are zero'
done
expect 0 evaluate -m better.safetensors --write "$sample/pairs-dev.jsonl"
expect 0 duplicates -m better.safetensors --text-column question "$sample/questions.tsv"

# A model that grows has other zeros, between old units and new ones, and learns all.
small=("${tiny_options[@]}")
tiny_options=(--vocabulary-size 600 --embedding-size 32 --hidden-size 64 --epochs 3 --no-curves
  --batch-pairs 64 --precision f32)
train_tiny grown.safetensors --storage f32 --loss bce,head --head-size 4 --init sparse.safetensors
tiny_options=("${small[@]}")
grep -q 'stay so' stderr && fail 'a grown model keeps zeros'
expect 0 info grown.safetensors
grep -q pruned stdout && fail 'zeros of a grown model did not learn'

# What cannot be pruned, and wrong usage.
train_tiny average.safetensors --storage f32 --encoder average
refuses 'average.safetensors: has no LSTM, whose recurrent weights could be pruned' \
  prune -o x.safetensors average.safetensors
refuses './nowhere: cannot be opened: No such file or directory' prune -o x.safetensors ./nowhere
refuses 'nowhere/x: cannot be opened for writing: No such file or directory' \
  prune -o nowhere/x start.safetensors
[ -e x.safetensors ] && fail 'a refused model left a file'
wrong 'missing MODEL (wanted: MODEL)' prune -o x.safetensors
wrong "the option '--output' is required but missing" prune start.safetensors
wrong 'share: is 1.5; allowed is 0 to 1' prune --share 1.5 -o x.safetensors start.safetensors
wrong "storage: 'f16' is not known; choose among f32, bf16, int8" \
  prune --storage f16 -o x.safetensors start.safetensors
wrong "'start.safetensors' would replace a file that is read" \
  prune -o start.safetensors ./start.safetensors
no_leftovers
finish
