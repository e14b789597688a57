#!/usr/bin/env bash
# Mutation testing of the patterns: every small change of their code must make a test fail.
#
#   scripts/mutants.sh --full               every mutant; writes docs/mutants.md
#   scripts/mutants.sh --sample 12          a bounded run that is the same every time, as in CI
#   scripts/mutants.sh --sample 12 --seed 3 another sample of that size
#   scripts/mutants.sh --full --file 'patterns/va_*'  some files only; docs/mutants.md keeps the others
#   scripts/mutants.sh --full --jobs 2      two at a time, each in its own tree
#   scripts/mutants.sh --again              after better tests: the survivors of the last full run once more
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
seed=7
jobs=1
only=()
while [ $# -gt 0 ]; do
  case "$1" in
    --full) mode=full; shift ;;
    --sample) mode=sample; sample=${2:?--sample N}; shift 2 ;;
    --seed) seed=${2:?--seed N}; shift 2 ;;
    --file) only+=("${2:?--file GLOB}"); shift 2 ;;
    --again) mode=again; shift ;;
    --jobs) jobs=${2:?--jobs N}; shift 2 ;;
    --list) mode=list; shift ;;
    -h | --help) sed -n '2,15s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "mutants.sh: unknown option $1 (try --help)" >&2; exit 2 ;;
  esac
done
[ -n "$mode" ] || { echo "mutants.sh: --full, --again, --sample N or --list (try --help)" >&2; exit 2; }

root=$PWD
tools=$root/target/tools
work=$root/target/mutants
if ! "$tools/bin/cargo-mutants" --version 2>/dev/null | grep -qF " $version"; then
  if ! cargo install --locked --quiet --version "$version" cargo-mutants --root "$tools" --target-dir "$tools/build"; then
    echo "mutants.sh: cargo-mutants $version could not be installed" >&2
    [ "$mode" = sample ] || exit 1
    echo "SKIPPED the sample of mutants"
    exit 0
  fi
  rm -rf "$tools/build"
fi
export PATH="$tools/bin:$PATH"

# Names, sentences and records are checked by golden files; how a value prints is no decision.
common=(--no-config --colors never --exclude-re 'impl fmt::|impl Debug|-> &.static str')

export MIA_TEST_DATA="${MIA_TEST_DATA:-$root/../shared/data}"
# The same inputs for every mutant, few of them, and a failure is enough: nobody asks for the smallest one.
export PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_DISABLE_FAILURE_PERSISTENCE=true
export PROPTEST_RNG_SEED=20260322 PROPTEST_CASES="${PROPTEST_CASES:-24}" RUST_BACKTRACE=0 CARGO_INCREMENTAL=1

# What is mutated: the decisions. A pattern must fall to tests of its own name.
# A line is: name; files; tests.
groups() {
  if [ ${#only[@]} -gt 0 ]; then
    echo "chosen; ${only[*]}; "
    return
  fi
  echo 'va_rejection; patterns/va_rejection.rs; va_rejection vector'
  echo 'vwap_deviation; patterns/vwap_deviation.rs; vwap_deviation'
  echo 'gamma_flip; patterns/gamma_flip.rs; gamma_flip'
  echo 'confluence; patterns/confluence.rs; confluence'
  echo 'trend_pullback; patterns/trend_pullback.rs; trend_pullback'
  echo 'range_bounce; patterns/range_bounce.rs; range_bounce'
  echo 'battle_navale; patterns/battle_navale/*.rs; battle_navale'
  echo 'detectors; detectors/*.rs; detectors'
  echo 'shared; selector.rs watch.rs clusters.rs band.rs dom.rs outcome.rs patterns/mod.rs;'
}

# Runs one group, or its share K of N.
run() { # job, name, files, filters
  local job=$1 name=$2 files=() filters=() args=() missed total shards status=0 old
  read -ra files <<<"$3"
  read -ra filters <<<"$4"
  args=("${common[@]}" --dir "$work/tree$job" "${files[@]/#/--file=src/strategies/}")
  local out=$work/$mode/$job/$name
  case "$mode" in
    sample)
      # Every group gives its share, and one at least.
      total=$(cargo mutants "${args[@]}" --list | wc -l)
      shards=$(((all + sample - 1) / sample))
      if [ "$shards" -gt "$total" ]; then shards=$total; fi
      args+=(--shard "$((seed % shards))/$shards" --sharding round-robin)
      ;;
    again)
      missed=$(cat "$work"/full/*/"$name"/mutants.out/missed.txt 2>/dev/null || true)
      [ -n "$missed" ] || return 0
      while read -r old; do
        args+=(--re "^$(sed 's/[][()|*+?.^$&{}\\]/\\&/g' <<<"$old")\$")
      done <<<"$missed"
      ;;
    *) args+=(--shard "$job/$jobs" --sharding round-robin) ;;
  esac
  rm -rf "$out"
  mkdir -p "$out"
  # A mutant that loops for ever is found by the clock.
  cargo mutants "${args[@]}" --in-place --output "$out" --no-shuffle --baseline skip --timeout 60 --no-times \
    --cargo-test-arg=--offline -- --lib -- "${hurry[@]}" "${filters[@]}" || status=$?
  # 0: all caught; 2: some survived; 3: some timed out. Anything else is a failure of the run itself.
  case "$status" in 0 | 2 | 3) ;; *) return "$status" ;; esac
}

share() { # job: its tree, and its share of every group
  local job=$1 name files filters
  export CARGO_TARGET_DIR=$work/build$job
  # What the trees depend on need not be built again.
  [ -d "$CARGO_TARGET_DIR" ] || [ ! -d "$work/build0" ] || cp -a "$work/build0" "$CARGO_TARGET_DIR"
  python3 scripts/mutants.py tree "$work/tree$job"
  cd "$work/tree$job"
  # Without a change every test passes.
  cargo test --offline --quiet --lib
  hurry=()
  # The first test that fails is enough. libtest has a flag for it, which is not stable.
  local options host
  options=$(cargo test --offline --quiet --lib -- --help)
  if [[ $options == *--fail-fast* ]]; then
    host=$(rustc -vV | sed -n 's/^host: //p')
    export "CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$host")_RUNNER=env RUSTC_BOOTSTRAP=1"
    hurry=(-Zunstable-options --fail-fast)
  fi
  while IFS=';' read -r name files filters; do
    run "$job" "$name" "$files" "$filters" </dev/null
  done < <(groups)
}

python3 scripts/mutants.py tree "$work/tree0"
list=$work/list.txt
while IFS=';' read -r _ globs _; do
  read -ra globs <<<"$globs"
  cargo mutants "${common[@]}" --dir "$work/tree0" "${globs[@]/#/--file=src/strategies/}" --list </dev/null
done < <(groups) >"$list"
if [ "$mode" = list ]; then
  cat "$list"
  exit
fi
all=$(wc -l <"$list")

case "$mode" in
  full) rm -rf "$work/full" "$work/again" ;;
  sample) jobs=1 && rm -rf "$work/sample" ;;
  again) jobs=1 && rm -rf "$work/again" ;;
esac
pids=()
for ((job = 0; job < jobs; job++)); do
  share "$job" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done

shopt -s nullglob
case "$mode" in
  sample) python3 scripts/mutants.py sample docs/mutants.md "$list" "$work"/sample/*/*/mutants.out ;;
  *) python3 scripts/mutants.py full docs/mutants.md "$list" "$work"/full/*/*/mutants.out "$work"/again/*/*/mutants.out ;;
esac
