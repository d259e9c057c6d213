#!/bin/bash
# The training kit: rows of every kind, towers, head, teachers, starts, dev sets, mining, and what
# is refused before the work.
# usage: train_kit_test.sh GEMEL SOURCE-DIR CMAKE
source "${BASH_SOURCE[0]%/*}/helpers.bash"

tiny=(--vocabulary-size 600 --embedding-size 16 --hidden-size 16 --projection-size 16 --epochs 2
  --no-curves --batch-pairs 64 --precision f32)
pairs=$sample/pairs-train.csv
dev=(--dev "$sample/pairs-dev.jsonl")
# learn OUTPUT ARGUMENTS…: trains without a mistake. no MESSAGE ARGUMENTS…: is refused at work, no_use:
# on sight.
learn() {
  local output=$1
  shift
  expect 0 train "${tiny[@]}" -o "$output" "$@"
  [ -s "$output" ] || fail "no model $output"
}
no() {
  local message=$1
  shift
  expect 1 train "${tiny[@]}" -o none.safetensors "$@"
  says "gemel: $message"
}
no_use() {
  wrong "$1" train "${tiny[@]}" -o none.safetensors "${@:2}"
}

# Triplets; several dev sets, and the best epoch by one of them.
learn triplets.safetensors --rows triplets --loss triplet --margin 0.3 "${dev[@]}" \
  --dev "far=$pairs" --dev-metric far/average_precision "$sample/triplets.tsv"
says 'gemel: training 14864 parameters in f32, best by far/average_precision'
holds triplets.safetensors.log.jsonl '"far/average_precision":'
holds triplets.safetensors.log.jsonl '"average_precision":'
holds triplets.safetensors.log.jsonl '"margin":'

# Three towers, two links, a row for each.
towers3=(--tower a --tower b --tower 'c encoder=average')
columns3=(--tower-column a=anchor --tower-column b=positive --tower-column c=negative)
learn three.safetensors --loss in-batch "${towers3[@]}" --links a:b,a:c "${columns3[@]}" \
  "$sample/triplets.tsv"
says 'gemel: train: 80 pairs (100.0 % positive), 120 distinct texts, 17.1 tokens a text'
expect 0 info --json three.safetensors
holds stdout '"a:c"'

# Questions and passages in towers of their own.
learn two.safetensors --rows tuples --tower question --tower 'passage encoder=cnn widths=1,2' \
  --loss in-batch "$sample/question-answer.tsv"
expect 0 compare -m two.safetensors --threshold 0.5 'Why was my card declined?' 'Banks refuse a payment.'

# A pair head; fine-tuning from its bundle, with its tokenizer and without the head.
learn head.safetensors --head-size 8 --loss bce,head:0.5 "${dev[@]}" --dev-metric head_f1 "$pairs"
holds head.safetensors.log.jsonl '"head_f1":'
learn tuned.safetensors --init head.safetensors --freeze embedding "$pairs"
says 'gemel: starting from head.safetensors: 9 of 13 tensors'
says 'gemel: warning: head.safetensors: head.output.bias has no place in this model'
grep -q 'training a tokenizer' stderr && fail 'a tokenizer was trained in spite of --init'
# What the bundle says need not be said again: sizes, metric, and the head where --loss trains one.
expect 0 train --init head.safetensors --loss bce,head --epochs 1 --no-curves --batch-pairs 64 \
  -o again.safetensors "$pairs"
says 'gemel: starting from head.safetensors: 13 of 13 tensors'
config_of_init() {
  expect 0 train --init "$@" --print-config
  grep -E '^(hidden-size|projection-size|metric|head-size) ' stdout | tr '\n' ';'
}
same "$(config_of_init head.safetensors)" 'hidden-size = 16;projection-size = 16;head-size = 0;metric = cosine;'
same "$(config_of_init head.safetensors --loss bce,head --hidden-size 24)" \
  'hidden-size = 24;projection-size = 16;head-size = 8;metric = cosine;'
learn far.safetensors --metric manhattan "$pairs"
echo 'projection-size = 20' >far.conf
same "$(config_of_init far.safetensors --config far.conf)" \
  'hidden-size = 16;projection-size = 20;head-size = 0;metric = manhattan;'
wrong "loss: 'no' is not known; choose among bce, contrastive, online-contrastive, triplet, in-batch, distillation, head, reconstruction, regression" \
  train --init head.safetensors --loss no -o none.safetensors "$pairs"
same "$(config_of_init en)" "$(config_of_init "$source_dir/models/en.safetensors")"
same "$(config_of_init en | grep -c 'hidden-size = [0-9]*;')" 1
refuses 'nowhere.safetensors: cannot be opened: No such file or directory' \
  train --init nowhere.safetensors --print-config
# With more units, which change nothing at first; fewer have no place.
learn start.safetensors --head-size 8 --loss bce,head:0.5 "$pairs"
wide=("${tiny[@]}")
wide[3]=20 wide[5]=24  # --embedding-size and --hidden-size
expect 0 train "${wide[@]}" -o wide.safetensors --init start.safetensors --head-size 8 \
  --loss bce,head:0.5 --learning-rate 1e-9 --storage f32 "$pairs"
says 'gemel: starting from start.safetensors: 13 of 13 tensors, widened from 16 to 20 and from 16 to 24'
score() {
  expect 0 compare -m "$1" --json 'Where is my parcel?' 'Why was my card declined?'
  grep -o '"score": *-\?[0-9]\.[0-9]\{4\}' stdout
}
same "$(score wide.safetensors)" "$(score start.safetensors)"
same "$(score wide.safetensors | wc -l)" 1
learn narrow.safetensors --init wide.safetensors "$pairs"
says 'gemel: warning: wide.safetensors: embedding.weight has no place in this model'
no "nowhere.safetensors: cannot be opened: No such file or directory" --init nowhere.safetensors \
  "$pairs"

# Vectors of tokens, in word2vec's form and without its first line.
vectors() {
  for word in how order account; do
    printf %s $word
    for ((i = 1; i <= $1; i++)); do printf ' 0.%d' $((i % 10)); done
    echo
  done
}
vectors 16 >plain.txt
{ echo 3 16 && vectors 16; } >counted.txt
learn plain.safetensors --token-vectors plain.txt "$pairs"
holds stderr 'gemel: token vectors of plain.txt: '
learn counted.safetensors --token-vectors counted.txt "$pairs"
grep -ao 'started_from[^,}]*' plain.safetensors >plain.from
grep -ao 'started_from[^,}]*' counted.safetensors >counted.from
[ -s plain.from ] || fail "the start is not recorded"
same_bytes plain.from counted.from
vectors 8 >short.txt
no "short.txt: holds vectors of 8 numbers; the model's token embeddings have 16; set --embedding-size 8" \
  --token-vectors short.txt "$pairs"

# A teacher, of the model's own size and of another.
tail -n +2 "$sample/questions.tsv" | cut -f3 | sort -u >texts.txt
expect 0 embed -m head.safetensors -o teacher.npy texts.txt
learn taught.safetensors --rows texts --loss distillation --teacher teacher.npy texts.txt
says 'gemel: teacher: vectors of 16 floats for 382 of 382 texts'
tiny[7]=12
learn mixed.safetensors --loss bce,distillation:0.5 --distillation mse --teacher teacher.npy \
  --teacher-texts texts.txt "$pairs"
tiny[7]=16
holds mixed.safetensors.log.jsonl '"losses":{"bce":'
rm teacher.npy.ids
head -n 20 texts.txt >few.txt
no 'teacher.npy: has 382 vectors, but few.txt has 20 texts; give the texts that the vectors were made from, in the same order' \
  --loss bce,distillation --teacher teacher.npy --teacher-texts few.txt "$pairs"

# Mining, reported.
learn mined.safetensors --mined-negatives 2 --mining-from 0 --mining semi-hard --average ema "$pairs"
holds stderr 'gemel: mined 300 negatives for 150 pairs from 288 texts in '
holds mined.safetensors.log.jsonl '"mining":{"'

# The whole configuration makes the very same model.
given=(--mined-negatives 1 --loss bce,in-batch:0.5 --word-dropout 0.1 "${dev[@]}")
learn model.safetensors "${given[@]}" "$pairs"
expect 0 train "${tiny[@]}" -o model.safetensors "${given[@]}" --print-config "$pairs"
cp stdout run.conf
mkdir again
expect 0 train --config run.conf -o again/model.safetensors
same_bytes model.safetensors again/model.safetensors

# Killed and interrupted with everything that has a memory, and gone on.
tiny[9]=30 tiny[12]=16
everything=(--tower question --tower 'passage encoder=average' --head-size 8
  --loss bce,contrastive,in-batch:0.3,head --margin 0.05 --margin-schedule distribution
  --mined-negatives 2 --mining distance-weighted --mining-from 0 --average ema --token-dropout 0.1
  --patience 0 "${dev[@]}")
mkdir whole cut
learn whole/m.safetensors "${everything[@]}" "$pairs"
epochs_done() { [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }
start() {
  "$gemel" train "${tiny[@]}" -o cut/m.safetensors "${everything[@]}" "$pairs" \
    >stdout 2>stderr </dev/null &
  child=$!
  wait_until epochs_done cut/m.safetensors.log.jsonl "$1"
}
start 2
kill -KILL $child
wait $child 2>/dev/null
same $? 137
rm -f cut/*.partial* # a kill may come while the checkpoint is written
start 6
kill -INT $child
wait $child
same $? 1
learn cut/m.safetensors "${everything[@]}" "$pairs"
says 'gemel: going on from cut/m.safetensors.checkpoint (--restart begins anew)'
same_bytes whole/m.safetensors cut/m.safetensors
tiny[9]=2 tiny[12]=64

# Refused on sight.
no_use "tower: 'a' is named twice; give each its own name" --tower a --tower a "$pairs"
no_use "tower: 'c' is not known; choose among a, b" --tower a --tower b --links a:c "$pairs"
no_use "tower b: has embeddings of 8 floats, tower a of 16; give both the same --projection-size" \
  --tower a --tower 'b projection-size=8' "$pairs"
no_use "tower b: unrecognised option '--hiden-size=8'; write NAME key=value …, keys as --encoder's group" \
  --tower a --tower 'b hiden-size=8' "$pairs"
no_use '--rows triplets goes with one tower' --rows triplets --tower a --tower b "$sample/triplets.tsv"
no_use '--rows tuples needs --tower, once for each text of a row' --rows tuples "$pairs"
no_use '--rows pairs goes with one or two towers' --rows pairs "${towers3[@]}" "$pairs"
no_use 'margin: is -1; allowed is 0.001 to 2' --loss contrastive --margin -1 "$pairs"
no_use 'margin: is -1; allowed is 0 to 1e+06' --margin -1 "$pairs"
no_use "margin_schedule: distribution finds the border between pairs, and a triplet's margin is a gap; take constant, linear or cosine with --loss triplet" \
  --loss triplet --margin-schedule distribution "$pairs"
no_use "loss: 'bce' is named twice; name it once, with one weight" --loss bce,bce:2 "$pairs"
no_use 'loss head: needs a pair head, and head_size is 0; set --head-size' --loss head "$pairs"
no_use 'head_size: is 3, but nothing trains it; add head to --loss, such as --loss bce,head' \
  --head-size 3 "$pairs"
no_use "dev_metric: 'head_f1' is a pair head's, and the model has none; set --head-size and add head to --loss" \
  "${dev[@]}" --dev-metric head_f1 "$pairs"
no_use "dev-metric: 'mc' is not known; choose among accuracy, f1, average_precision, roc_auc, mcc" \
  "${dev[@]}" --dev-metric mc "$pairs"
no_use "dev-metric, set: 'near' is not known; choose among pairs-dev, far" \
  "${dev[@]}" --dev "far=$pairs" --dev-metric near/f1 "$pairs"
no_use "two dev files are called 'pairs-dev': give them names, --dev NAME=FILE" "${dev[@]}" \
  "${dev[@]}" "$pairs"
no_use 'loss distillation: needs a teacher; give one with --teacher' --loss distillation "$pairs"
no_use 'teacher: is given, but nothing learns from it; add distillation to --loss, such as --loss bce,distillation' \
  --teacher teacher.npy --teacher-texts texts.txt "$pairs"
no_use 'batch_negatives: are texts of the same tower, and the model has several towers; take --loss in-batch or --mined-negatives' \
  --tower a --tower b --batch-negatives 1 "$pairs"
no_use 'mining_neighbours: is 16; allowed is 20 to 1024' --mined-negatives 20 "$pairs"
expect 2 train "${tiny[@]}" -o none.safetensors --freeze embeding "$pairs"
holds stderr "gemel: learning-rate-of: no parameter's name begins with 'embeding'; the names are embedding.weight, lstm.0"
printf 'margn = 1\n' >bad.conf
wrong "bad.conf:1: unknown option 'margn'; did you mean 'margin'?" train --config bad.conf "$pairs"

# Refused once the data are read: labels that a loss cannot use.
row() { printf '%s\t%s\t%s\n' "$@"; }
{ row label text1 text2 && row 1 'how to pay' 'ways to pay' && row 1 'my parcel' 'a parcel'; } >same.tsv
{ row label text1 text2 && row 0 'how to pay' 'log in' && row 0 'my parcel' 'an invoice'; } >other.tsv
{ row label text1 text2 && row 0.5 'how to pay' 'log in' && row 1 'my parcel' 'a parcel' &&
  row 0 'my parcel' 'log in'; } >graded.tsv
tokenizer=(--tokenizer head.safetensors)
for loss in bce contrastive online-contrastive; do
  no "loss $loss: needs pairs of label 0, and the training data hold none; set --batch-negatives or --mined-negatives, or take --loss in-batch" \
    "${tokenizer[@]}" --loss $loss same.tsv
done
for loss in triplet in-batch; do
  no "loss $loss: needs pairs of label 1, and the training data hold none; give labelled duplicates" \
    "${tokenizer[@]}" --loss $loss other.tsv
done
no 'loss contrastive: cannot use labels between 0 and 1; take --loss bce, head, in-batch or distillation for graded pairs' \
  "${tokenizer[@]}" --graded --loss contrastive graded.tsv
# Graded pairs beside labelled ones: their own scale does not matter, and a bundle names them.
degrees() {
  local scale=$1 shift=$2
  row label text1 text2
  row "$((5 * scale + shift))" 'how to pay' 'ways to pay'
  row "$((1 * scale + shift))" 'my parcel' 'log in'
  row "$((4 * scale + shift))" 'an invoice' 'a bill'
}
degrees 1 0 >degrees.tsv
degrees 10 7 >scaled.tsv
for name in degrees scaled; do
  learn $name.safetensors "${tokenizer[@]}" --batch-negatives 1 --graded-pairs $name.tsv \
    --graded-repeat 2 same.tsv
  says 'gemel: train: 8 pairs (75.0 % positive), 7 distinct texts, 3.7 tokens a text'
  expect 0 info --json $name.safetensors
  same "$(json training graded_pairs 0)" "$name.tsv"
done
same_weights degrees.safetensors scaled.safetensors
{ row label text1 text2 && row 3 'how to pay' 'log in'; } >one.tsv
no 'one.tsv: has the same label in every row; give pairs of several degrees to --graded-pairs' \
  "${tokenizer[@]}" --batch-negatives 1 --graded-pairs one.tsv same.tsv
printf '0.8\tmy parcel\twhere is it\n0.1\tmy parcel\tlog in\n' >soft.tsv
learn soft.safetensors "${tokenizer[@]}" --batch-negatives 1 --soft-pairs soft.tsv --soft-weight 0.5 \
  same.tsv
expect 0 info --json soft.safetensors
same "$(json training soft_pairs 0)" soft.tsv
printf '0.8\ta\tb\n1.5\ta\tc\n' >wrong.tsv
no 'wrong.tsv:2: label 1.500000 is no probability; give --soft-pairs labels from 0 to 1' \
  "${tokenizer[@]}" --batch-negatives 1 --soft-pairs wrong.tsv same.tsv
no_use '--soft-pairs goes with --rows pairs and one tower' --soft-pairs soft.tsv \
  --rows triplets "$sample/triplets.tsv"
no_use '--graded-pairs goes with --rows pairs and one tower' --graded-pairs degrees.tsv \
  --rows triplets "$sample/triplets.tsv"
no_use 'graded_repeat: is 0; allowed is 1 to 1000' --graded-repeat 0 "$pairs"
[ -e none.safetensors ] && fail 'a refused run wrote a model'
no_leftovers
finish
