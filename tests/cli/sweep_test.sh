#!/bin/bash
# sweep: the table, repeated, interrupted and killed sweeps, failing runs, mistakes.
# usage: sweep_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"

base=("file = $sample/pairs-train.csv" "dev = $sample/pairs-dev.jsonl" 'vocabulary-size = 600'
  'embedding-size = 32' 'hidden-size = 32' 'no-curves = true' 'batch-pairs = 64' 'precision = f32')
printf '%s\n' "${base[@]}" 'epochs = 2' >base.conf
printf '%s\n' 'base = base.conf' 'seeds = 1,2' '[plain]' '[long]' 'epochs = 3 # one more' \
  'seeds = 3' >s.sweep
expect 0 sweep s.sweep --output-format tsv
same "$(cut -f 1-5 stdout | tr '\t\n' ',;')" \
  'run,changes,state,done,wanted;plain,,done,2,2;long,epochs = 3,done,1,1;'
same_bytes stdout s/table.tsv
same "$(tail -n 1 stdout | awk -F'\t' '{print $(NF-1)}')" 3
same "$(grep -c 'training$' stderr)" 3
for stem in plain.seed1 plain.seed2 long.seed3; do
  for ending in .conf .stderr .safetensors .safetensors.log.jsonl; do
    [ -e s/$stem$ending ] || fail "no s/$stem$ending"
  done
done
[ -e s/plain.seed1.conf.part ] && fail 'a finished run left its .part'
# A figure of the table is that of the best epoch of the log.
column=$(head -n 1 s/table.tsv | tr '\t' '\n' | grep -nx roc_auc | cut -d: -f1)
best=$(grep '"best":true' s/long.seed3.safetensors.log.jsonl | tail -n 1 |
  sed 's/.*"roc_auc":\([0-9.]*\).*/\1/')
same "$(sed -n 3p s/table.tsv | cut -f "$column")" "$(printf '%.6g' "$best")"
# A run's configuration makes its model.
expect 0 train --config s/long.seed3.conf -o alone.safetensors
same_bytes alone.safetensors s/long.seed3.safetensors

# Repeated: nothing is trained, whatever the format, unless something changed.
untrained() {
  checks=$((checks + 1))
  grep -q 'training$' stderr && fail "trained again: $(cat stderr)"
}
cp s/table.tsv before
expect 0 sweep s.sweep --output-format tsv
untrained
says 'gemel: run 1 of 3, plain.seed1: finished before'
same_bytes stdout before
expect 0 sweep s.sweep --list --output-format jsonl
same "$(grep -c '"state":"done"' stdout)" 2
expect 0 sweep s.sweep --output-format markdown -o -
same "$(head -n 1 stdout | cut -c 1-27)" '| run | changes | state | a'
[ -e s/table.md ] && fail 'a table was written in spite of -o -'
echo 'threads = 1' >>base.conf
expect 0 sweep s.sweep --list
untrained
same "$(awk 'NR > 1 {print $1}' stdout | tr '\n' ' ')" 'plain long '
rm s/plain.seed2.safetensors
sed 's/epochs = 3/epochs = 4/' s.sweep >t.sweep
expect 0 sweep t.sweep -d s -o t.txt
says 'gemel: run 1 of 3, plain.seed1: finished before'
says 'gemel: run 2 of 3, plain.seed2: training'
says 'gemel: run 3 of 3, long.seed3: training'
same "$(wc -l <s/long.seed3.safetensors.log.jsonl)" 4
same_bytes stdout t.txt
# Other data under the same name count as a change.
cp "$sample/pairs-train.csv" data.csv
printf '%s\n' "file = data.csv" "${base[@]:1}" 'epochs = 1' '[a]' >data.sweep
expect 0 sweep data.sweep --delete-models
[ -e data/a.safetensors ] && fail 'the model was kept'
expect 0 sweep data.sweep --delete-models
untrained
head -n 200 "$sample/pairs-train.csv" >data.csv
expect 0 sweep data.sweep --delete-models
says 'gemel: run 1 of 1, a: training'

# A run that fails does not end the sweep, and is tried again.
printf '1\tonly two\n' >bad.tsv
printf '%s\n' "${base[@]}" 'epochs = 1' '[first]' '[broken]' 'file = bad.tsv' '[last]' 'seed = 2' \
  >f.sweep
expect 1 sweep f.sweep --output-format tsv
says 'gemel: sweep: 1 run failed; what they said stands in f/NAME.stderr; repeat the command to try them again'
grep -q '^gemel: run 2 of 3, broken: failed: bad.tsv' stderr || fail "$(cat stderr)"
same "$(cut -f 1,4 f/table.tsv | tr '\t\n' ',;')" 'run,done;first,1;broken,0;last,1;'
grep -q '^broken.*failed: bad.tsv' f/table.tsv || fail 'the table does not tell the reason'
grep -q bad.tsv f/broken.stderr || fail 'the reason is not in f/broken.stderr'
cp "$sample/pairs-train.csv" bad.csv
sed 's/bad.tsv/bad.csv/' f.sweep >f2.sweep
expect 0 sweep f2.sweep -d f
same "$(grep -c 'training$' stderr)" 1

# Stopped and killed half-way; the figures are those of a sweep that was left alone.
printf '%s\n' "${base[@]}" 'patience = 0' 'epochs = 8' 'batch-pairs = 16' '[one]' '[two]' \
  'seed = 2' | awk '!/^batch-pairs = 64/' >k.sweep
figures() { cut -f 1-15 "$1"; } # all but best_epoch, epochs and seconds
expect 0 sweep k.sweep -d whole --output-format tsv
start() {
  "$gemel" sweep k.sweep --output-format tsv >stdout 2>stderr </dev/null &
  child=$!
}
epochs_done() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
start
wait_until epochs_done k/one.safetensors.log.jsonl 2
kill -INT $child
wait $child
same $? 1
says 'gemel: sweep: interrupted; repeat the command to go on'
[ -e k/one.safetensors ] && fail 'an interrupted run wrote a model'
[ -e k/one.safetensors.checkpoint ] || fail 'an interrupted run left no checkpoint'
same "$(cut -f 3 k/table.tsv | tr '\n' ' ')" 'state waiting waiting '
start
wait_until epochs_done k/two.safetensors.log.jsonl 2
kill -KILL $child
wait $child 2>/dev/null
same $? 137
same "$(cut -f 3 k/table.tsv | tr '\n' ' ')" 'state done waiting '
[ -e k/two.safetensors ] && fail 'a killed run wrote a model'
holds k/one.stderr 'going on from k/one.safetensors.checkpoint'
expect 0 sweep k.sweep --output-format tsv
says 'gemel: run 1 of 2, one: finished before'
same "$(figures k/table.tsv)" "$(figures whole/table.tsv)"
# A checkpoint of other options is put aside.
start() { "$gemel" sweep "$1" >stdout 2>stderr </dev/null & child=$!; }
sed 's/epochs = 8/epochs = 7/' k.sweep >c.sweep
start c.sweep
wait_until epochs_done c/one.safetensors.log.jsonl 2
kill -INT $child
wait $child
[ -e c/one.safetensors.checkpoint ] || fail 'no checkpoint'
sed -i 's/epochs = 7/epochs = 3/' c.sweep
expect 0 sweep c.sweep

# Mistakes show before anything is trained.
printf '%s\n' "${base[@]}" '[a]' '[b]' 'epoch = 3' >e.sweep
wrong "e.sweep:11: unknown option 'epoch'; did you mean 'epochs'?" sweep e.sweep
printf '%s\n' "${base[@]}" '[a]' '[b]' 'epochs = many' >e.sweep
wrong "e.sweep:11: 'many' is no value for 'epochs'; wanted is a whole number" sweep e.sweep
printf '%s\n' "${base[@]:1}" '[a]' >e.sweep
wrong 'e.sweep, [a]: missing FILE (wanted: FILE)' sweep e.sweep
printf '%s\n' "${base[@]}" '[a]' 'output = x' >e.sweep
wrong "e.sweep:10: 'output' is chosen by the sweep for each run; leave it out; --directory says where the files of all runs go" \
  sweep e.sweep
printf 'epochs = 3\n' >e.sweep
wrong 'e.sweep: holds no runs; begin each with a line [NAME]' sweep e.sweep
refuses 'nowhere.sweep: cannot be opened: No such file or directory' sweep nowhere.sweep
no_leftovers
finish
