#!/bin/bash
# Full disks, closed pipes and signals: exit code 1, a message, and nothing half-written.
# usage: output_test.sh GEMEL SOURCE-DIR
source "${BASH_SOURCE[0]%/*}/helpers.bash"
export GEMEL_MODEL=$golden
printf 'how old are you ?\nwhat is your age ?\nhow old are you ?\n' >texts.txt
printf '1\thow old are you ?\twhat is your age ?\n0\ta\thow old are you ?\n' >pairs.tsv
printf 'a aa aaa aa\n' >letters.txt
mkdir folder out

# A place that cannot be written leaves what stood there before.
echo before >found.tsv
for place in /dev/full folder nowhere/found; do
  case $place in
  /dev/full) reason='cannot be written: No space left on device' ;;
  folder) reason='cannot be opened for writing: Is a directory' ;;
  *) reason='cannot be opened for writing: No such file or directory' ;;
  esac
  expect 1 duplicates -o $place texts.txt
  says "gemel: $place: $reason"
  expect 1 embed --vector-format f32 -o $place texts.txt
  case $place in folder) ;; *) says "gemel: $place: $reason" ;; esac
  expect 1 tokenizer --vocabulary-size 262 -o $place letters.txt
  says "gemel: $place: $reason"
done
expect 1 duplicates -o found.tsv nowhere.txt
same "$(cat found.tsv)" before
no_leftovers

# Standard output: a full disk, closed, and a reader that has gone.
commands=('--help' '--version' 'compare a b' "info $golden" 'evaluate pairs.tsv'
  'duplicates texts.txt' 'embed --vector-format jsonl -o - texts.txt')
mkfifo pipe
for command in "${commands[@]}"; do
  "$gemel" $command >/dev/full 2>stderr
  same $? 1
  says 'gemel: standard output: cannot be written: No space left on device'
  "$gemel" $command >&- 2>stderr
  same $? 1
  says 'gemel: standard output: cannot be written: Bad file descriptor'
  exec 3<>pipe 4>pipe 3>&-
  "$gemel" $command >&4 2>stderr
  same $? 1
  exec 4>&-
  says 'gemel: standard output: cannot be written: Broken pipe'
done
yes 'how old are you ?' | head -n 20000 >many.txt
"$gemel" embed --vector-format jsonl -o - many.txt 2>stderr | head -n 1 >first
same "${PIPESTATUS[0]} $(wc -l <first)" '1 1'

# With standard streams closed, no file takes their place: messages go nowhere, not into it.
expect 0 embed -o open.f32 texts.txt
"$gemel" embed -o shut.f32 texts.txt <&- >&- 2>&-
same $? 0
same_bytes open.f32 shut.f32
same_bytes open.f32.ids shut.f32.ids
expect 0 duplicates -o open.tsv texts.txt
"$gemel" duplicates -o shut.tsv texts.txt <&- >&- 2>&-
same $? 0
same_bytes open.tsv shut.tsv
"$gemel" duplicates -o shut2.tsv - <&- >&- 2>stderr
same $? 1
holds stderr 'gemel: standard input: cannot be read: Bad file descriptor'

# Ctrl-C while a verb waits for more texts.
half_written() { compgen -G "out/$1*.partial*" >/dev/null; }
for command in 'duplicates -o out/found.tsv pipe' 'embed -o out/found.npy pipe' \
  'tokenizer --vocabulary-size 262 -o out/found.model pipe'; do
  for signal in INT TERM; do
    exec 3<>pipe
    echo 'how old are you ?' >&3
    "$gemel" $command 3>&- 2>stderr >stdout &
    child=$!
    wait_until half_written found
    kill -$signal $child
    wait $child
    same $? 1
    exec 3>&-
    says 'gemel: interrupted'
    same "$(ls -A out)" ''
  done
done
finish
