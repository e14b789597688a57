#!/usr/bin/env bash
# What every source writes loads, unmodified, in jq, pandas, polars and DuckDB. Needs the commands on the PATH,
# python3 and jq; installs the readers from PyPI below target. Real files are used too where MIA_TEST_DATA is set.
#
#   scripts/loads.sh [--parquet]    with --parquet the tables of mia-record export too (feature frames)
set -euo pipefail
cd "$(dirname "$0")/.."
parquet=0
[ "${1:-}" = --parquet ] && parquet=1

work=target/loads
rm -rf "$work/out" "$work/store" "$work/tables"
mkdir -p "$work/out"
[ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
  "duckdb>=1.4" "pandas>=2.3" "polars>=1.30" "pyarrow>=20"

out() { # name, command...
  local name=$1
  shift
  "$@" >"$work/out/$name.ndjson" || { echo "loads.sh: $name: $*: exit $?" >&2; exit 1; }
}

mock() { # dtc|iqfeed, tape: a server of our own on a free port, which it prints
  coproc MOCK { exec timeout 60 python3 scripts/mock-feeds.py "$1" "$2"; }
  read -r port <&"${MOCK[0]}"
}

feed=(mia-feed --quiet)
examples=data/examples
out csv "${feed[@]}" csv --sym ESU13 data/sample/es-ticks-2013.csv.zst --limit 20000
out csv-ninjatrader "${feed[@]}" csv --dialect ninjatrader-tick --zone America/New_York --sym ESM26 "$examples/ES_06-26.Last.txt"
out csv-lean "${feed[@]}" csv --zone America/New_York "$examples/20260310_trade.zip"
out csv-ohlcv "${feed[@]}" csv --dialect ohlcv --dur 60 --stamp-at start --zone America/Chicago --sym ESM26 "$examples/ESM26_1min.csv"
out scid "${feed[@]}" sierra "$examples/ESM26_FUT_CME.scid"
out depth "${feed[@]}" sierra "$examples/ESM26_FUT_CME.2026-03-10.depth"
out time-and-sales "${feed[@]}" sierra --sym ESM26 "$examples/ESM26_time_and_sales.txt"
out dumper "${feed[@]}" sierra --zone America/Chicago "$examples/chart_3_trade_20260310.jsonl"
out iqfeed-history "${feed[@]}" iqfeed ESM26 --history-file "$examples/iqfeed_ESM26_ticks.csv"
out dbn "${feed[@]}" dbn "$examples/ESM26.trades.dbn.zst"
out cboe "${feed[@]}" cboe "$examples/spx_quotedata.csv"
out synth "${feed[@]}" synth --from 2026-03-10 --rate 0.3 --depth 3
out merge "${feed[@]}" merge "$work/out/scid.ndjson" "$work/out/depth.ndjson"

# Live sources end with 69 when their server goes.
mock dtc "$work/out/synth.ndjson"
timeout 60 "${feed[@]}" dtc "127.0.0.1:$port" --sym ESM26_FUT_CME --limit 5000 >"$work/out/dtc.ndjson" || [ $? = 69 ]
mock iqfeed "$work/out/synth.ndjson"
timeout 60 "${feed[@]}" iqfeed @ESM26 --level1-port "$port" --limit 5000 >"$work/out/iqfeed.ndjson" || [ $? = 69 ]

mia-record --quiet "$work/store" <"$work/out/synth.ndjson" >/dev/null
out replay "${feed[@]}" replay "$work/store"
mia-check --quiet "$work/out/scid.ndjson" >"$work/out/check.ndjson" || [ $? = 65 ]
mia-features --quiet <"$work/out/synth.ndjson" | head -n 30000 >"$work/out/features.ndjson" || true

if [ -n "${MIA_TEST_DATA:-}" ]; then
  data=$MIA_TEST_DATA
  out real-scid "${feed[@]}" sierra "$data/sierra/MNQU21-CME.scid" --set instrument=MNQ
  out real-dbn "${feed[@]}" dbn "$data/dbn/es/ESU4_2024-07-01_mbp-1.dbn.zst"
  out real-cboe "${feed[@]}" cboe --max-bad 1/100 "$data/cboe-chains/spx_2023-06-09_1340EDT.csv"
  out real-bars "${feed[@]}" csv "$data/es-bars-5m/ESM22.csv.zst"
fi

tables=()
if [ "$parquet" = 1 ]; then
  mia-record export "$work/store" --parquet "$work/tables" >/dev/null
  mapfile -t tables < <(find "$work/tables" -name '*.parquet' | sort)
  [ ${#tables[@]} -gt 0 ] || { echo "loads.sh: no table was exported" >&2; exit 1; }
fi
"$work/venv/bin/python" scripts/loads.py "$work"/out/*.ndjson "${tables[@]}"
