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
# A threshold of the score goes by the score.
expect 0 compare -m head.safetensors --threshold -1 "$text1" "$text2"
grep -q 'pair head' stdout && fail 'the head speaks in spite of --threshold'
wrong 'give one of --head-threshold and --threshold, which is about the score' \
  compare -m head.safetensors --threshold 0.5 --head-threshold 0.5 "$text1" "$text2"
wrong 'give one of --head-threshold and --no-head' \
  compare -m head.safetensors --head-threshold 0.5 --no-head "$text1" "$text2"
wrong 'head-threshold: is 1.5; allowed is 0 to 1' \
  compare -m head.safetensors --head-threshold 1.5 "$text1" "$text2"
refuses 'head-threshold: the model has no pair head; train one with --head-size and --loss bce,head, or give --threshold' \
  compare -m plain.safetensors --head-threshold 0.5 "$text1" "$text2"
expect 0 compare -m plain.safetensors --no-head "$text1" "$text2"

# duplicates: of the candidates that the score finds those stay that the head is sure of.
questions=(--text-column question "$sample/questions.tsv")
table=("${questions[@]}" --pairs --output-format tsv)
expect 0 duplicates -m head.safetensors "${table[@]}" --threads 1
mv stdout kept
same "$(head -n 1 kept)" $'id1\tid2\tscore\tprobability\thead\ttext1\ttext2'
told='gemel: candidates: cosine (-?[0-9.]+) \(99 % of the head.s duplicates on pairs-dev\.jsonl\); pair head asked about ([0-9]+) pairs, kept ([0-9]+) with (0\.[0-9]+) or more \(best accuracy on pairs-dev\.jsonl\)'
read -r least asked left threshold <<<"$(sed -nE "s/^$told\$/\1 \2 \3 \4/p" stderr)"
[ -n "$threshold" ] || fail "no word of the candidates: $(cat stderr)"
same "$left" "$(($(wc -l <kept) - 1))"
[ "$left" -gt 0 ] && [ "$left" -lt "$asked" ] || fail "$left of $asked candidates kept"
expect 0 duplicates -m head.safetensors "${table[@]}" --threads 3
same_bytes stdout kept
# All candidates with what the head says of them; the first of each line's numbers decides.
expect 0 duplicates -m head.safetensors "${table[@]}" --head-threshold 0
same "$(($(wc -l <stdout) - 1))" "$asked"
mv stdout all
holds stderr ' with 0.0000 or more (--head-threshold)'
expect 0 compare -m head.safetensors --json "$text1" "$text2"
stored=$(sed -E 's/.*"threshold":(0[0-9.]*)\}.*/\1/' stdout)
# Tables have six digits; where those leave it open, compare has all of them.
stay=' '
while IFS=$'\t' read -r -u 3 id1 id2 _ _ _ first second; do
  expect 0 compare -m head.safetensors --json "$first" "$second"
  sed -E 's/.*"head":\{"probability":([^,]*),.*/\1/' stdout |
    awk -v t="$stored" '{ exit !($1 >= t) }' && stay+="$id1:$id2 "
done 3< <(awk -F'\t' -v t="$stored" 'NR > 1 && ($5 - t) ^ 2 <= 1e-12' all)
same_bytes kept <(awk -F'\t' -v t="$stored" -v stay="$stay" \
  'NR == 1 || $5 > t + 1e-6 || index(stay, " " $1 ":" $2 " ")' all)
# The candidates are what the distance alone finds.
expect 0 duplicates -m head.safetensors "${table[@]}" --candidates 0.8 --head-threshold 0
cut -f1-4,6- stdout >candidates
holds stderr 'gemel: candidates: cosine 0.8000 (--candidates); pair head asked about '
expect 0 duplicates -m head.safetensors "${table[@]}" --no-head --threshold 0.8
same_bytes stdout candidates
says 'gemel: threshold: cosine 0.8000 (--threshold)'
# One pair gets the same number from compare.
IFS=$'\t' read -r _ _ _ _ head first second < <(sed -n 100p all)
expect 0 compare -m head.safetensors --json "$first" "$second"
same "$(sed -E 's/.*"head":\{"probability":([^,]*),.*/\1/' stdout | awk '{ printf "%.6g", $1 }')" "$head"

# Clusters, for people and as a table; equal texts are not put to the head.
printf '%s\n' "$text1" "$text2" "$text1" >texts.txt
expect 0 duplicates -m head.safetensors --candidates -1 --head-threshold 0 texts.txt
grep -qE '^   ?-?[0-9.]{6}  p 0\.[0-9]{3}  head 0\.[0-9]{3}    \[[12]\] ' stdout || fail "$(cat stdout)"
grep -qE '^  exact {25}  \[3\] How can I sign up\?' stdout || fail "$(cat stdout)"
expect 0 duplicates -m head.safetensors --candidates -1 --head-threshold 1 --output-format tsv texts.txt
same "$(cut -f1,2,5,7,8 stdout)" $'cluster\tid\tscore\thead\texact
1\t1\t1\t\t0
1\t3\t1\t\t1'
says 'gemel: candidates: cosine -1.0000 (--candidates); pair head asked about 1 pair, kept 0 with 1.0000 or more (--head-threshold)'

# The nearest are shown with what the head says, all of them unless a threshold is given.
expect 0 duplicates -m head.safetensors --top 1 --output-format tsv "${questions[@]}"
same "$(head -n 1 stdout | cut -f5)" head
same "$(wc -l <stdout)" 383
same "$(awk -F'\t' 'NR > 1 && !($5 > 0 && $5 < 1)' stdout)" ''
says 'gemel: pair head asked about 382 pairs'
mv stdout nearest
expect 0 duplicates -m head.safetensors --top 1 --head-threshold 0.5 --output-format tsv "${questions[@]}"
same_bytes stdout <(awk -F'\t' 'NR == 1 || $5 >= 0.5' nearest)
expect 0 duplicates -m head.safetensors --top 1 --threshold 0.8 --output-format tsv "${questions[@]}"
same "$(($(wc -l <stdout) - 1))" "$(awk -F'\t' 'NR > 1 && $3 >= 0.8' nearest | wc -l)"

# A threshold of the score goes by the score, as --no-head does.
expect 0 duplicates -m head.safetensors --threshold 0.8 --pairs --output-format tsv "${questions[@]}"
mv stdout asked
expect 0 duplicates -m head.safetensors --no-head --threshold 0.8 --pairs --output-format tsv "${questions[@]}"
same_bytes stdout asked

# One file against another.
printf '%s\n' "$text2" >other.txt
expect 0 duplicates -m head.safetensors --against other.txt --candidates -1 --head-threshold 0 \
  --output-format tsv texts.txt
same "$(sed 1d stdout | cut -f1,2 | sort)" $'1\t1\n2\t1\n3\t1'

# What does not go together.
for option in threshold probability precision; do
  wrong "give one of --head-threshold and --$option, which is about the score" \
    duplicates -m head.safetensors --$option 0.5 --head-threshold 0.5 texts.txt
  wrong "give one of --candidates and --$option" \
    duplicates -m head.safetensors --$option 0.5 --candidates 0.5 texts.txt
done
wrong 'give one of --candidates and --no-head' \
  duplicates -m head.safetensors --candidates 0.5 --no-head texts.txt
wrong 'give one of --candidates and --top' \
  duplicates -m head.safetensors --candidates 0.5 --top 3 texts.txt
wrong '--candidates must be a finite number' duplicates -m head.safetensors --candidates nan texts.txt
wrong 'head-threshold: is -1; allowed is 0 to 1' \
  duplicates -m head.safetensors --head-threshold -1 texts.txt
wrong "the score of the pair head's candidates is for cosine; give --candidates for euclidean" \
  duplicates -m head.safetensors --metric euclidean texts.txt
expect 0 duplicates -m head.safetensors --metric euclidean --candidates -10 texts.txt
refuses "candidates: the model's pair head was measured on no pairs; say with --candidates which score is worth its second look" \
  duplicates -m unmeasured.safetensors texts.txt
expect 0 duplicates -m unmeasured.safetensors --candidates 0.5 texts.txt
holds stderr 'with 0.5000 or more (the middle, because the head was not measured)'
refuses 'candidates: the model has no pair head; train one with --head-size and --loss bce,head, or give --threshold' \
  duplicates -m plain.safetensors --candidates 0.5 texts.txt
refuses 'head-threshold: the model has no pair head; train one with --head-size and --loss bce,head, or give --threshold' \
  duplicates -m plain.safetensors --head-threshold 0.5 texts.txt

# evaluate gives the head a row of its own, by its stored threshold or one found on the pairs.
dev=$sample/pairs-dev.jsonl
expect 0 info --json head.safetensors
accuracy=$(json head value)
expect 0 evaluate -m head.safetensors --json "$dev"
same "$(json rows 1 scorer)" 'pair head'
same "$(json rows 1 threshold_found_here)" OFF
same "$(json rows 1 accuracy)" "$accuracy"
same "$(json rows 2 scorer)" TF-IDF
expect 0 evaluate -m head.safetensors --json --find "$dev"
same "$(json rows 1 threshold_found_here)" ON
same "$(json rows 1 accuracy)" "$accuracy"
expect 0 evaluate -m unmeasured.safetensors "$dev"
grep -qE '^pair head  all  +95  +0\.[0-9]{4}\*' stdout || fail "$(cat stdout)"
expect 0 evaluate -m plain.safetensors "$dev"
grep -q 'pair head' stdout && fail 'a model without a head has a row for one'
expect 0 evaluate -m head.safetensors one="$dev" two="$sample/pairs-train.csv"
same "$(awk '{ print $1, $2, $3 }' stdout | grep -c 'pair head')" 3

# --write stores the head's threshold too and fits its probabilities, and leaves vectors as they are.
# What --find tells of it is what the written model has then.
error() { json rows 1 expected_calibration_error | grep -o '^0\.[0-9]\{3\}'; }
at() { json rows 1 threshold | grep -o '^0\.[0-9]\{2\}'; }
expect 0 evaluate -m unmeasured.safetensors --json "$dev"
error_before=$(error)
expect 0 evaluate -m unmeasured.safetensors --json --find "$dev"
error_found=$(error) found_at=$(at)
awk "BEGIN { exit !($error_found < $error_before) }" || fail "$error_found is no less than $error_before"
cp unmeasured.safetensors measured.safetensors
expect 0 evaluate -m measured.safetensors --json --write "$dev"
same "$(error)" "$error_found"
expect 0 info --json measured.safetensors
same "$(json head found_on)" pairs-dev.jsonl
same "$(json head pairs)" 95
threshold=$(json head threshold)
expect 0 evaluate -m measured.safetensors --json "$dev"
same "$(at)" "$found_at"
same "$(json rows 1 threshold_found_here)" OFF
same "$(json rows 1 threshold)" "$threshold"
same "$(json rows 1 accuracy)" "$(json rows 1 best accuracy value)"
expect 0 duplicates -m measured.safetensors texts.txt
holds stderr "(99 % of the head's duplicates on pairs-dev.jsonl)"
probability() { sed -E 's/.*"head":\{"probability":([^,]{6})[^,]*,.*/\1/' stdout; }
score() { sed -E 's/.*"score":([^,]*),.*/\1/' stdout; }
expect 0 compare -m unmeasured.safetensors --json "$text1" "$text2"
before=$(score) raw=$(probability)
expect 0 compare -m measured.safetensors --json "$text1" "$text2"
same "$(score)" "$before"
fitted=$(probability)
[ "$fitted" = "$raw" ] && fail "the head's probability was fitted and is still $raw"
expect 0 evaluate -m measured.safetensors --write "$dev"
expect 0 compare -m measured.safetensors --json "$text1" "$text2"
same "$(probability)" "$fitted" # what fits is left alone

# info tells the head's size and thresholds.
expect 0 info head.safetensors
holds stdout '  pair head    8 hidden units'
grep -qE '^  pair head    probability >= 0\.[0-9]{4}  reaches 0\.[0-9]{4} on 95 pairs of pairs-dev\.jsonl$' stdout || fail "$(cat stdout)"
grep -qE '^  candidates   score >= -?0\.[0-9]{4}  is worth asking the pair head$' stdout || fail "$(cat stdout)"
expect 0 info unmeasured.safetensors
holds stdout '  pair head    probability >= 0.5000  on no pairs measured'
expect 0 info plain.safetensors
grep -q 'pair head' stdout && fail 'a model without a head speaks of one'
expect 0 info --json head.safetensors
same "$(json head size)" 8
holds stdout "\"threshold\": $stored,"
same "$(json head found_on)" pairs-dev.jsonl
expect 0 info --json unmeasured.safetensors
same "$(json head threshold)" ''
expect 0 info --json plain.safetensors
same "$(json head)" ''
expect 0 info --self-test head.safetensors
no_leftovers
finish
