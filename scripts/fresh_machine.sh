#!/usr/bin/env bash
# Runs a command in a fresh clone of this repository's HEAD on a fresh Debian 12 with nothing but git in it:
#
#   scripts/fresh_machine.sh FOLDER [COMMAND...]      (default command: .ci/run; needs root)
#
# FOLDER becomes the machine's root, made by debootstrap; one that stands there is used again, with a new clone. The
# machine shares this one's kernel and network, and its private certificate authorities and proxies if there are any.
set -euo pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
machine=${1:?usage: scripts/fresh_machine.sh FOLDER [COMMAND...]}
shift
[ $# -gt 0 ] || set -- .ci/run

if [ ! -e "$machine/.complete" ]; then
  command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$machine"
  touch "$machine/.complete"
fi
cp /etc/resolv.conf "$machine/etc/resolv.conf"
if compgen -G "/usr/local/share/ca-certificates/*.crt" >/dev/null; then
  cp /usr/local/share/ca-certificates/*.crt "$machine/usr/local/share/ca-certificates/"
  chroot "$machine" update-ca-certificates >/dev/null
fi
rm -rf "$machine/hearth"
git clone --quiet "$repository" "$machine/hearth"

mapfile -t network < <(env | grep -iE '^(\w*(_CA_BUNDLE|_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)|PIP_CERT|\w+_PROXY)=')
# The mounts live in a namespace of their own and go with it.
exec unshare --mount --fork bash -c '
  machine=$1
  shift
  mount -t proc proc "$machine/proc"
  mount --rbind /sys "$machine/sys"
  mount --rbind /dev "$machine/dev"
  exec chroot "$machine" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "${@}"
' fresh "$machine" "${network[@]}" bash -c 'cd /hearth && exec "$@"' hearth "$@"
