#!/usr/bin/env bash
# Mutation testing of the patterns: every small change of their code must make a test fail.
#
#   scripts/mutants.sh --full               every mutant; writes docs/mutants.md
#   scripts/mutants.sh --sample 12          a bounded run that is the same every time, as in CI
#   scripts/mutants.sh --sample 12 --seed 3 another sample of that size
#   scripts/mutants.sh --full --file 'va_*' mutants of some files only; docs/mutants.md keeps the others
#   scripts/mutants.sh --list               which mutants there are
#
# A mutant that survives and is not explained in docs/mutants.md is a failure (exit 1).
#
# The whole package takes too long to build once a mutant. So a small tree of two crates is made in
# target/mutants: the rooms below mia-signal, built once, and the room of mia-signal with its own tests.
set -euo pipefail
cd "$(dirname "$0")/.."

version=27.1.0
mode=
sample=0
seed=0
files=()
while [ $# -gt 0 ]; do
  case "$1" in
    --full) mode=full; shift ;;
    --sample) mode=sample; sample=${2:?--sample N}; shift 2 ;;
    --seed) seed=${2:?--seed N}; shift 2 ;;
    --file) files+=("${2:?--file GLOB}"); shift 2 ;;
    --list) mode=list; shift ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "mutants.sh: unknown option $1 (try --help)" >&2; exit 2 ;;
  esac
done
[ -n "$mode" ] || { echo "mutants.sh: --full, --sample N or --list (try --help)" >&2; exit 2; }

root=$PWD
tools=$root/target/tools
if ! "$tools/bin/cargo-mutants" --version 2>/dev/null | grep -qF " $version"; then
  cargo install --locked --quiet --version "$version" cargo-mutants --root "$tools" --target-dir "$tools/build"
  rm -rf "$tools/build"
fi
export PATH="$tools/bin:$PATH"

tree=$root/target/mutants/tree
export CARGO_TARGET_DIR=$root/target/mutants/build
python3 scripts/mutants.py tree "$tree"

# What is mutated: the decisions. Names, sentences and records are checked by golden files.
if [ ${#files[@]} -eq 0 ]; then
  files=('patterns/*.rs' 'patterns/**/*.rs' 'detectors/*.rs' 'detectors/**/*.rs' detectors.rs selector.rs
    watch.rs clusters.rs outcome.rs)
fi
chosen=()
for glob in "${files[@]}"; do chosen+=(-f "src/strategies/$glob"); done
# A mutant that loops for ever is found by the clock; one that only changes how a value prints is none.
common=(--dir "$tree" --in-place --no-config "${chosen[@]}" --exclude-re 'impl fmt::|impl Debug|-> &.static str')

export MIA_TEST_DATA="${MIA_TEST_DATA:-$root/../shared/data}"
# The same inputs for every mutant.
# Fewer than in the tests themselves, and a failure is enough: nobody asks for the smallest one.
export PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_DISABLE_FAILURE_PERSISTENCE=true
export PROPTEST_RNG_SEED=20260322 PROPTEST_CASES="${PROPTEST_CASES:-24}" RUST_BACKTRACE=0 CARGO_INCREMENTAL=1
[ "$mode" != list ] || exec cargo mutants "${common[@]}" --list

out=$root/target/mutants/$mode
rm -rf "$out/mutants.out"
mkdir -p "$out"
shard=()
if [ "$mode" = sample ]; then
  total=$(cargo mutants "${common[@]}" --list | wc -l)
  shards=$(((total + sample - 1) / sample))
  shard=(--shard "$((seed % shards))/$shards" --sharding round-robin)
fi
status=0
cargo mutants "${common[@]}" "${shard[@]}" --output "$out" --no-shuffle --colors never \
  --minimum-test-timeout 60 --no-times --cargo-test-arg=--offline -- --lib --test it -- --skip random_walk || status=$?
# 0: all caught; 2: some survived; 3: some timed out. Anything else is a failure of the run itself.
case "$status" in 0 | 2 | 3) ;; *) exit "$status" ;; esac
python3 scripts/mutants.py "$mode" "$out/mutants.out" docs/mutants.md
