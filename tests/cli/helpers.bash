# Shared by the scripts of this folder: source it with the tool and the source folder as arguments.
# Every script runs in a folder of its own, which is removed at its end.
set -u
gemel=$1 source_dir=$2 cmake=${3:-cmake}
golden=$source_dir/tests/model/data/golden.safetensors
sample=$source_dir/corpora/sample
unset GEMEL_MODEL
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

fail() {
  local depth=1
  while [ "${BASH_SOURCE[depth]##*/}" = helpers.bash ]; do depth=$((depth + 1)); done
  echo "FAILED, ${BASH_SOURCE[depth]##*/}:${BASH_LINENO[depth - 1]}: $*"
  failures=$((failures + 1))
}
# expect CODE VERB ARGUMENTS…: runs the tool; standard output in ./stdout, standard error in
# ./stderr. Standard input is ./stdin where the caller wrote one, else empty.
expect() {
  local wanted=$1 code input=/dev/null
  shift
  [ -e stdin ] && input=stdin
  "$gemel" "$@" >stdout 2>stderr <$input
  code=$?
  checks=$((checks + 1))
  [ "$code" = "$wanted" ] || fail "exit code $code, not $wanted: gemel $*: $(head -c 400 stderr)"
}
# Standard error is exactly these lines, or has this line, or the line does not occur.
says_only() {
  checks=$((checks + 1))
  [ "$(cat stderr)" = "$1" ] || fail "standard error is '$(head -c 600 stderr)', not '$1'"
}
says() {
  checks=$((checks + 1))
  grep -qxF -- "$1" stderr || fail "standard error lacks the line '$1': $(head -c 600 stderr)"
}
# An error: exit code 1, one line, nothing on standard output. wrong: the same for usage, code 2.
refuses() {
  local message=$1
  shift
  expect 1 "$@"
  says_only "gemel: $message"
  [ -s stdout ] && fail "printed '$(head -c 100 stdout)' in spite of the error"
}
wrong() {
  local message=$1 verb=$2
  shift
  expect 2 "$@"
  case $verb in train | sweep | average | prune | tokenizer | evaluate | duplicates | embed | compare | info | tokenize | export) verb+=' ' ;;
  *) verb= ;;
  esac
  says_only "gemel: $message
Try 'gemel $verb--help'."
  [ -s stdout ] && fail "printed '$(head -c 100 stdout)' in spite of wrong usage"
}
same() {
  checks=$((checks + 1))
  [ "$1" = "$2" ] || fail "'$1' is not '$2'"
}
same_bytes() {
  checks=$((checks + 1))
  cmp -- "$1" "$2" || fail "$1 and $2 differ"
}
# Two bundles whose tensors are the same bytes; the metadata before them may differ.
same_weights() {
  checks=$((checks + 1))
  local skip=(0 0) i=0
  for file in "$1" "$2"; do
    skip[i++]=$(($(od -An -tu8 -N8 "$file") + 9))
  done
  cmp -- <(tail -c +${skip[0]} "$1") <(tail -c +${skip[1]} "$2") || fail "$1 and $2 differ"
}
holds() {
  checks=$((checks + 1))
  grep -qF -- "$2" "$1" || fail "$1 lacks '$2': $(head -c 600 "$1")"
}
# json PATH…: the value under that path of ./stdout; fails where it is no JSON.
json() {
  printf 'file(READ stdout text)\nstring(JSON value GET "${text}" %s)\nfile(WRITE value "${value}")\n' \
    "$*" >json.cmake
  "$cmake" -P json.cmake 2>json.err && cat value || fail "no JSON with $*: $(head -n 5 json.err)"
}
no_leftovers() {
  checks=$((checks + 1))
  local left
  left=$(find . -name '*.partial*')
  [ -z "$left" ] || fail "left behind: $left"
}
# Waits up to 20 s until the command succeeds.
wait_until() {
  local i
  for ((i = 0; i < 400; i++)); do
    "$@" && return 0
    sleep 0.05
  done
  fail "never became true: $*"
  return 1
}
# train_tiny OUTPUT OPTIONS…: a model of 288 pairs in half a second.
tiny_options=(--vocabulary-size 600 --embedding-size 32 --hidden-size 32 --epochs 3 --no-curves
  --batch-pairs 64 --precision f32)
train_tiny() {
  local output=$1
  shift
  expect 0 train --dev "$sample/pairs-dev.jsonl" --output "$output" "${tiny_options[@]}" "$@" \
    "$sample/pairs-train.csv"
}
finish() {
  [ $failures = 0 ] || {
    echo "$failures of $checks checks failed"
    exit 1
  }
  echo "all $checks checks passed"
}
