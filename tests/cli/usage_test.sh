#!/bin/bash
# Wrong usage: exit code 2, one line that says what is wrong, one that says where help is.
# usage: usage_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"

expect 2
says_only "gemel: missing VERB
Try 'gemel --help'."
wrong "'frobnicate' is not a verb" frobnicate
wrong "'--frobnicate' is not a verb" --frobnicate
expect 0 --version
same "$(cat stdout)" "gemel $(sed -n 's/^project(gemel VERSION \([0-9.]*\).*/\1/p' "$source_dir/CMakeLists.txt")"
for word in --help -h help; do
  expect 0 $word
  same "$(head -n 1 stdout)" 'usage: gemel VERB [options]'
  holds stdout 'Exit codes: 0 fine, 1 the work failed, 2 wrong usage.'
done
for verb in duplicates embed sweep tokenize tokenizer train; do
  expect 0 $verb --help
  same "$(head -n 1 stdout)" "usage: gemel $verb [options] FILE"
  wrong "unrecognised option '--frobnicate'" $verb --frobnicate
  case $verb in tokenizer | train)
    wrong "the option '--output' is required but missing" $verb file
    wrong 'missing FILE (wanted: FILE)' $verb --output x
    wrong "unexpected argument 'two'" $verb --output x one two
    ;;
  *)
    wrong 'missing FILE (wanted: FILE)' $verb
    wrong "unexpected argument 'two'" $verb one two
    ;;
  esac
done
expect 0 evaluate --help
same "$(head -n 1 stdout)" 'usage: gemel evaluate [options] FILE…'
wrong "unrecognised option '--frobnicate'" evaluate --frobnicate
wrong 'missing FILE (wanted: FILE…)' evaluate
expect 0 compare --help
same "$(head -n 1 stdout)" 'usage: gemel compare [options] TEXT1 TEXT2'
expect 0 info --help
same "$(head -n 1 stdout)" 'usage: gemel info [options] MODEL'
expect 0 export --help
same "$(head -n 1 stdout)" 'usage: gemel export [options]'
wrong "unrecognised option '--frobnicate'" export --frobnicate
wrong 'missing TEXT1 (wanted: TEXT1 TEXT2)' compare
wrong 'missing TEXT2 (wanted: TEXT1 TEXT2)' compare one
wrong "unexpected argument 'three'" compare one two three
wrong 'missing MODEL (wanted: MODEL)' info
wrong "unrecognised option '--mod'" compare --mod x one two
wrong "the required argument for option '--model' is missing" compare --model
wrong "option '--threads' cannot be specified more than once" embed --threads 1 --threads 2 x

# Values that are no number, out of range, or not known.
wrong "the argument ('many') for option '--threads' is invalid" duplicates --threads many x
wrong "the argument ('1.5') for option '--epochs' is invalid" train --epochs 1.5 -o x x
wrong "the argument ('half') for option '--threshold' is invalid" compare --threshold half a b
wrong '--threshold must be a finite number' compare --threshold nan -m "$golden" a b
wrong '--threshold must be a finite number' duplicates --threshold inf -m "$golden" x
wrong 'epochs: is 0; allowed is 1 to 10000' train --epochs 0 -o x x
wrong 'hidden_size: is 0; allowed is 1 to 4096' train --hidden-size 0 -o x x
wrong 'vocabulary_size: is 5; allowed is 259 to 1000000' train --vocabulary-size 5 -o x x
wrong 'vocabulary_size: is 5; allowed is 259 to 1000000' tokenizer --vocabulary-size 5 -o x x
wrong "metric: 'hamming' is not known; choose among cosine, manhattan, euclidean, exp-manhattan" \
  train --metric hamming -o x x
wrong "pooling: 'sum' is not known; choose among mean, max, last, attention" \
  train --pooling mean,sum -o x x
wrong "dev-metric: 'taste' is not known; choose among accuracy, f1, average_precision, roc_auc, mcc" \
  train --dev-metric taste -o x x
wrong "dev-metric: 'accuracy' is not known; choose among pearson, spearman" \
  train --graded --dev-metric accuracy -o x x
wrong "storage: 'f16' is not known; choose among f32, bf16, int8" train --storage f16 -o x x
wrong 'precision-target: is 2; allowed is 0 to 1' train --precision-target 2 -o x x
wrong '--label-scale must be above 0' train --label-scale 0 -o x x
wrong "kind: 'words' is not known; choose among unigram, bpe" tokenizer --kind words -o x x
wrong "header: 'maybe' is not known; choose among automatic, yes, no" evaluate --header maybe x
wrong 'precision-target: is 2; allowed is 0 to 1' evaluate --precision-target 2 x
wrong 'threads: is -1; allowed is 0 to 1024' evaluate --threads -1 x
wrong "metric: 'hamming' is not known; choose among cosine, manhattan, euclidean, exp-manhattan" \
  evaluate --metric hamming x
wrong 'threads: is -1; allowed is 0 to 1024' duplicates --threads -1 x
wrong "clusters: 'loose' is not known; choose among components, complete" duplicates --clusters loose x
wrong "output format: 'xml' is not known; choose among tsv, csv, jsonl" \
  duplicates --output-format xml x
wrong 'top: is 0; allowed is 1 to 1000000' duplicates --top 0 x
wrong 'max-pairs: is 0; allowed is 1 to 2000000000' duplicates --max-pairs 0 x
wrong 'probability: is 2; allowed is 1e-06 to 0.999999' duplicates --probability 2 x

wrong "output format: 'xml' is not known; choose among text, markdown, tsv, csv, jsonl" \
  sweep --output-format xml x
wrong '--directory is needed where FILE is standard input' sweep -
wrong "two sets are named 'x'; name them with NAME=FILE" evaluate a/x b/x
wrong "graded-set: 'c' is not known; choose among a, b" evaluate --graded-set c a=x b=y
wrong 'standard input can be read only once' evaluate a=- b=-

# Options that do not go together, and outputs that would replace an input.
wrong 'give one of --threshold, --probability and --precision' \
  duplicates -m "$golden" --threshold 0.5 --precision 0.9 x
wrong "the model's thresholds are for cosine; give --threshold for euclidean" \
  duplicates -m "$golden" --metric euclidean x
wrong "--write goes with the model's own metric, cosine" \
  evaluate -m "$golden" --metric euclidean --write x
wrong '--write goes with one FILE' evaluate -m "$golden" --write x y
wrong '--picture goes with one FILE' evaluate -m "$golden" --picture p.svg x y
wrong '--config goes with neither --json nor --self-test' info --config --json "$golden"
printf '1\ta\tb\n' >pairs.tsv
cp pairs.tsv before.tsv
wrong "'./pairs.tsv' would replace a file that is read" duplicates -m "$golden" -o ./pairs.tsv pairs.tsv
wrong "'pairs.tsv' would replace a file that is read" tokenizer --pairs -o pairs.tsv ./pairs.tsv
wrong "'pairs.tsv' would replace a file that is read" train -o pairs.tsv pairs.tsv
wrong "'pairs.tsv' would replace a file that is read" evaluate -m "$golden" --picture pairs.tsv pairs.tsv
wrong "'pairs.tsv' would replace a file that is read" sweep -o pairs.tsv ./pairs.tsv
wrong "'pairs.tsv' would replace a file that is read" evaluate -m "$golden" --picture pairs.tsv a=pairs.tsv
same_bytes pairs.tsv before.tsv

# Models that are not there.
expect 1 compare -m nowhere a b
holds stderr "gemel: model: 'nowhere' is no file, and nowhere.safetensors is not at "
refuses 'nowhere.safetensors: cannot be opened: No such file or directory' \
  compare -m nowhere.safetensors a b
# A folder of the same name is no model.
mkdir nowhere
expect 1 compare -m nowhere a b
holds stderr "gemel: model: 'nowhere' is no file, and nowhere.safetensors is not at "
finish
