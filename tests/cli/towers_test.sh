#!/bin/bash
# Models with several towers: compare, embed, duplicates, evaluate and info.
# usage: towers_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"

# two: two towers of different kinds; self: the second also compared with itself; three: no links
# between the last two.
two_towers=(--tower question --tower 'passage encoder=average' --projection-size 16)
train_tiny two.safetensors "${two_towers[@]}"
train_tiny self.safetensors "${two_towers[@]}" --links question:passage,passage:passage
train_tiny one.safetensors
expect 0 train -o three.safetensors "${tiny_options[@]}" --loss in-batch --tower a --tower b \
  --tower c --links a:b,a:c --tower-column a=anchor --tower-column b=positive \
  --tower-column c=negative "$sample/triplets.tsv"
text1='How can I sign up?' text2='What do I need to do to register?'

# vector MODEL TOWER TEXT: as jsonl prints it.
vector() {
  printf '%s\n' "$3" >vector.txt
  "$gemel" embed -m "$1" --tower "$2" -o - --vector-format jsonl vector.txt 2>vector.err || cat vector.err
}

# embed: the tower is needed where there are several, and is recorded.
printf 'one text\nanother\n' >texts.txt
refuses 'tower: is needed, because this model has 2; choose among question, passage' \
  embed -m two.safetensors -o found.npy texts.txt
refuses "tower: 'passages' is not known; choose among question, passage" \
  embed -m two.safetensors --tower passages -o found.npy texts.txt
refuses "tower: 'question' is not known; choose among text" \
  embed -m one.safetensors --tower question -o found.npy texts.txt
expect 0 embed -m two.safetensors --tower passage -o passage.npy texts.txt
holds passage.npy.json '"tower": "passage",'
expect 0 embed -m two.safetensors --tower question -o question.npy texts.txt
cmp -s passage.npy question.npy && fail 'both towers give the same vectors'
expect 0 embed -m one.safetensors --tower text -o named.npy texts.txt
expect 0 embed -m one.safetensors -o unnamed.npy texts.txt
same_bytes named.npy unnamed.npy
holds unnamed.npy.json '"tower": null,'

# compare: the first tower of the link reads TEXT1. The cosine is that of the towers' vectors.
cosine() {
  printf '%s\n%s\n' "$1" "$2" | tr -d '[]' | sed 's/.*"vector"://; s/}$//' | awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) u[i] = $i }
    NR == 2 { for (i = 1; i <= NF; i++) { d += u[i] * $i; a += u[i] * u[i]; b += $i * $i } }
    END { printf "%.6f", d / sqrt(a * b) }'
}
# near NUMBERS NUMBERS: as many, a line each, and equal to about four digits.
near() {
  checks=$((checks + 1))
  paste <(echo "$1") <(echo "$2") | awk -F'\t' '
    $1 == "" || $2 == "" || ($1 - $2) ^ 2 > 1.5e-4 ^ 2 { bad = 1 } END { exit bad }' ||
    fail "'$1' is not near '$2'"
}
score() { sed -n 's/^  score  *\([^ ]*\) .*/\1/p' stdout; }
expect 0 compare -m two.safetensors "$text1" "$text2"
near "$(score)" "$(cosine "$(vector two.safetensors question "$text1")" "$(vector two.safetensors passage "$text2")")"
same "$(tail -n 1 stdout)" '  towers       question:passage'
expect 0 compare -m two.safetensors --link passage:question "$text1" "$text2"
near "$(score)" "$(cosine "$(vector two.safetensors passage "$text1")" "$(vector two.safetensors question "$text2")")"
same "$(tail -n 1 stdout)" '  towers       passage:question'
expect 0 compare -m two.safetensors --link passage:question --json "$text1" "$text2"
holds stdout '"link":"passage:question"'
refuses "link: 'passage:passage' is not known; choose among question:passage" \
  compare -m two.safetensors --link passage:passage "$text1" "$text2"
expect 0 compare -m self.safetensors --link passage:passage "$text1" "$text1"
same "$(score)" 1.0000
expect 0 compare -m three.safetensors --link a:c --threshold 0 "$text1" "$text2"
near "$(score)" "$(cosine "$(vector three.safetensors a "$text1")" "$(vector three.safetensors c "$text2")")"
expect 0 compare -m one.safetensors "$text1" "$text2"
grep -q towers stdout && fail 'a siamese model speaks of towers'
refuses 'two.safetensors, tower question: has no attention pooling, so it cannot weigh tokens; train a model with attention pooling' \
  compare -m two.safetensors --explain "$text1" "$text2"
refuses 'model: holds no threshold; give --threshold, or find one with '"'gemel evaluate --write PAIRS'" \
  compare -m three.safetensors "$text1" "$text2"

# duplicates: FILE's texts by the link's first tower, those of --against by its second.
printf '%s\n%s\n' "$text1" 'Where is my parcel?' >questions.txt
printf '%s\n%s\n' "$text2" "$text1" >passages.txt
refuses "link: 'question:passage' does not compare a file with itself; give --against FILE with the texts that passage reads" \
  duplicates -m two.safetensors questions.txt
refuses "link: 'question:passage' does not compare a file with itself; give --against FILE with the texts that passage reads, or --link passage:passage" \
  duplicates -m self.safetensors questions.txt
refuses "link: 'passage:question' does not compare a file with itself; give --against FILE with the texts that question reads" \
  duplicates -m two.safetensors --link passage:question --top 1 questions.txt
refuses "link: 'b:c' is not known; choose among a:b, a:c" \
  duplicates -m three.safetensors --link b:c --against passages.txt questions.txt
against() {  # against MODEL LINK: the scores of all pairs
  expect 0 duplicates -m "$1" --link "$2" --threshold -2 --against passages.txt \
    --output-format tsv questions.txt
  sed 1d stdout | sort | cut -f3
}
expected() {  # expected MODEL TOWER TOWER
  local question passage
  while read -r question; do
    while read -r passage; do
      echo "$(cosine "$(vector "$1" "$2" "$question")" "$(vector "$1" "$3" "$passage")")"
    done <passages.txt
  done <questions.txt
}
near "$(against two.safetensors question:passage)" "$(expected two.safetensors question passage)"
near "$(against two.safetensors passage:question)" "$(expected two.safetensors passage question)"
near "$(against three.safetensors a:c)" "$(expected three.safetensors a c)"
expect 0 duplicates -m self.safetensors --link passage:passage --pairs --threshold -2 \
  --output-format tsv passages.txt
same "$(sed 1d stdout | cut -f1,2)" $'1\t2'
near "$(sed 1d stdout | cut -f3)" \
  "$(cosine "$(vector self.safetensors passage "$text2")" "$(vector self.safetensors passage "$text1")")"
expect 0 duplicates -m two.safetensors --against "$sample/questions.tsv" --text-column 3 --threads 1 \
  --output-format tsv "$sample/questions.tsv"
mv stdout by-one
expect 0 duplicates -m two.safetensors --against "$sample/questions.tsv" --text-column 3 --threads 3 \
  --output-format tsv "$sample/questions.tsv"
same_bytes stdout by-one

# evaluate: pairs by one link, tuples by every link.
dev=$sample/pairs-dev.jsonl
expect 0 info --json two.safetensors
accuracy=$(json thresholds accuracy value)
expect 0 evaluate -m two.safetensors --json "$dev"
same "$(json rows 0 accuracy)" "$accuracy"
expect 0 evaluate -m two.safetensors --link passage:question "$dev"
expect 0 evaluate -m self.safetensors --json --link passage:passage "$dev"
mv stdout by-link
expect 0 evaluate -m self.safetensors --json "$dev"
cmp -s stdout by-link && fail 'the link makes no difference'
awk -F'\t' '{ print (NR == 1 ? "label" : NR % 2) "\t" $0 }' "$sample/triplets.tsv" >tuples.tsv
columns=(--tower-column a=anchor --tower-column b=positive --tower-column c=negative)
expect 0 evaluate -m three.safetensors "${columns[@]}" tuples.tsv
same "$(awk 'NF { print $1, $2 }' stdout | head -n 4)" 'set pairs
tuples.tsv a:b
tuples.tsv a:c
mean all'
expect 0 evaluate -m three.safetensors "${columns[@]}" --json tuples.tsv
same "$(json sets 1 name)" 'tuples.tsv a:c'
precision=$(json sets 1 rows 0 average_precision)
# One link of the tuples is the same as pairs of its two columns.
expect 0 evaluate -m three.safetensors "${columns[@]}" --link a:c --json tuples.tsv
same "$(json rows 0 average_precision)" "$precision"
expect 0 evaluate -m three.safetensors --rows pairs --link a:c --text1-column anchor \
  --text2-column negative --json tuples.tsv
same "$(json rows 0 average_precision)" "$precision"
expect 0 evaluate -m three.safetensors "${columns[@]}" --train tuples.tsv tuples.tsv
holds stdout 'tuples.tsv a:c: also in the training data: '
holds stdout ' 40 of 40 (100.0 %) pairs'
expect 0 evaluate -m three.safetensors "${columns[@]}" --link a:b --write tuples.tsv
expect 0 info --json three.safetensors
same "$(json thresholds accuracy found_on)" tuples.tsv
expect 0 compare -m three.safetensors "$text1" "$text2"
wrong '--write goes with one link; choose it by --link' \
  evaluate -m three.safetensors "${columns[@]}" --write tuples.tsv
wrong '--picture goes with one link; choose it by --link' \
  evaluate -m three.safetensors "${columns[@]}" --picture p.svg tuples.tsv
wrong '--rows tuples needs a model with several towers' \
  evaluate -m one.safetensors --rows tuples tuples.tsv
wrong "rows: 'triplets' is not known; choose among pairs, tuples" \
  evaluate -m two.safetensors --rows triplets tuples.tsv
wrong "--tower-column 'anchor' is no TOWER=COLUMN" \
  evaluate -m three.safetensors --tower-column anchor tuples.tsv
refuses "tower: 'd' is not known; choose among a, b, c" \
  evaluate -m three.safetensors --tower-column d=anchor tuples.tsv
refuses "link: 'b:c' is not known; choose among a:b, a:c" \
  evaluate -m three.safetensors --link b:c tuples.tsv

# info lists towers, their encoders, and links.
expect 0 info two.safetensors
for line in '  tower        question: 1-layer BiLSTM, V 600, E 32, H 32, pooling mean + max, D 16' \
  '  tower        passage: average with 1 feed-forward layer, V 600, E 32, H 32, pooling mean + max, D 16' \
  '  links        question:passage'; do
  grep -qxF -- "$line" stdout || fail "no line '$line': $(cat stdout)"
done
expect 0 info one.safetensors
grep -qxF '  encoder      1-layer BiLSTM, V 600, E 32, H 32, pooling mean + max, D 128' stdout || fail "$(cat stdout)"
expect 0 info --json three.safetensors
same "$(json towers 1 name)" b
same "$(json towers 2 encoder sentence_size)" 128
same "$(json links 1)" a:c
expect 0 info --json two.safetensors
same "$(json towers 1 encoder kind)" average
for model in one two self three; do expect 0 info --self-test $model.safetensors; done
holds stdout '  9 texts give the stored vectors'
no_leftovers
finish
