#!/bin/sh
# Sets gemel up on a fresh Debian 12 or 13. README.md and CONTRIBUTING.md say when to use it.
set -eu

usage() {
  cat <<'END'
usage: cmake/setup.sh demo | test | packages

  demo      install what is missing, build a release, find the duplicates of the sample corpus
  test      install what is missing, build a release, run all tests
  packages  install what is missing, nothing else

Run it as root or as a user who may use sudo. It says which packages it is about to install, and
uses no network where none is missing.
END
}

# CONTRIBUTING.md says what each is for. The same names exist in Debian 12 and 13.
packages="g++ cmake ninja-build pkg-config
  libdnnl-dev libsentencepiece-dev
  libboost-program-options-dev libboost-iostreams-dev
  nlohmann-json3-dev libcsv-dev libxxhash-dev libutfcpp-dev libzstd-dev
  protobuf-compiler libprotobuf-dev
  doctest-dev gnuplot-nox"

say() { printf '%s\n' "setup: $*" >&2; }

give_up() {
  say "$@"
  exit 1
}

check_system() {
  id="" version=""
  # shellcheck source=/dev/null
  if [ -r /etc/os-release ]; then
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
  fi
  case "$id-$version" in
    debian-12 | debian-13) return ;;
  esac
  say "this system is ${id:-unknown} ${version:-(no version)}; this script knows Debian 12 and 13 only."
  say "Install what these Debian packages hold, then build with"
  say "  cmake --preset release && cmake --build --preset release && ctest --preset release"
  for package in $packages; do say "  $package"; done
  exit 1
}

is_installed() {
  status=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) || return 1
  [ "$status" = installed ]
}

missing_packages() {
  for package in $packages; do
    is_installed "$package" || printf '%s ' "$package"
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

install_missing() {
  missing=$(missing_packages)
  if [ -z "$missing" ]; then
    say "all packages are installed"
    return
  fi
  say "about to install: $missing"
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    give_up "that needs root, and sudo is not here; as root run: apt-get install $missing"
  fi
  as_root apt-get -q update
  # shellcheck disable=SC2086  # one word a package
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-install-recommends install $missing
}

# What to build, or everything.
build() {
  say "building"
  cmake --preset release >&2
  cmake --build --preset release -j "$(nproc)" ${1:+--target "$1"} >&2
}

run_demo() {
  set -- build/release/apps/gemel duplicates --text-column question corpora/sample/questions.tsv
  say "$*"
  started=$(date +%s%N)
  "$@"
  say "took $((($(date +%s%N) - started) / 1000000)) ms, loading the model included"
}

run_tests() {
  say "testing"
  ctest --preset release -j "$(nproc)"
}

case "${1:-}" in
  demo | test | packages) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2 && exit 2; }
cd "$(dirname "$0")/.."
check_system
install_missing
case "$1" in
  demo)
    build gemel_tool
    run_demo
    ;;
  test)
    build
    run_tests
    ;;
esac
