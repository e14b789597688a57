#!/usr/bin/env bash
# Builds MIA and runs its main job: real ES ticks through all five stages, then a week of labelled
# synthetic sessions, each with a summary. Needs a Rust toolchain and python3 (and apt for a C
# compiler if there is none).
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v cc >/dev/null 2>&1; then
  echo "installing a C compiler (build-essential)" >&2
  sudo=(); [ "$(id -u)" = 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq && "${sudo[@]}" apt-get install -y -qq --no-install-recommends build-essential >/dev/null
fi
echo "building (about two minutes the first time) ..." >&2
cargo build --release --locked --quiet
export PATH="$PWD/target/release:$PATH"
out=target/demo
rm -rf "$out" && mkdir -p "$out"
ticks=data/sample/es-ticks-2013.csv.zst

clock() { python3 -c 'import time; print(time.monotonic())'; }
since() { python3 -c 'import sys, time; print(time.monotonic() - float(sys.argv[1]))' "$1"; }

echo "1. real ES ticks of 2013-09-01 to 2013-09-03 through feed | features | signal | risk | exec" >&2
start=$(clock)
mia-feed csv --dialect es-ticks --sym ESU13 "$ticks" \
  | mia-features | mia-signal --explain | mia-risk | mia-exec paper >"$out/real.ndjson"
real_s=$(since "$start")

echo "2. a week of synthetic sessions (every record says \"src\":\"syn\")" >&2
synth=(mia-feed synth --seed 7 --from 2026-03-02 --sessions 5)
start=$(clock)
"${synth[@]}" | mia-features | mia-signal --explain | mia-risk | mia-exec paper >"$out/synthetic.ndjson"
synth_s=$(since "$start")

echo "3. the same signals under other latencies, slippages and fees" >&2
for name in real synthetic; do
  mia-exec sensitivity -q --format json -o "$out/$name-sensitivity.json" "$out/$name.ndjson"
done

echo "4. latency of a line through the five processes" >&2
mia-feed csv --dialect es-ticks --sym ESU13 --limit 8000 -q "$ticks" >"$out/latency-input.ndjson"
latency=$(mia-bench latency "$out/latency-input.ndjson" --events 3000 --warmup 1000)

python3 scripts/summary.py "Real ES ticks, 2013-09-01 to 2013-09-03" "$real_s" "$out/real-sensitivity.json" "$latency" <"$out/real.ndjson"
python3 scripts/summary.py "Synthetic week from 2026-03-02, seed 7" "$synth_s" "$out/synthetic-sensitivity.json" <"$out/synthetic.ndjson"
cat <<TEXT

Everything above is in $out/*.ndjson: try
  grep '"t":"signal"' $out/synthetic.ndjson | head -3 | jq .
  mia-exec sensitivity --trades $out/synthetic.ndjson
  grep '"t":"explain"' $out/real.ndjson | jq -r .failed | sort | uniq -c | sort -rn | head
TEXT
