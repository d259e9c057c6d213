#!/bin/bash
# Embedding, its ceilings and what people would use instead, in one run and one Markdown table.
set -euo pipefail

usage() {
  cat <<'END'
usage: tests/bench/run.sh [options] MODEL TEXTS

  MODEL             a bundle with a single-layer LSTM, such as models/en.safetensors
  TEXTS             a file with a text a line

  --texts N         take the first N texts (20000)
  --repeats R       rounds through all stages, medians are printed (3)
  --only PART,…     ceilings, stages, tool, latency, peers, table (all of them)
  --threads T,…     1,2 (both)
  --peers WORD,…    torch, onnx, static: one kind of peers only
  --records FILE    keep the measurements and add to those that are there, so that parts may be run
                    one at a time and the table printed at the end; nothing else may change between
  --python FOLDER   virtual environment for the peers (build/bench/venv); those whose packages it
                    lacks are skipped with a word
  --install         make that environment and install the peers' packages there first (network)
  --build FOLDER    build folder (build/bench), built first where the programs are missing

Needs 2 cores. TMPDIR says where vectors are written for a moment (4 kB a text).
END
  exit 2
}

root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/bench
texts=20000 repeats=3 threads_asked=1,2 kinds=torch,onnx,static
only=ceilings,stages,tool,latency,peers,table records="" install="" build=$root/build/bench python=""
plain=()
while [ $# -gt 0 ]; do
  case $1 in
    --texts) texts=$2; shift ;;
    --repeats) repeats=$2; shift ;;
    --threads) threads_asked=$2; shift ;;
    --peers) kinds=$2; shift ;;
    --only) only=$2; shift ;;
    --records) records=$2; shift ;;
    --python) python=$2; shift ;;
    --build) build=$2; shift ;;
    --install) install=yes ;;
    -*) usage ;;
    *) plain+=("$1") ;;
  esac
  shift
done
[ ${#plain[@]} -eq 2 ] || usage
model=${plain[0]} source=${plain[1]}
python=${python:-$build/venv}
IFS=, read -ra thread_counts <<< "$threads_asked"

asks() { [[ ,$only, == *,$1,* ]]; }

programs() {
  local bin=$build/tests/bench
  inference=$bin/bench_inference latency=$bin/bench_latency process=$bin/bench_process
  gemel=$build/apps/gemel
  [ -x "$inference" ] && [ -x "$latency" ] && [ -x "$process" ] && [ -x "$gemel" ] && return
  cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DGEMEL_BUILD_BENCH=ON \
    -DGEMEL_BUILD_TESTS=OFF >&2
  cmake --build "$build" --parallel 2 \
    --target bench_inference bench_latency bench_process gemel_tool >&2
}

install_peers() {
  python3 -m venv "$python"
  local package
  grep -v '^#' "$here/peers-requirements.txt" | while read -r package; do
    "$python/bin/pip" install --quiet "$package" >&2 ||
      printf 'bench: %s cannot be installed, its peers will be skipped\n' "$package" >&2
  done
}

record() { printf '%s\t%s\t%s\t%s\t\t\tshare\t%s\n' "$1" "$2" "$3" "$4" "$5"; }

flags() { grep -m1 '^flags' /proc/cpuinfo || true; }

describe_machine() {
  local name="" sets
  name=$(awk -F': ' '/^model name/ {print $2; exit}' /proc/cpuinfo)
  sets=$(flags | tr ' ' '\n' |
    grep -E '^(sse2|avx2|fma|avx512f|avx512_bf16|avx512_vnni|avx_vnni|amx_bf16|amx_int8)$' |
    sort -u | tr '\n' ' ' || true)
  printf 'head\t%s, %s cores, %s\n' "${name:-$(uname -m)}" "$(nproc)" "${sets:-instruction sets unknown}"
  "$inference" "$model" "$cut" --only model | awk -F'\t' \
    '{printf "head\t%d texts of %s tokens; H %d, D %d; precision by default: %s\n", $3, $4, $5, $6, $2}'
}

default_precision() { "$inference" "$model" "$cut" --only model | cut -f2; }

# oneDNN takes AMX where the CPU has it; what it does without is the ceiling of code for AVX-512.
ceilings() {
  "$inference" "$model" "$cut" --threads "$threads_asked" --folder "$work" \
    --only products,memory,sentencepiece,files
  if [[ $(flags) == *amx_tile* ]]; then
    ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 "$inference" "$model" "$cut" \
      --threads "$threads_asked" --only products --product-suffix " without AMX"
  fi
}

# Seconds of a process that embeds a file, by its median over three, each into a new file: to replace
# one takes the time of freeing it.
embed_seconds() {
  for _ in 1 2 3; do
    rm -f "$work"/x.npy*
    "$process" 1 "$gemel" embed --model "$model" --threads "$1" --format text \
      --output "$work/x.npy" "$2"
  done | sort -n | sed -n 2p | cut -f1
}

tool() {
  local encode start whole threads
  encode="encode $(default_precision), batches of 128"
  head -n 1 "$cut" > "$work/one.txt"
  printf 'note\tgemel embed reads and writes beside its threads, on cores that they leave idle\n'
  for threads in "${thread_counts[@]}"; do
    start=$(embed_seconds "$threads" "$work/one.txt")
    whole=$(embed_seconds "$threads" "$cut")
    rm -f "$work"/x.npy*
    record "End to end" "gemel embed TEXTS --output X.npy, whole process" "$threads" \
      "$(awk "BEGIN {print $whole / $count}")" "$encode"
    record "End to end" "… less the time it takes for one text" "$threads" \
      "$(awk "BEGIN {print ($whole - $start) / ($count - 1)}")" "$encode"
  done
}

compare_process() {
  local seconds
  seconds=$("$process" 20 "$gemel" compare --model "$model" "How do I cancel my order?" \
    "I want to cancel an order" | sort -n | sed -n 10p | cut -f1)
  record "One text" "gemel compare A B, whole process, median of 20" 1 "$seconds" ""
}

peers() {
  local threads
  if ! [ -x "$python/bin/python3" ]; then
    printf 'skip\tPeers\tpeers\tno virtual environment at --python: see --install\n'
    return
  fi
  for threads in "${thread_counts[@]}"; do
    PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=$threads RAYON_NUM_THREADS=$threads \
      "$python/bin/python3" "$here/peers.py" --threads "$threads" --kinds "$kinds" \
      --precision "$(default_precision)" --folder "$work" "$gemel" "$model" "$cut"
  done
}

# What measures gemel runs with one OpenMP thread a worker: oneDNN's idle ones would spin.
round() {
  export OMP_NUM_THREADS=1
  if asks ceilings; then ceilings; fi
  if asks stages; then
    "$inference" "$model" "$cut" --threads "$threads_asked" --only tokenise,encode
  fi
  if asks tool; then tool; fi
  if asks latency; then
    "$latency" "$model" "$cut"
    compare_process
  fi
  if asks peers; then peers; fi
}

programs
if [ -n "$install" ]; then install_peers; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cut=$work/texts.txt
head -n "$texts" "$source" > "$cut"
count=$(wc -l < "$cut")
records=${records:-$work/records}
describe_machine >> "$records"
for turn in $(seq "$repeats"); do
  printf 'bench: round %s of %s\n' "$turn" "$repeats" >&2
  round >> "$records"
done
if asks table; then awk -f "$here/table.awk" "$records"; fi
