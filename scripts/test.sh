#!/usr/bin/env bash
# Runs every check of the project: formatting, lints, tests, documentation, generated files, the demo.
# Needs a Rust toolchain, git, python3 and apt; installs what else it needs.
#
#   scripts/test.sh          everything
#   scripts/test.sh --fast   formatting, lints and tests only
set -euo pipefail
cd "$(dirname "$0")/.."

fast=0
for arg in "$@"; do
  case "$arg" in
    --fast) fast=1 ;;
    -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "test.sh: unknown option $arg (try --help)" >&2; exit 2 ;;
  esac
done

step() { printf '\n== %s\n' "$*"; }

install() { # Debian package
  step "install $1"
  local sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}
need() { # program, Debian package
  command -v "$1" >/dev/null 2>&1 || install "$2"
}

need cc build-essential
need c++ build-essential
need jq jq
need zstd zstd
python3 -c 'import ensurepip, venv' 2>/dev/null || install python3-venv

if [ -z "${MIA_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
  MIA_TEST_DATA=$(cd ../shared/data && pwd)
  export MIA_TEST_DATA
fi
[ -n "${MIA_TEST_DATA:-}" ] || echo "MIA_TEST_DATA is not set: tests on the larger real data will say that they are skipped"
# The same conditions everywhere.
# A fixed seed for the property tests: a failure is one that everybody sees. `PROPTEST_RNG_SEED=$RANDOM
# scripts/test.sh --fast` goes looking for others.
export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-20260322}"
export TZ=UTC LC_ALL=C.UTF-8 COLUMNS=100 CARGO_TERM_COLOR="${CARGO_TERM_COLOR:-auto}"
unset MIA_LOG MIA_WEBHOOK_URL || true

step "formatting"
cargo fmt --all --check
step "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
# A test that hangs must not hold up everything behind it.
if [ "$fast" = 1 ]; then
  step "tests"
  timeout --kill-after=10s 40m cargo test --locked
  exit 0
fi
step "tests, with the tables of mia-record export (polars compiles for minutes)"
timeout --kill-after=10s 60m cargo test --locked --features full

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --quiet
step "every source's output in jq, pandas, polars and DuckDB"
PATH="$PWD/target/debug:$PATH" scripts/loads.sh --parquet
step "numbers against independent implementations"
PATH="$PWD/target/debug:$PATH" scripts/oracles.sh
step "faults: killed, starved and misled, and nothing lost"
PATH="$PWD/target/debug:$PATH" scripts/faults.sh --prove
PATH="$PWD/target/debug:$PATH" scripts/faults.sh --runs 300
step "the account under random stories"
MIA_MODEL_EVENTS=400000 timeout --kill-after=10s 20m cargo test --locked --features full --test it account_model::whatever
step "fuzzing, a little of every decoder"
scripts/fuzz.sh --runs 1000
step "mutants of the patterns, a small sample"
scripts/mutants.sh --sample 12
step "the demo"
scripts/demo.sh >target/demo.txt
tail -n 60 target/demo.txt
step "signal counts of three contracts, and of their mirror images"
scripts/signal-counts.sh --few --check
step "all checks passed"
