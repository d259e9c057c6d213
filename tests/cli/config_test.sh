#!/bin/bash
# Configuration files: mistakes, precedence, the round trip, and the options that a model keeps.
# usage: config_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"

# A template: everything with its default, and what has none as a comment.
expect 0 train --print-config
same "$(cat stderr)" ''
holds stdout '# output ='
holds stdout 'seed = '
cp stdout template.conf
expect 0 train --config template.conf --print-config
same_bytes stdout template.conf
says_only "gemel: incomplete: the option '--output' is required but missing"

# The command line goes before the file, the file before the default.
printf '%s\n' '# a run' "file = $sample/pairs-train.csv" "dev = $sample/pairs-dev.jsonl" \
  'vocabulary-size = 600' 'embedding-size = 32' 'hidden-size = 32' 'epochs = 9  # many' \
  'no-curves = true' 'batch-pairs = 64' 'precision = f32' 'notes = "a # b "' >run.conf
expect 0 train --config run.conf --print-config -o m.safetensors --epochs 3 --no-curves=false
cp stdout full.conf
for line in 'epochs = 3' 'no-curves = false' 'notes = "a # b "' 'output = m.safetensors'; do
  grep -qxF "$line" full.conf || fail "no line '$line'"
done
expect 0 train --config full.conf --print-config
same_bytes stdout full.conf
says_only ''
# So too for an option that may be repeated: the list is replaced, not made longer.
printf 'dev = a.tsv\ndev = b.tsv\nsoft-pairs = c.tsv\n' >lists.conf
expect 0 train --config lists.conf --dev d.tsv --dev e.tsv --print-config
same "$(grep -E '^(dev|soft-pairs) ' stdout | tr '\n' ';')" 'dev = d.tsv;dev = e.tsv;soft-pairs = c.tsv;'
expect 0 train --config run.conf --epochs 3 -o m.safetensors
same "$(wc -l <m.safetensors.log.jsonl)" 3
[ -e m.safetensors.svg ] && fail 'curves were drawn in spite of the configuration'

# The same options from a shell give the same model.
mkdir shell
train_tiny shell/m.safetensors --notes 'a # b '
expect 0 info --json m.safetensors
fingerprint() { grep -o '"fingerprint": "[0-9a-f]*"' stdout; }
wanted=$(fingerprint)
expect 0 info --json shell/m.safetensors
same "$(fingerprint)" "$wanted"

# A model keeps them, and can be made again.
expect 0 info --config m.safetensors
same "$(head -n 1 stdout)" \
  "# gemel train: the options of m.safetensors, fingerprint ${wanted:16:32}"
holds stdout 'notes = "a # b "'
cp stdout again.conf
mkdir again
expect 0 train --config again.conf -o again/m.safetensors
same_bytes m.safetensors again/m.safetensors
refuses "$golden: holds no configuration of its training; it was trained by an older gemel, is a mean of models or was pruned; --json prints what is known" \
  info --config "$golden"

# Mistakes stop before the work.
printf 'epochs = 3\nhiden-size = 3\n' >bad.conf
wrong "bad.conf:2: unknown option 'hiden-size'; did you mean 'hidden-size'?" train --config bad.conf
printf 'epochs\n' >bad.conf
wrong "bad.conf:1: 'epochs' has no value; write 'epochs = VALUE', or 'epochs = \"\"' for an empty one" \
  train --config bad.conf
printf 'epochs = some\n' >bad.conf
wrong "bad.conf:1: 'some' is no value for 'epochs'; wanted is a whole number" train --config bad.conf
printf 'epochs = 3\nepochs = 3\n' >bad.conf
wrong "bad.conf:2: 'epochs' stands in line 1 already; give it once" train --config bad.conf
printf '[one]\n' >bad.conf
wrong "bad.conf:1: '[one]' begins a section, which a configuration has not; write 'key = value' lines only; 'gemel sweep' takes files with sections" \
  train --config bad.conf
wrong "option '--config' cannot be specified more than once" train --config a --config b
refuses 'nowhere.conf: cannot be opened: No such file or directory' train --config nowhere.conf
printf 'threads = x\n' >stdin
wrong "standard input:1: 'x' is no value for 'threads'; wanted is a whole number" \
  evaluate --config -
no_leftovers
finish
