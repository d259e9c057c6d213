#!/bin/sh
# Passes all tests of the last commit inside a Debian 13 made for the purpose, on any machine that
# has debootstrap and git. Debian 13 brings oneDNN 3, sentencepiece 0.2 and gcc 14.
set -eu

usage="usage: cmake/debian13-check.sh [DIRECTORY [MIRROR]]

  DIRECTORY  where the Debian 13 lies or shall lie (default /var/tmp/gemel-trixie, about 2 GB)
  MIRROR     where its packages come from (default: the one this system's apt uses)

Needs root, debootstrap and git. A second run uses the Debian 13 of the first and downloads nothing
unless packages are missing there. Changes that are not committed are not tested."

say() { printf '%s\n' "debian13-check: $*" >&2; }

give_up() {
  say "$@"
  exit 1
}

# The mirror behind "main" of this release in apt's sources.
configured_mirror() {
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-none}")
  # shellcheck disable=SC2016  # apt expands these
  found=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 2>/dev/null |
    awk -v codename="$codename" '$2 == codename && $3 == "main" { print $1; exit }')
  printf '%s' "${found:-http://deb.debian.org/debian}"
}

# Under another name first, so that an interrupted run leaves nothing that looks whole.
bootstrap() {
  if [ -f "$root/etc/debian_version" ]; then
    grep -q '^VERSION_CODENAME=trixie' "$root/etc/os-release" ||
      give_up "$root holds a system that is not Debian 13; name another directory"
    return
  fi
  if [ -e "$root" ]; then
    rmdir "$root" 2>/dev/null || give_up "$root is not empty and holds no system; name another directory"
  fi
  say "about to install a Debian 13 in $root from $mirror"
  rm -rf --one-file-system "$root.part"
  debootstrap --variant=minbase --include=ca-certificates trixie "$root.part" "$mirror" >&2
  mv "$root.part" "$root"
}

copy_sources() {
  rm -rf --one-file-system "$root/src/gemel"
  mkdir -p "$root/src/gemel"
  git -c safe.directory='*' -C "$sources" archive --format=tar HEAD | tar -x -C "$root/src/gemel"
}

inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    ${http_proxy:+"http_proxy=$http_proxy"} "$@"
}

case "${1:-}" in
  -*) printf '%s\n' "$usage" && exit 0 ;;
esac
[ $# -le 2 ] || { printf '%s\n' "$usage" >&2 && exit 2; }
[ "$(id -u)" -eq 0 ] || give_up "chroot needs root; run it with sudo"
for program in debootstrap git unshare; do
  command -v $program >/dev/null || give_up "needs $program: apt-get install debootstrap git util-linux"
done

# The mounts below live in a namespace of this process and vanish with it, however it ends.
if [ "${GEMEL_CHECK_UNSHARED:-}" != yes ]; then
  GEMEL_CHECK_UNSHARED=yes exec unshare --mount --propagation private "$0" "$@"
fi

root=$(realpath -m "${1:-/var/tmp/gemel-trixie}")
[ "$root" != / ] || give_up "the directory must not be /"
sources=$(realpath "$(dirname "$0")/..")
if [ -z "${http_proxy:-}" ] && command -v apt-config >/dev/null; then
  eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
fi
[ -z "${http_proxy:-}" ] || export http_proxy
mirror=${2:-$(configured_mirror)}
bootstrap
copy_sources
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
say "testing commit $(git -c safe.directory='*' -C "$sources" rev-parse --short HEAD)"
inside /src/gemel/cmake/setup.sh test
inside /src/gemel/cmake/setup.sh demo
say "passed"
