#!/bin/bash
# The verb embed on the golden bundle (D = 5, 8 tokens a text).
# usage: embed_test.sh GEMEL MODEL
set -u
gemel=$1 model=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() {
  echo "FAILED, line ${BASH_LINENO[-2]}: $*"
  failures=$((failures + 1))
}
# expect CODE ARGUMENTS…: runs embed; standard output in ./stdout, standard error in ./stderr.
expect() {
  local wanted=$1 code
  shift
  "$gemel" embed --model "$model" "$@" >stdout 2>stderr </dev/null
  code=$?
  [ "$code" = "$wanted" ] || fail "exit code $code, not $wanted: $* ($(cat stderr))"
}
says() { grep -qF -- "$1" stderr || fail "standard error lacks '$1': $(cat stderr)"; }
same() { [ "$1" = "$2" ] || fail "'$1' is not '$2'"; }
holds() { grep -qxF -- "$2" "$1" || fail "$1 lacks '$2': $(cat "$1")"; }
# Names of what a run left in out/, which is then emptied.
leftovers() {
  ls -A out
  rm -rf out && mkdir out
}
mkdir out

# The first two texts' vectors are those of a NumPy encoder (tests/model/golden_test.cpp).
printf 'how old are you ?\nwhat is your age ?\n\nhow old are you ?\n' >texts.txt
expect 0 texts.txt --output v.npy
says 'gemel: 4 texts, 3 encoded, '
says '; 1 empty, 0 truncated'
same "$(stat -c %s v.npy)" $((128 + 4 * 5 * 4))
same "$(head -c 128 v.npy | tail -c +11 | tr -s ' ')" \
  "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 5), } "
same "$(tail -c +129 v.npy | od -An -v -w20 -tf4 | head -n 2 |
  awk '{ printf "%.3f %.3f %.3f %.3f %.3f\n", $1, $2, $3, $4, $5 }')" \
  "0.481 -0.028 -0.510 0.578 0.417
0.480 0.049 -0.543 0.546 0.417"
tail -c +129 v.npy >body
cmp <(head -c 20 body) <(tail -c 20 body) || fail "the same text has two vectors"
same "$(cat v.npy.ids)" $'1\n2\n3\n4'
for line in '  "file": "v.npy",' '  "count": 4,' '  "dimension": 5,' '  "ids": "v.npy.ids",' \
  '  "fingerprint": "4563cf1d090a07dd6287754019fd4800",' '  "model": "golden.safetensors",' \
  '  "metric": "cosine",' '  "precision": "f32",' '  "max_tokens": 8,' \
  '  "source": "texts.txt",' '  "bad_rows": 0,' '  "empty_texts": 1,' '  "truncated_texts": 0'; do
  holds v.npy.json "$line"
done

# Neither window nor threads nor format change a vector.
expect 0 texts.txt --output w.f32 --window 1 --threads 3
says 'gemel: 4 texts, 4 encoded, '
cmp body w.f32 || fail "another window, other vectors"
expect 0 texts.txt --output w.fbin
cmp <(printf '\4\0\0\0\5\0\0\0' && cat body) w.fbin || fail "fbin differs"
expect 0 texts.txt --output w --vector-format fvecs
cmp <(for i in 0 1 2 3; do printf '\5\0\0\0' && tail -c +$((20 * i + 1)) body | head -c 20; done) \
  w || fail "fvecs differs"
[ -e w.ids ] && [ -e w.json ] || fail "w.ids or w.json is missing"

# Standard input and output.
same "$("$gemel" embed -m "$model" - -o - --vector-format f32 <texts.txt 2>/dev/null | cksum)" \
  "$(cksum <body)"
expect 0 texts.txt --output - --vector-format f32 --manifest manifest.json
cmp stdout body || fail "standard output differs"
holds manifest.json '  "file": null,'
holds manifest.json '  "ids": null,'

# Ids and text of a table.
printf 'id,text\nq\t1,"how old\nare you ?"\nq2,"what is ""your"" age ?"\n' >table.csv
expect 0 table.csv --output t.jsonl --with-text
same "$(cat t.jsonl.ids)" $'q\\t1\nq2'
same "$(sed 's/,"vector".*//' t.jsonl)" '{"id":"q\t1","text":"how old\nare you ?"
{"id":"q2","text":"what is \"your\" age ?"'
same "$(grep -c '"vector":\[[-0-9.e]*,[-0-9.e]*,[-0-9.e]*,[-0-9.e]*,[-0-9.e]*\]}$' t.jsonl)" 2

# Bad rows stop the work and leave what was there before, or are skipped and counted.
printf 'how old are you ?\nno\0pe\nwhat is your age ?\n' >bad.txt
echo old >out/v.npy
expect 1 bad.txt --output out/v.npy
says 'bad.txt:2'
same "$(cat out/v.npy)" old
same "$(leftovers)" v.npy
expect 0 bad.txt --output out/v.npy --skip-bad-rows
holds out/v.npy.json '  "bad_rows": 1,'
holds out/v.npy.json '  "count": 2,'
same "$(cat out/v.npy.ids)" $'1\n2'
same "$(leftovers)" $'v.npy\nv.npy.ids\nv.npy.json'
for name in empty missing; do
  [ $name = empty ] && : >empty
  expect 1 $name --output out/v.npy
  says "$name: "
  same "$(leftovers)" ""
done

# Places that cannot be written.
expect 1 texts.txt --output nowhere/v.npy
says 'nowhere/v.npy: cannot be opened for writing: No such file or directory'
expect 1 texts.txt --output /dev/full --vector-format f32
says '/dev/full: cannot be written: No space left on device'
expect 1 texts.txt --output out/v.npy --manifest /dev/full
says '/dev/full: cannot be written: No space left on device'
same "$(leftovers)" ""
mkdir out/v.npy.ids
expect 1 texts.txt --output out/v.npy
same "$(leftovers)" v.npy.ids
mkfifo pipe
exec 3<>pipe 4>pipe 3>&-  # a pipe whose reader has gone
"$gemel" embed -m "$model" texts.txt -o - --vector-format jsonl >&4 2>stderr
same $? 1
exec 4>&-
says 'standard output: cannot be written: Broken pipe'

# Interrupted while it waits for more rows.
exec 3<>pipe
echo 'how old are you ?' >&3
"$gemel" embed -m "$model" pipe -o out/v.npy 3>&- 2>stderr &
child=$!
for ((i = 0; i < 200; i++)); do
  compgen -G 'out/v.npy.json.partial*' >/dev/null && break
  sleep 0.05
done
compgen -G 'out/*.partial*' >/dev/null || fail "no temporary file appeared"
kill -TERM $child
wait $child
same $? 1
exec 3>&-
same "$(leftovers)" ""

# Wrong usage.
expect 2 texts.txt
says 'missing --output FILE, or - for standard output'
expect 2 texts.txt --output v.hdf5
says 'v.hdf5: its ending tells no vector format; give --vector-format npy, fvecs, fbin, f32 or jsonl'
expect 2 texts.txt --output v.npy --vector-format hdf5
says "vector format: 'hdf5' is not known; choose among npy, fvecs, fbin, f32, jsonl"
for format in npy fbin; do
  expect 2 texts.txt --output - --vector-format $format
  says "$format needs the number of rows in its header and cannot go to a pipe; choose fvecs, f32 or jsonl, or write to a file"
done
expect 2 texts.txt --output v.npy --with-text
says '--with-text goes with jsonl, not with npy'
expect 2 table.csv --output ./table.csv --vector-format f32
says "'./table.csv' would replace a file that is read"
expect 2 texts.txt --output v.npy --manifest v.npy
says '--manifest names the same place as --output or its ids'
expect 2 texts.txt --output v.npy --window 0
says 'window: is 0; allowed is 1 to 1048576'
expect 2 texts.txt --output v.npy --precision f16
says "'f16' is not known; choose among f32, bf16"

[ $failures = 0 ] || { echo "$failures checks failed" && exit 1; }
echo "all checks passed"
