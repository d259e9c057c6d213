#!/bin/bash
# evaluate: JSON, overlap with the training file, thresholds written into the model.
# usage: evaluate_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"
train_tiny m.safetensors --storage f32
dev=$sample/pairs-dev.jsonl

expect 0 evaluate -m m.safetensors --json "$dev"
same "$(json rows 0 scorer)" model
same "$(json rows 0 pairs)" "$(wc -l <"$dev")"
same "$(json rows 1 scorer)" TF-IDF
same "$(json rows 0 positives)" "$(grep -c '"is_duplicate": 1' "$dev")"
holds stdout '"chosen_precision": 0.95,'
same "$(json rows 0 threshold_found_here)" OFF
same "$(json calibration fitted_here)" OFF
cp stdout stored
expect 0 evaluate -m m.safetensors --json --find "$dev"
same "$(json rows 0 threshold_found_here)" ON
same "$(json calibration fitted_here)" ON
# The thresholds that training stored were found on the same pairs in the same way, and in the
# precision that is the default.
expect 0 info --json m.safetensors
accuracy=$(json thresholds accuracy value)
same "$(json thresholds accuracy found_on)" pairs-dev.jsonl
expect 0 evaluate -m m.safetensors --json "$dev"
same "$(json rows 0 accuracy)" "$accuracy"

# The whole training file stands in the training file; of the dev file nothing does.
expect 0 evaluate -m m.safetensors --train "$sample/pairs-train.csv" "$sample/pairs-train.csv"
holds stdout 'texts, 288 of 288 (100.0 %) pairs;'
expect 0 evaluate -m m.safetensors --train "$sample/pairs-train.csv" "$dev"
holds stdout 'texts, 0 of 95 (0.0 %) pairs;'

# Several sets: a row each, their mean, what training has not seen; graded ones by their labels.
head -n 40 "$dev" >half.jsonl
printf '0.5\tone text\tanother\n1\tone text\tone text\n0\tone text\tthird\n' >degrees.tsv
expect 0 evaluate -m m.safetensors dev="$dev" half.jsonl degrees.tsv
same "$(awk '{print $1, $2}' stdout | tr '\n' ';')" \
  'set pairs;dev all;half.jsonl all;mean all; ;graded set;degrees.tsv all;'
row=$(grep '^dev ' stdout)
expect 0 evaluate -m m.safetensors --json "$dev"
for figure in accuracy average_precision f1 roc_auc; do
  value=$(json rows 0 $figure)
  case $row in *"$(printf '%.4f' "$value")"*) ;; *) fail "the row '$row' lacks $figure $value" ;; esac
done
value=$(json calibration expected_calibration_error)
same "${row: -6}" "$(printf '%.4f' "$value")"
expect 0 evaluate -m m.safetensors --json dev="$dev" half.jsonl degrees.tsv
same "$(json sets 1 name)" half.jsonl
same "$(json sets 0 rows 0 roc_auc)" "$("$gemel" evaluate -m m.safetensors --json "$dev" >stdout; json rows 0 roc_auc)"
expect 0 evaluate -m m.safetensors --graded-set half.jsonl --json dev="$dev" half.jsonl
same "$(json sets 1 rows 0 graded)" ON
same "$(json sets 0 rows 0 graded)" OFF
expect 0 evaluate -m m.safetensors --train half.jsonl --train "$sample/pairs-train.csv" \
  dev="$dev" train="$sample/pairs-train.csv"
same "$(grep -c 'new pairs' stdout)" 3
holds stdout 'dev: also in the training data: '
grep -q '^dev: .* 40 of 95 (42.1 %) pairs$' stdout || fail "$(cat stdout)"
grep -q '^train: .* 288 of 288 (100.0 %) pairs$' stdout || fail "$(cat stdout)"
printf 'model = m.safetensors\nfile = %s\nfile = half.jsonl\n' "dev=$dev" >evaluate.conf
expect 0 evaluate --config evaluate.conf
mv stdout with-config
expect 0 evaluate -m m.safetensors dev="$dev" half.jsonl
same_bytes stdout with-config

# --scores: a row a pair, as the report counts them.
expect 0 evaluate -m m.safetensors --json --scores scores.tsv "$dev"
same "$(head -n 1 scores.tsv)" "$(printf 'label\tscore\tprobability\ttext1\ttext2')"
same "$(tail -n +2 scores.tsv | wc -l)" "$(wc -l <"$dev")"
same "$(awk -F '\t' 'NR > 1 {sum += $1} END {print sum}' scores.tsv)" "$(json rows 0 positives)"
threshold=$(json rows 0 threshold)
right=$(awk -F '\t' -v t="$threshold" 'NR > 1 && ($2 >= t) == $1 {++n} END {print n}' scores.tsv)
same "$(awk -v n="$right" 'NR > 1 {++all} END {printf "%.6f", n / all}' scores.tsv)" \
  "$(printf '%.6f' "$(json rows 0 accuracy)")"
expect 0 evaluate -m m.safetensors --graded --scores degrees.jsonl degrees.tsv
same "$(head -n 1 degrees.jsonl | cut -c 1-13)" '{"label":0.5,'
refuses_usage() {
  expect 2 "${@:2}"
  holds stderr "$1"
}
refuses_usage '--scores goes with one FILE' \
  evaluate -m m.safetensors --scores s.tsv dev="$dev" half.jsonl
refuses_usage '--scores goes without --precision' \
  evaluate -m m.safetensors --scores s.tsv --precision f32 "$dev"
refuses_usage '--scores needs a file; the report goes to standard output' \
  evaluate -m m.safetensors --scores - "$dev"
for file in half.jsonl m.safetensors degrees.tsv; do
  refuses_usage "'$file' would replace a file that is read" \
    evaluate -m m.safetensors --scores $file --train degrees.tsv half.jsonl
done
expect 1 evaluate -m m.safetensors --scores no/such/folder.tsv "$dev"
same "$(ls s.tsv 2>/dev/null)" ''

# --write: other thresholds, the same weights and so the same vectors.
{ head -n 40 "$dev"; } >other.jsonl
expect 0 embed -m m.safetensors --text-column question1 -o before.f32 "$dev"
expect 0 info --json m.safetensors
before=$(json fingerprint)
expect 0 evaluate -m m.safetensors --precision-target 0.5 --write other.jsonl
grep -q '^gemel: m.safetensors: thresholds and calibration of other.jsonl written, fingerprint [0-9a-f]\{32\}$' stderr ||
  fail "no word of the writing: $(cat stderr)"
expect 0 info --json m.safetensors
same "$(json thresholds accuracy found_on)" other.jsonl
same "$(json thresholds accuracy pairs)" 40
same "$(json thresholds precision_target)" 0.5
same "$(json calibration fitted_on)" other.jsonl
[ "$(json fingerprint)" != "$before" ] || fail 'the fingerprint did not change'
same "$(json tensors 0 type)" f32
expect 0 embed -m m.safetensors --text-column question1 -o after.f32 "$dev"
same_bytes before.f32 after.f32
expect 0 info --self-test m.safetensors
expect 0 duplicates -m m.safetensors --precision 0.5 --text-column question1 "$dev"
holds stderr '(precision 0.5 on other.jsonl)'

# A failed --write leaves the model as it was.
cp m.safetensors kept
printf '1\ta\tb\n2\ta\tc\n' >bad.tsv
expect 1 evaluate -m m.safetensors --write bad.tsv
printf '0.3\ta\tb\n0.8\ta\tc\n' >graded.tsv
expect 1 evaluate -m m.safetensors --graded --write graded.tsv
says_only 'gemel: graded.tsv: has graded labels, which give no thresholds; evaluate with --write on pairs labelled 0 and 1'
"$gemel" evaluate -m m.safetensors --write "$dev" >/dev/full 2>stderr
same $? 1
says_only 'gemel: standard output: cannot be written: No space left on device'
same_bytes m.safetensors kept

# What faster computing costs. A CPU without a precision says so; f32 is always there.
expect 0 evaluate -m m.safetensors --compute f32 --json "$dev"
exact=$(json rows 0 average_precision)
expect 0 evaluate -m m.safetensors --precision f32,bf16,int8 --json "$dev"
same "$(json precisions 0 precision)" f32
same "$(json precisions 0 average_precision)" "$exact"
same "$(json precisions 0 lost)" 0.0
fastest=$(json fastest)
expect 0 evaluate -m m.safetensors --precision f32,bf16,int8 "$dev"
holds stdout "the fastest that loses no more than 0.001: $fastest"
expect 0 evaluate -m m.safetensors --precision f32,bf16,int8 --write "$dev"
holds stderr 'm.safetensors: what precisions cost on pairs-dev.jsonl written, fingerprint '
expect 0 embed -m m.safetensors --output v.npy graded.tsv
grep -qF "\"precision\": \"$fastest\"" v.npy.json || fail "v.npy.json names no $fastest"
expect 0 evaluate -m m.safetensors --precision f32 --write "$dev"
expect 0 embed -m m.safetensors --output v.npy graded.tsv
holds v.npy.json '"precision": "f32"'
refuses "graded.tsv:1: label '0.3' is neither 0 nor 1; correct the row, skip bad rows, or say that labels are graded" \
  evaluate -m m.safetensors --precision bf16 graded.tsv
printf '1\ta\tb\n1\ta\tc\n' >alike.tsv
refuses 'alike.tsv: has labels of one kind only; measure precisions on pairs of both kinds' \
  evaluate -m m.safetensors --precision bf16 alike.tsv
expect 2 evaluate -m m.safetensors --precision 0.5 "$dev"
holds stderr "precision: '0.5' is not known; choose among f32, bf16, int8"
expect 2 evaluate -m m.safetensors --compute f16 "$dev"
holds stderr "compute: 'f16' is not known; choose among f32, bf16, int8, auto"
no_leftovers
finish
