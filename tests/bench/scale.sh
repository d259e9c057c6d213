#!/bin/bash
# What `gemel embed` costs against the number of texts, their length and the encoder's width: whole
# processes, start-up included.
set -euo pipefail

usage() {
  cat <<'END'
usage: tests/bench/scale.sh [options] MODEL TEXTS

  MODEL             a bundle; its tokenizer is taken for encoders of other widths
  TEXTS             a file with a text a line, 20,000 or more

  --only PART,…     sizes: 1 thousand to 1 million texts, copies of TEXTS with a number behind
                    lengths: 5 to 200 tokens a text, the words of TEXTS in pieces
                    widths: H from 128 to 1024, weights of one epoch on the sample corpus
  --sizes N,…       numbers of texts (1000,10000,100000,1000000)
  --precision P     f32, bf16 or int8 (int8)
  --threads T       (2)
  --repeats R       the median of R processes (3)
  --build FOLDER    build folder with gemel and bench_process (build/bench); run.sh makes it

Vectors go to TMPDIR and are deleted: 4.2 GB for a million. A row that lacks the room is left out.
END
  exit 2
}

root=$(cd "$(dirname "$0")/../.." && pwd)
only=sizes,lengths,widths sizes=1000,10000,100000,1000000 precision=int8 threads=2 repeats=3
build=$root/build/bench
plain=()
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=$2; shift ;;
    --sizes) sizes=$2; shift ;;
    --precision) precision=$2; shift ;;
    --threads) threads=$2; shift ;;
    --repeats) repeats=$2; shift ;;
    --build) build=$2; shift ;;
    -*) usage ;;
    *) plain+=("$1") ;;
  esac
  shift
done
[ ${#plain[@]} -eq 2 ] || usage
model=${plain[0]} source=${plain[1]}
gemel=$build/apps/gemel process=$build/tests/bench/bench_process
export OMP_NUM_THREADS=1  # oneDNN's idle threads would spin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

asks() { [[ ,$only, == *,$1,* ]]; }

head_of_table() {
  echo "| $1 | texts | tokens a text | H | seconds | texts/s | tokens/s | largest memory, MB |"
  echo "|---|--:|--:|--:|--:|--:|--:|--:|"
}

# row LABEL MODEL H FILE: embeds the file in a process of its own. Tokens are counted on the first
# 20,000 texts.
row() {
  local label=$1 bundle=$2 hidden=$3 file=$4 count tokens room i
  count=$(wc -l < "$file")
  room=$(df --output=avail -k "$work" | tail -n 1)
  if [ $((count * 8 * hidden / 500)) -gt "$room" ]; then  # mean and max of 2H, 4 bytes, and as much again
    echo "| $label | $count | | $hidden | no room for the vectors in $work | | | |"
    return
  fi
  head -n 20000 "$file" > "$work/some.txt"
  tokens=$("$gemel" tokenize --model "$bundle" --format text "$work/some.txt" 2> /dev/null |
    awk '{sum += NF} END {printf "%.1f", sum / NR}')
  for ((i = 0; i < repeats; i++)); do  # each into a new file: to replace one takes time
    rm -f "$work"/x.npy*
    "$process" 1 "$gemel" embed --model "$bundle" --precision "$precision" \
      --threads "$threads" --format text --output "$work/x.npy" "$file"
  done | sort -n |
    awk -v label="$label" -v count="$count" -v tokens="$tokens" -v hidden="$hidden" '
      {seconds[NR] = $1; if ($3 > most) most = $3}
      END {
        s = seconds[int((NR + 1) / 2)]
        printf "| %s | %d | %s | %d | %.2f | %.0f | %.0f | %.0f |\n", label, count, tokens, hidden,
          s, count / s, count * tokens / s, most
      }'
  rm -f "$work"/x.npy*
}

hidden_of() {
  "$gemel" info "$1" 2> /dev/null | sed -n '/ H [0-9]/ {s/.* H \([0-9]*\),.*/\1/p; q}'
}

# many N FILE: N distinct texts.
many() {
  local lines copies copy
  lines=$(wc -l < "$source")
  copies=$((($1 + lines - 1) / lines))
  for copy in $(seq "$copies"); do
    awk -v copy="$copy" -v most=$(($1 - (copy - 1) * lines)) 'NR <= most {print $0, copy}' "$source"
  done > "$2"
}

# with_width H FILE: a bundle of that width that reads long texts.
with_width() {
  if ! [ -e "$work/tokenizer.model" ]; then
    "$gemel" export --model "$model" --onnx "$work/m.onnx" --tokenizer "$work/tokenizer.model" \
      > /dev/null 2>&1
  fi
  "$gemel" train --tokenizer "$work/tokenizer.model" --hidden-size "$1" --max-tokens 256 --epochs 1 \
    --threads 2 --output "$2" "$root/corpora/sample/pairs-train.csv" > /dev/null 2>&1
}

sizes() {
  local hidden size
  hidden=$(hidden_of "$model")
  for size in ${sizes//,/ }; do
    many "$size" "$work/many.txt"
    row "texts" "$model" "$hidden" "$work/many.txt"
  done
}

# English has about five tokens for four words.
lengths() {
  local tokens
  with_width 256 "$work/long.safetensors"
  for tokens in 5 10 20 50 100 200; do
    awk -v words=$((tokens * 4 / 5)) '
      {for (i = 1; i <= NF; ++i) printf "%s%s", $i, ++count % words ? " " : "\n"}
      END {print ""}' "$source" > "$work/pieces.txt"
    row "length" "$work/long.safetensors" 256 "$work/pieces.txt"
  done
}

widths() {
  local hidden
  many 10000 "$work/many.txt"
  for hidden in 128 256 512 1024; do
    with_width "$hidden" "$work/wide.safetensors"
    row "width" "$work/wide.safetensors" "$hidden" "$work/many.txt"
  done
}

head_of_table "$precision, $threads threads"
if asks sizes; then sizes; fi
if asks lengths; then lengths; fi
if asks widths; then widths; fi
