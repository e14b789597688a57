#!/usr/bin/env bash
# Measures the whole pipe on this machine and writes one JSON line a case.
#
#   scripts/bench.sh [FILE]     FILE: where the lines go as well (default target/bench/results.ndjson)
#
# Input: the real ES ticks of data/sample (500,000 trades) and 1,000,000 synthetic records. Figures
# that are worth keeping go into docs/benchmarks.md with the machine's name beside them.
set -euo pipefail
cd "$(dirname "$0")/.."
results=${1:-target/bench/results.ndjson}
mkdir -p target/bench "$(dirname "$results")"
cargo build --release --locked --quiet
bin=target/release

real=target/bench/es-ticks-2013.ndjson
[ -s "$real" ] || "$bin/mia-feed" csv --dialect es-ticks --sym ESU13 data/sample/es-ticks-2013.csv.zst -q >"$real"
synthetic=target/bench/synthetic-1m.ndjson
[ -s "$synthetic" ] || "$bin/mia-feed" synth --seed 1 --from 2026-03-02 --sessions 10 --limit 1000000 -q >"$synthetic"
hours=target/bench/regular-hours.ndjson
[ -s "$hours" ] || "$bin/mia-feed" synth --seed 5 --from 2026-03-03 --since 2026-03-03T10:00-05:00 --limit 12000 -q >"$hours"

: >"$results"
note() { tee -a "$results"; }
machine=$(LC_ALL=C lscpu | sed -n 's/^Model name: *//p' | head -1)
printf '{"case":"machine","cpu":"%s","cores":%s,"kernel":"%s","rustc":"%s"}\n' \
  "$machine" "$(nproc)" "$(uname -r)" "$(rustc --version)" | note
for input in "$real" "$synthetic"; do
  printf '{"case":"input","file":"%s","sha256":"%s"}\n' "$(basename "$input")" "$(sha256sum "$input" | cut -d' ' -f1)" | note
  "$bin/mia-bench" throughput "$input" --alone feed,features,signal,risk,exec | note
done
for order in "" --order; do
  "$bin/mia-bench" latency "$hours" --core 0 $order --histogram "target/bench/latency-one-core${order#-}.csv" | note
  "$bin/mia-bench" latency "$hours" $order --histogram "target/bench/latency-spread${order#-}.csv" | note
done
