#!/usr/bin/env bash
# Looks for inputs that break what reads a client's bytes, with libFuzzer under address and undefined behaviour
# sanitizers:
#
#   scripts/fuzz.sh [TARGET] [SECONDS]     TARGET: sql, plan, request, arrow or all (default); 60 seconds each
#
# What was found before goes on from build/fuzz/corpus. A finding is printed with its input, which lies in
# build/fuzz/findings: fix it, and keep the input, made small by `build/fuzz/fuzz/TARGET -minimize_crash=1 FILE`, as a
# file of tests/fuzz/crashers/TARGET, which ./dev test replays.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-all}
seconds=${2:-60}
case $target in
  all) targets=(sql plan request arrow) ;;
  sql | plan | request | arrow) targets=("$target") ;;
  *) echo "fuzz: no target is called '$target'" >&2; exit 2 ;;
esac

scripts/deps.sh apt duckdb nanoarrow protos conditions fuzz
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"
# Plans of 1,024 levels: the sanitizers' frames are several times as large as those of a release. From 64 MiB on, the
# address sanitizer no longer cleans up what an exception leaves on the stack, and reports it.
ulimit -s 60000
# Protobuf, gRPC and abseil are not instrumented: what they put into containers of ours must not count as overflow.
export ASAN_OPTIONS=detect_container_overflow=0:detect_stack_use_after_return=0 UBSAN_OPTIONS=print_stacktrace=1
status=0
for target in "${targets[@]}"; do
  corpus=build/fuzz/corpus/$target findings=build/fuzz/findings/
  mkdir -p "$corpus" "$findings" "tests/fuzz/crashers/$target"
  echo "fuzz: $target for $seconds seconds"
  HEARTH_FUZZ_SEEDS=build/fuzz/seeds/$target "build/fuzz/fuzz/$target" -max_total_time="$seconds" -timeout=20 \
    -rss_limit_mb=4096 -max_len=65536 -print_final_stats=1 -verbosity=1 "-artifact_prefix=$findings$target-" \
    "$corpus" "build/fuzz/seeds/$target" "tests/fuzz/crashers/$target" || status=1
done
exit $status
