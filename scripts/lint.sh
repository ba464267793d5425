#!/usr/bin/env bash
# clang-tidy, and with it clang's thread safety analysis, over all sources or over the files given.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh apt duckdb nanoarrow protos conditions lint
cmake --preset lint >/dev/null
cmake --build build/lint --target hearth_make_protos hearth_make_conditions hearth_make_configuration >/dev/null
if [ $# -eq 0 ]; then
  mapfile -t files < <(git ls-files 'src/*.cc')
  set -- "${files[@]}"
fi
echo "lint: $# files"
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" \
  clang-tidy-19 -p build/lint --quiet
echo "lint: no findings"
