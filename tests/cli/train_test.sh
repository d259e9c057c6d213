#!/bin/bash
# Training: the same bytes whatever the threads, and after an interruption or a kill.
# usage: train_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"

mkdir one two three four
train_tiny one/m.safetensors --threads 1
[ -e one/m.safetensors.checkpoint ] && fail 'the checkpoint outlived the run'
same "$(wc -l <one/m.safetensors.log.jsonl)" 3
same "$(cut -d, -f1 one/m.safetensors.log.jsonl | tr '\n' ' ')" '{"epoch":1 {"epoch":2 {"epoch":3 '
holds stderr 'gemel: one/m.safetensors: written after '
holds stderr '(best)'
train_tiny two/m.safetensors --threads 2
same_bytes one/m.safetensors two/m.safetensors
expect 0 info --self-test one/m.safetensors
holds stdout '  3 texts give the stored vectors'
train_tiny three/m.safetensors --seed 2
cmp -s one/m.safetensors three/m.safetensors && fail 'another seed gave the same model'

# Interrupted and killed runs, against one that was left alone.
long=(--epochs 12 --patience 0 --batch-pairs 16)
# Options are given once only, hence without those of helpers.bash that `long` replaces.
tiny_options=(--vocabulary-size 600 --embedding-size 32 --hidden-size 32 --no-curves --precision f32)
mkdir whole
train_tiny whole/m.safetensors "${long[@]}"
epochs_done() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
start() {
  "$gemel" train --dev "$sample/pairs-dev.jsonl" --output "$1" "${tiny_options[@]}" "${long[@]}" \
    "$sample/pairs-train.csv" >stdout 2>stderr </dev/null &
  child=$!
}
start four/m.safetensors
wait_until epochs_done four/m.safetensors.log.jsonl 2
kill -INT $child
wait $child
same $? 1
says 'gemel: train: interrupted; repeat the command to go on from four/m.safetensors.checkpoint'
[ -e four/m.safetensors ] && fail 'an interrupted run wrote a model'
[ -e four/m.safetensors.checkpoint ] || fail 'an interrupted run left no checkpoint'
no_leftovers
cp four/m.safetensors.checkpoint checkpoint
train_tiny four/m.safetensors "${long[@]}"
says 'gemel: going on from four/m.safetensors.checkpoint (--restart begins anew)'
same_bytes whole/m.safetensors four/m.safetensors
same "$(wc -l <four/m.safetensors.log.jsonl)" 12
[ -e four/m.safetensors.checkpoint ] && fail 'the checkpoint outlived the run'

rm -r four && mkdir four
start four/m.safetensors
wait_until epochs_done four/m.safetensors.log.jsonl 3
kill -KILL $child
wait $child 2>/dev/null
same $? 137
rm -f four/*.partial* # a kill may come while the checkpoint is written
[ -e four/m.safetensors ] && fail 'a killed run wrote a model'
train_tiny four/m.safetensors "${long[@]}"
says 'gemel: going on from four/m.safetensors.checkpoint (--restart begins anew)'
same_bytes whole/m.safetensors four/m.safetensors

# A checkpoint of another run, a damaged one, and one that is put aside.
cp checkpoint four/m.safetensors.checkpoint
expect 1 train --dev "$sample/pairs-dev.jsonl" --output four/m.safetensors "${tiny_options[@]}" \
  "${long[@]}" --seed 2 "$sample/pairs-train.csv"
says "gemel: four/m.safetensors.checkpoint: belongs to a run with other options, data or tokenizer; repeat that run's command line, or delete the checkpoint to begin anew"
head -c 1000 checkpoint >four/m.safetensors.checkpoint
expect 1 train --dev "$sample/pairs-dev.jsonl" --output four/m.safetensors "${tiny_options[@]}" \
  "${long[@]}" "$sample/pairs-train.csv"
says 'gemel: four/m.safetensors.checkpoint: is not a whole gemel checkpoint; delete it and train from the beginning'
same_bytes whole/m.safetensors four/m.safetensors

# Places that cannot be written show before the work; a full disk costs no training.
tiny_options+=(--epochs 1)
mkdir folder
for place in folder nowhere/m.safetensors; do
  expect 1 train --output $place "${tiny_options[@]}" "$sample/pairs-train.csv"
  case $place in
  folder) says_only 'gemel: folder: cannot be opened for writing: Is a directory' ;;
  *) says_only "gemel: $place: cannot be opened for writing: No such file or directory" ;;
  esac
done
expect 1 train --output m.safetensors --log nowhere/log "${tiny_options[@]}" "$sample/pairs-train.csv"
says_only 'gemel: nowhere/log: cannot be opened for writing: No such file or directory'
expect 1 train --output /dev/full --checkpoint saved --log log.jsonl "${tiny_options[@]}" \
  "$sample/pairs-train.csv"
says 'gemel: /dev/full: cannot be written: No space left on device'
[ -e saved ] || fail 'a full disk cost the whole training'
expect 0 train --output later.safetensors --checkpoint saved --log log.jsonl "${tiny_options[@]}" \
  "$sample/pairs-train.csv"
says 'gemel: going on from saved (--restart begins anew)'
grep -q '1/' stderr && fail 'the training was done again'
[ -e later.safetensors ] || fail 'no model was written'
# A device named as checkpoint must not be deleted at the end.
mkfifo pipe
expect 2 train --output later.safetensors --checkpoint pipe --restart "$sample/pairs-train.csv"
holds stderr "gemel: --checkpoint 'pipe' is no regular file"
[ -p pipe ] || fail 'the checkpoint option deleted a pipe'
no_leftovers

# A tokenizer of its own, twice the same bytes.
expect 0 tokenizer --pairs --vocabulary-size 600 -o one.model "$sample/pairs-train.csv"
expect 0 tokenizer --pairs --vocabulary-size 600 -o two.model "$sample/pairs-train.csv"
same_bytes one.model two.model
says "gemel: two.model: unigram tokenizer, 600 pieces, $(stat -c %s two.model) bytes"
expect 1 tokenizer --pairs --vocabulary-size 600 -o /dev/full "$sample/pairs-train.csv"
says_only 'gemel: /dev/full: cannot be written: No space left on device'
expect 1 tokenizer --pairs --vocabulary-size 60000 -o one.model "$sample/pairs-train.csv"
holds stderr 'gemel: vocabulary_size: is 60000, but the texts yield fewer pieces; choose at most '
same_bytes one.model two.model
finish
