#!/usr/bin/env bash
# Fuzzes every decoder with libFuzzer, coverage-guided, on the stable toolchain.
#
#   scripts/fuzz.sh                      ten minutes a target
#   scripts/fuzz.sh --runs 1000          a bounded run that is the same every time, as in CI
#   scripts/fuzz.sh --seconds 3600 wire  one target, an hour
#
# Seeds come from the real files in MIA_TEST_DATA, where it is set, and from fuzz/regressions/TARGET, inputs
# that once failed. The corpus grows in target/fuzz/corpus. What fails is kept in target/fuzz/failures.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=600
bound=()
targets=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seconds) seconds=${2:?--seconds N}; shift 2 ;;
    --runs) bound=(-runs="${2:?--runs N}" -seed=1); shift 2 ;;
    -h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0"; exit 0 ;;
    -*) echo "fuzz.sh: unknown option $1 (try --help)" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done

all() { for file in fuzz/fuzz_targets/*.rs; do basename "$file" .rs; done; }
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(all)

work=target/fuzz
mkdir -p "$work/corpus" "$work/failures"
# What earlier runs have found would make a bounded run another one.
[ ${#bound[@]} -eq 0 ] || { rm -rf "$work/corpus" && mkdir -p "$work/corpus"; }
python3 scripts/fuzz-seeds.py "${MIA_TEST_DATA:-}" "$work/corpus"

RUSTC_WORKSPACE_WRAPPER="$PWD/scripts/sancov-rustc" cargo build --locked --quiet --package mia-fuzz

failed=0
for target in "${targets[@]}"; do
  mkdir -p "$work/corpus/$target" "$work/failures/$target"
  inputs=("$work/corpus/$target")
  [ -d "fuzz/regressions/$target" ] && inputs+=("fuzz/regressions/$target")
  log=$work/$target.log
  if timeout $((seconds + 60)) "target/debug/$target" -max_total_time="$seconds" "${bound[@]}" -timeout=10 -rss_limit_mb=2048 \
    -max_len=16384 -artifact_prefix="$work/failures/$target/" -print_final_stats=1 "${inputs[@]}" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf '%-20s %10s runs, %s inputs of interest\n' "$target" "$runs" "$(find "$work/corpus/$target" -type f | wc -l)"
  else
    failed=1
    printf '%-20s FAILED: %s\n' "$target" "$log"
    tail -n 30 "$log"
  fi
done
exit "$failed"
