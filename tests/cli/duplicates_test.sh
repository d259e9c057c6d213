#!/bin/bash
# duplicates: formats, pairs, clusters, thresholds, interruptions, places that cannot be written.
# usage: duplicates_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
export GEMEL_MODEL=$golden

# Texts that occur twice are found whatever the threshold; blank ones never.
printf 'how old are you ?\n\nwhat is your age ?\nhow old are you ?\n   \n' >texts.txt
expect 0 duplicates --threshold 2 texts.txt
same "$(cat stdout)" 'cluster 1, 2 texts
                      [1] how old are you ?
  exact               [4] how old are you ?'
holds stderr 'gemel: texts.txt: 5 texts, 2 distinct, 2 blank, 0 bad rows; read '
says 'gemel:   read as text, one a line'
says 'gemel: 1 cluster of 2 texts, 1 of them duplicates of a representative'
says 'gemel: threshold: cosine 2.0000 (--threshold)'
printf '\n\n' >blank.txt
expect 0 duplicates blank.txt
same "$(cat stdout)" ''
says 'gemel: 0 clusters of 0 texts, 0 of them duplicates of a representative'

# Cosine of the two texts' vectors as NumPy's encoder gives them (tests/model/golden_test.cpp):
# 0.481 0.480 + 0.028 0.049 ... = 0.997 of unit vectors.
expect 0 duplicates --threshold 0.99 texts.txt
same "$(head -n 1 stdout)" 'cluster 1, 3 texts'
grep -q '^   0\.99[5-9][0-9]  p 0\.[0-9]*  *\[3\] what is your age ?$' stdout ||
  fail "no line for the third text: $(cat stdout)"

# Tables hold the same.
for format in tsv csv jsonl; do
  expect 0 duplicates --threshold 2 --output-format $format texts.txt
  cp stdout printed
  expect 0 duplicates --threshold 2 -o found.$format texts.txt
  same_bytes printed found.$format
done
same "$(cut -f1-5,7- found.tsv)" $'cluster\tid\trepresentative\tmatch\tscore\texact\ttext
1\t1\t1\t1\t1\t0\thow old are you ?
1\t4\t1\t1\t1\t1\thow old are you ?'
same "$(cut -d, -f1-5,7- found.csv)" 'cluster,id,representative,match,score,exact,text
1,1,1,1,1,0,how old are you ?
1,4,1,1,1,1,how old are you ?'
same "$(sed 's/"probability":[0-9.]*,//' found.jsonl)" \
  '{"cluster":1,"id":"1","representative":"1","match":"1","score":1,"exact":0,"text":"how old are you ?"}
{"cluster":1,"id":"4","representative":"1","match":"1","score":1,"exact":1,"text":"how old are you ?"}'
printf 'id,text\na,"say ""it"",\nnow"\nb,"say ""it"",\nnow"\n' >quoted.csv
expect 0 duplicates --threshold 2 --output-format csv quoted.csv
same "$(sed -n '2,3s/,[0-9.]*,\([01],\)/,P,\1/p' stdout)" '1,a,a,a,1,P,0,"say ""it"",'
expect 0 duplicates --threshold 2 quoted.csv
same "$(sed -n 3p stdout)" '  exact               [b] say "it", now'
says 'gemel:   read as CSV, with a header, text: column 2, id: column 1'

# Pairs, the nearest, and one file against another.
expect 0 duplicates --pairs --threshold -1 --output-format tsv texts.txt
same "$(cut -f1,2,5,6 stdout)" $'id1\tid2\ttext1\ttext2
1\t3\thow old are you ?\twhat is your age ?
4\t3\thow old are you ?\twhat is your age ?'
printf 'what is your age ?\n\nwhat is your age ?\n' >base.txt
expect 0 duplicates --top 1 --against base.txt --output-format tsv texts.txt
same "$(sed 1d stdout | cut -f1,2,5,6 | sort)" $'1\t1\thow old are you ?\twhat is your age ?
1\t3\thow old are you ?\twhat is your age ?
3\t1\twhat is your age ?\twhat is your age ?
3\t3\twhat is your age ?\twhat is your age ?
4\t1\thow old are you ?\twhat is your age ?
4\t3\thow old are you ?\twhat is your age ?'
same "$(grep -P '^3\t1\t' stdout | cut -f3)" 1
expect 0 duplicates --top 1 --threshold 1 --against base.txt --output-format tsv texts.txt
same "$(sed 1d stdout | cut -f1,2)" $'3\t1\n3\t3'
expect 0 duplicates --top 5 --output-format tsv texts.txt
says 'gemel: 2 pairs of distinct texts'

# Clusters: a chain joins under components, not under complete. Order and threads change nothing.
train_tiny m.safetensors
questions=(-m m.safetensors --text-column question "$sample/questions.tsv" --output-format tsv)
expect 0 duplicates "${questions[@]}" --threads 1
cp stdout complete
expect 0 duplicates "${questions[@]}" --threads 2
same_bytes stdout complete
expect 0 duplicates "${questions[@]}" --clusters components
[ "$(sed 1d stdout | cut -f1 | sort -u | wc -l)" -lt "$(sed 1d complete | cut -f1 | sort -u | wc -l)" ] ||
  fail 'components are as many as complete clusters'
same "$(sed 1d complete | cut -f2 | sort | uniq -d)" ''
expect 0 duplicates "${questions[@]}" --pairs
sed 1d stdout | cut -f1,2 | sort >pairs
{ head -n 1 "$sample/questions.tsv"; sed 1d "$sample/questions.tsv" | tac; } >reversed.tsv
expect 0 duplicates -m m.safetensors --text-column question reversed.tsv --output-format tsv --pairs
same_bytes <(sed 1d stdout | awk -F'\t' '{ print ($1 < $2) ? $1 "\t" $2 : $2 "\t" $1 }' | sort) pairs

# Thresholds: the model's own for accuracy, a probability's, the stored precision's, none.
holds stderr '(best accuracy on pairs-dev.jsonl)'
expect 0 duplicates --probability 0.9 texts.txt
holds stderr '(probability 0.9)'
expect 0 duplicates "${questions[@]}" --precision 0.95
holds stderr '(precision 0.95 on pairs-dev.jsonl)'
refuses "precision: the model holds a threshold for precision 0.95, not 0.5; find one with 'gemel evaluate --precision-target 0.5 --write PAIRS', or give --threshold" \
  duplicates -m m.safetensors --precision 0.5 texts.txt
expect 0 train --output bare.safetensors --loss contrastive "${tiny_options[@]}" "$sample/pairs-train.csv"
refuses "model: holds no threshold; give --threshold, or find one with 'gemel evaluate --write PAIRS'" \
  duplicates -m bare.safetensors texts.txt
refuses 'precision: the model holds no threshold for a precision; '"find one with 'gemel evaluate --precision-target 0.9 --write PAIRS', or give --threshold" \
  duplicates -m bare.safetensors --precision 0.9 texts.txt
refuses "probability: the model is not calibrated; calibrate it with 'gemel evaluate --write', or give --threshold" \
  duplicates -m bare.safetensors --probability 0.9 texts.txt
expect 0 duplicates -m bare.safetensors --threshold 0.9 texts.txt
expect 0 duplicates --metric euclidean --threshold -0.2 texts.txt
holds stderr 'gemel: threshold: euclidean -0.2000 (--threshold)'
expect 1 duplicates --max-pairs 1 --threshold -1 -m m.safetensors --text-column question "$sample/questions.tsv"
says 'gemel: search: more than 1 pairs score -1 or more; raise the threshold or the limit of pairs'
finish
