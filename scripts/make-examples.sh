#!/usr/bin/env bash
# Makes data/examples anew: two synthetic minutes in every foreign format. Needs mia-feed on the PATH and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
work=target/examples
mkdir -p "$work"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet "databento-dbn>=0.72" "zstandard>=0.23"
common=(--seed 7 --from 2026-03-10 --sym ESM26 --quiet)
mia-feed synth "${common[@]}" --rate 3 --depth 5 --since 2026-03-10T14:30Z --until 2026-03-10T14:32Z >"$work/tape.ndjson"
mia-feed synth "${common[@]}" --rate 0.1 --only option,chain >"$work/chain.ndjson"
"$work/venv/bin/python" scripts/make-examples.py "$work/tape.ndjson" "$work/chain.ndjson" data/examples
