#!/usr/bin/env bash
# Fault injection: mia-risk and mia-exec paper are killed, starved and misled, and must come back with nothing lost,
# nothing doubled and nothing unprotected. Prints the figures by kind of fault and keeps them in target/faults.
# Needs the commands on the PATH and python3.
#
#   scripts/faults.sh [--runs N] [--seed S] [--jobs J] [--kind PART] [--run K] [--out DIR]
#
#   --runs N     so many runs (300); 10,000 take minutes
#   --seed S     other sessions and other moments
#   --kind PART  only faults whose name contains PART, for example `kill`
#   --prove      whether the script would notice defects that are put in on purpose
#   --run K      only the run with this number, as a failure names it
set -euo pipefail
cd "$(dirname "$0")/.."
case "${1:-}" in -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
for name in mia-risk mia-exec; do
  command -v "$name" >/dev/null || { echo "faults.sh: $name is not on the PATH: cargo build, then PATH=\$PWD/target/debug:\$PATH" >&2; exit 2; }
done
exec python3 scripts/faults.py "$@"
