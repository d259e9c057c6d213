#!/bin/bash
# Makes a shipped model again, from its data to the bundle, in a folder of its own.
set -euo pipefail

usage() {
  cat <<'END'
usage: models/make.sh en DATA FOLDER TEACHER [PYTHON]
       models/make.sh zh DATA FOLDER

  DATA     folder of the corpora: qqp/train.tsv, stsb/dev.tsv, unlabelled.txt and so on, as the card
           of the model names them
  FOLDER   where everything is made; what is there already is not made again
  TEACHER  folder of the sentence transformer all-MiniLM-L6-v2
  PYTHON   with torch and transformers (python3)

GEMEL says which program to use (gemel).
END
  exit 2
}

[ $# -ge 3 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
gemel=${GEMEL:-gemel}
data=$(cd "$2" && pwd)
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

link() { ln -sf "$data/$1" "$2"; }

case $1 in
  en)
    [ $# -ge 4 ] || usage
    teacher=$(cd "$OLDPWD" && cd "$4" && pwd)
    link qqp/train.tsv train.tsv
    link qqp/dev.tsv dev.tsv
    for set in stsb sick; do
      link $set/train.tsv $set-train.tsv
      link $set/dev.tsv $set.tsv
    done
    texts
    [ -e teacher.npy.made ] || {
      "${5:-python3}" "$here/teacher.py" "$teacher" texts.txt teacher --shortest 435061
      touch teacher.npy.made
    }
    [ -s en.model ] || "$gemel" tokenizer --vocabulary-size 16000 --output en.model texts.txt
    step en-1-teacher
    step en-2-labels
    step en-3-degrees
    step en-4-head
    cp en-4-head.safetensors en.safetensors
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
    step zh-1-all
    step zh-2-lcqmc
    cp zh-2-lcqmc.safetensors zh.safetensors
    ;;
  *) usage ;;
esac
