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
    END { printf "%.4f", d / sqrt(a * b) }'
}
score() { sed -n 's/^  score  *\([^ ]*\) .*/\1/p' stdout; }
expect 0 compare -m two.safetensors "$text1" "$text2"
same "$(score)" "$(cosine "$(vector two.safetensors question "$text1")" "$(vector two.safetensors passage "$text2")")"
same "$(tail -n 1 stdout)" '  towers       question:passage'
expect 0 compare -m two.safetensors --link passage:question "$text1" "$text2"
same "$(score)" "$(cosine "$(vector two.safetensors passage "$text1")" "$(vector two.safetensors question "$text2")")"
same "$(tail -n 1 stdout)" '  towers       passage:question'
expect 0 compare -m two.safetensors --link passage:question --json "$text1" "$text2"
holds stdout '"link":"passage:question"'
refuses "link: 'passage:passage' is not known; choose among question:passage" \
  compare -m two.safetensors --link passage:passage "$text1" "$text2"
expect 0 compare -m self.safetensors --link passage:passage "$text1" "$text1"
same "$(score)" 1.0000
expect 0 compare -m three.safetensors --link a:c --threshold 0 "$text1" "$text2"
same "$(score)" "$(cosine "$(vector three.safetensors a "$text1")" "$(vector three.safetensors c "$text2")")"
expect 0 compare -m one.safetensors "$text1" "$text2"
grep -q towers stdout && fail 'a siamese model speaks of towers'
refuses 'two.safetensors, tower question: has no attention pooling, so it cannot weigh tokens; train a model with attention pooling' \
  compare -m two.safetensors --explain "$text1" "$text2"
refuses 'model: holds no threshold; give --threshold, or find one with '"'gemel evaluate --write PAIRS'" \
  compare -m three.safetensors "$text1" "$text2"
finish
