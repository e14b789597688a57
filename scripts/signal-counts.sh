#!/usr/bin/env bash
# Counts what every pattern finds in the real 5-minute bars of 2015 to 2023 (35 ES contracts), in the real
# ticks and in synthetic sessions with option chains: by year, side and regime, with outcomes, and the same
# for the mirrored bars. Writes the tables into docs/signals.md between its markers.
#
#   scripts/signal-counts.sh              everything; about a minute after the build
#   scripts/signal-counts.sh --check      fails if the committed tables differ
#   scripts/signal-counts.sh --few        a few contracts, tables to standard output
#   scripts/signal-counts.sh --few --check   the rows of these contracts against the committed ones
#
# The bars come from MIA_TEST_DATA (default ../shared/data). MIA_BIN names a folder of programs to use
# instead of building.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${MIA_TEST_DATA:-../shared/data}
if [ ! -d "$data/es-bars-5m" ]; then
  echo "SKIPPED signal-counts: no bars in $data/es-bars-5m (MIA_TEST_DATA names the folder)" >&2
  [ "${CI:-}" != true ] || exit 1
  exit 0
fi
if [ -z "${MIA_BIN:-}" ]; then
  cargo build --release --locked --quiet --bin mia-feed --bin mia-features --bin mia-signal
  MIA_BIN=${CARGO_TARGET_DIR:-target}/release
fi
exec python3 scripts/signal-counts.py --bin "$MIA_BIN" --data "$data" "$@"
