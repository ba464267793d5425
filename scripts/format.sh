#!/usr/bin/env bash
# clang-format in place, over all sources or over the files given.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh lint
if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files 'src/*.cc' 'src/*.h')
  set -- "${files[@]}"
fi
clang-format-19 -i "$@"
