"""Writes data/examples: one synthetic minute of ES in every foreign format that mia-feed reads.

    make-examples.py TAPE.ndjson CHAIN.ndjson data/examples

scripts/make-examples.sh makes the two inputs. The writers here know nothing of MIA's decoders: Databento's file is
written by their own package databento-dbn, the rest from the layouts that their vendors document. So the examples are
an independent check of the decoders too, and hold nobody's data.
"""

import datetime
import json
import math
import pathlib
import struct
import sys
import types
import zipfile
from zoneinfo import ZoneInfo

import databento_dbn as dbn
import zstandard

CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
SCID_EPOCH_US = 25_569 * 86_400_000_000
FIRST_PART, LAST_PART = b"\xf9\x9e\x70\xfd", b"\x01\x9f\x70\xfd"


def when(us: int, zone=datetime.timezone.utc) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(us // 1_000_000, zone).replace(microsecond=us % 1_000_000)


def tape(path: str):
    """Trades with the quote at hand, stamped as Sierra does: the millisecond, and a counter inside it."""
    quote, last, rows = None, 0, []
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if record["t"] == "quote":
            quote = record
        if record["t"] == "trade" and quote is not None:
            ts = max(record["ts"] // 1000 * 1000, last + 1)
            last = ts
            rows.append({**record, "ts": ts, "quote": quote})
    return rows


def scid(rows, path: pathlib.Path) -> None:
    """Intraday file as the Denali feed stores it: prices times 100. Every tenth trade in two parts."""
    out = bytearray(struct.pack("<4sIIHHI36x", b"SCID", 56, 40, 1, 0, 0))

    def record(ts, opening, row, size):
        buy = row["side"] == "B"
        out.extend(struct.pack("<q4s3f4I", ts + SCID_EPOCH_US, opening, row["quote"]["ask"] * 100,
                               row["quote"]["bid"] * 100, row["px"] * 100, 1, size,
                               0 if buy else size, size if buy else 0))

    for i, row in enumerate(rows):
        if i % 10 == 0 and row["sz"] > 1:
            record(row["ts"], FIRST_PART, row, 1)
            record(row["ts"] + 1, LAST_PART, row, row["sz"] - 1)
        else:
            record(row["ts"] + 2, bytes(4), row, row["sz"])
    path.write_bytes(out)


def depth(path_in: str, path: pathlib.Path) -> None:
    """Market depth file: a snapshot of the first levels, then the changes."""
    out = bytearray(struct.pack("<4sIII48x", b"SCDD", 64, 24, 1))
    rows = [json.loads(line) for line in open(path_in, encoding="utf-8") if '"t":"depth"' in line]
    start = rows[0]["ts"] + SCID_EPOCH_US

    def record(ts, command, last, px, size):
        out.extend(struct.pack("<qBBHfII", ts, command, int(last), 1 if size else 0, px * 100, size, 0))

    record(start, 1, False, 0, 0)
    known = set()
    for i, row in enumerate(rows):
        side, px, size = row["bs"], row["px"], row["sz"]
        bid = side == "B"
        if size == 0:
            command = 6 if bid else 7
        elif (side, px) in known:
            command = 4 if bid else 5
        else:
            command = 2 if bid else 3
        known.add((side, px)) if size else known.discard((side, px))
        record(row["ts"] + SCID_EPOCH_US, command, row.get("eob", False), px, size)
    path.write_bytes(out)


def sierra_text(rows, path: pathlib.Path) -> None:
    """Time and sales with depth of market: the fraction is a whole number of microseconds without zeros in front."""
    head = "Date;Time;Sequence;DepthSequence;Price;Volume;TradeType;AskPrice;BidPrice;AskSize;BidSize;" \
           "TotalAskDepth;TotalBidDepth;AskDOMPrice;BidDOMPrice;AskDOM_0;BidDOM_0"
    lines = [head]
    for i, row in enumerate(rows[:120]):
        at, quote = when(row["ts"]), row["quote"]
        stamp = f"{at:%Y-%m-%d};{at:%H:%M:%S}.{at.microsecond or '000'}"
        kind = 2 if row["side"] == "B" else 1
        lines.append(f"{stamp};{1000 + 2 * i};{999 + 2 * i};{row['px']};{row['sz']};{kind};{quote['ask']};{quote['bid']};"
                     f"{quote['asz']};{quote['bsz']};{quote['asz']};{quote['bsz']};{quote['ask']};{quote['bid']};"
                     f"{quote['asz']};{quote['bsz']}")
    path.write_text("\n".join(lines) + "\n")


def dumper(rows, path: pathlib.Path) -> None:
    """The JSON lines of a chart dumper: serial days in the chart's zone."""
    lines = []
    for i, row in enumerate(rows[:60]):
        at = when(row["ts"], CHICAGO).replace(tzinfo=None)
        days = (at - datetime.datetime(1899, 12, 30)) / datetime.timedelta(days=1)
        common = {"t": round(days, 9), "sym": "ESM26_FUT_CME", "chart": 3}
        quote = row["quote"]
        lines.append(common | {"type": "quote", "kind": "BIDASK", "bid": quote["bid"], "ask": quote["ask"],
                               "bq": quote["bsz"], "aq": quote["asz"], "seq": 2 * i})
        lines.append(common | {"type": "trade", "side": "BUY" if row["side"] == "B" else "SELL", "px": row["px"],
                               "vol": row["sz"], "seq": 2 * i + 1, "tt": 2 if row["side"] == "B" else 1})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def iqfeed(rows, path: pathlib.Path) -> None:
    """The reply to a tick history request, protocol 6.2, oldest first."""
    lines, volume = [], 0
    for i, row in enumerate(rows[:200]):
        volume += row["sz"]
        at = when(row["ts"], NEW_YORK)
        aggressor = 1 if row["side"] == "B" else 2
        lines.append(f"LH,{at:%Y-%m-%d %H:%M:%S.%f},{row['px']:.2f},{row['sz']},{volume},{row['quote']['bid']:.2f},"
                     f"{row['quote']['ask']:.2f},{i + 1},C,43,01,{aggressor},{at.day},")
    path.write_bytes(("\r\n".join([*lines, "!ENDMSG!,", ""])).encode())


def databento(rows, path: pathlib.Path) -> None:
    """Trades, by the vendor's own encoder."""
    day = when(rows[0]["ts"]).date()
    interval = types.SimpleNamespace(start_date=day, end_date=day + datetime.timedelta(days=1), symbol="42140864")
    mapping = types.SimpleNamespace(raw_symbol="ESM6", intervals=[interval])
    meta = dbn.Metadata(dataset="GLBX.MDP3", start=rows[0]["ts"] * 1000, stype_in=dbn.SType.RAW_SYMBOL,
                        stype_out=dbn.SType.INSTRUMENT_ID, schema=dbn.Schema.TRADES, symbols=["ESM6"],
                        mappings=[mapping])
    out = bytes(meta)
    for i, row in enumerate(rows):
        side = dbn.Side.BID if row["side"] == "B" else dbn.Side.ASK
        out += bytes(dbn.TradeMsg(publisher_id=1, instrument_id=42140864, ts_event=row["ts"] * 1000 + 17,
                                  price=round(row["px"] * 4) * 250_000_000, size=row["sz"], action=dbn.Action.TRADE,
                                  side=side, depth=0, ts_recv=row["ts"] * 1000 + 100_017, flags=128,
                                  ts_in_delta=14_000, sequence=5_000 + i))
    path.write_bytes(zstandard.ZstdCompressor(level=9).compress(out))


def ninjatrader(rows, path: pathlib.Path) -> None:
    """Tick replay export: no header; 100-nanosecond digits; New York time as the platform was set."""
    lines = []
    for row in rows[:200]:
        at, quote = when(row["ts"], NEW_YORK), row["quote"]
        lines.append(f"{at:%Y%m%d %H%M%S} {at.microsecond * 10:07d};{row['px']};{quote['bid']};{quote['ask']};{row['sz']}")
    path.write_text("\n".join(lines) + "\n")


def lean(rows, path: pathlib.Path) -> None:
    """Minute trade bars as LEAN keeps them: milliseconds since midnight New York, one file a contract in a zip."""
    bars = {}
    for row in rows:
        at = when(row["ts"], NEW_YORK)
        start = at.replace(second=0, microsecond=0)
        o, h, l, _, v = bars.get(start, (row["px"], row["px"], row["px"], 0, 0))
        bars[start] = (o, max(h, row["px"]), min(l, row["px"]), row["px"], v + row["sz"])
    text = "".join(f"{(s.hour * 3600 + s.minute * 60) * 1000},{','.join(map(str, bar))}\n" for s, bar in bars.items())
    day = when(rows[0]["ts"], NEW_YORK)
    name = zipfile.ZipInfo(f"{day:%Y%m%d}_es_minute_trade_202606_20260619.csv", (1980, 1, 1, 0, 0, 0))
    name.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, text)


def ohlcv(rows, path: pathlib.Path) -> None:
    """Minute bars as anybody exports them: the zone is nowhere in the file."""
    bars = {}
    for row in rows:
        start = when(row["ts"], CHICAGO).replace(second=0, microsecond=0, tzinfo=None)
        o, h, l, _, v = bars.get(start, (row["px"], row["px"], row["px"], 0, 0))
        bars[start] = (o, max(h, row["px"]), min(l, row["px"]), row["px"], v + row["sz"])
    text = "".join(f"{start},{','.join(map(str, bar))}\n" for start, bar in bars.items())
    path.write_text("Date,Open,High,Low,Close,Volume\n" + text)


def cboe(path_in: str, path: pathlib.Path) -> None:
    """A quote table as the Cboe site downloads it: one row a strike, calls left, puts right."""
    options, spot, stamp = {}, None, None
    for line in open(path_in, encoding="utf-8"):
        record = json.loads(line)
        if record["t"] == "option":
            key = (record["exp"], record["root"], record["strike"])
            options.setdefault(key, {})[record["right"]] = record
        if record["t"] == "chain":
            spot, stamp = record["spot"], record["ts"]
    at = when(stamp, NEW_YORK)
    near = [key for key in sorted(options) if abs(key[2] / spot - 1) < 0.05 and len(options[key]) == 2]
    dates = sorted({key[0] for key in near})[:5]

    def delta(row):
        expiry = datetime.datetime.fromisoformat(row["exp"] + "T16:00").replace(tzinfo=NEW_YORK)
        deviation = row["iv"] * math.sqrt((expiry - at) / datetime.timedelta(days=365))
        d1 = math.log(spot / row["strike"]) / deviation + deviation / 2
        return (1 + math.erf(d1 / math.sqrt(2))) / 2 - (row["right"] == "P")

    def cells(row):
        last = ((row["bid"] or 0) + (row["ask"] or 0)) / 2
        return f"{last:.2f},0,{row['bid'] or 0},{row['ask'] or 0},{row['vol'] or 0},{row['iv'] or 0:.4f}," \
               f"{delta(row):.4f},{row.get('gamma', 0):.4f},{row['oi'] or 0}"

    lines = ["", f"S&P 500 Index,Last: {spot},Change: 1.5", f'"Date: {at:%B} {at.day}, {at.year}, {at:%-I:%M %p} {at:%Z}"',
             "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,"
             "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"]
    for key in near:
        if key[0] in dates:
            date = datetime.date.fromisoformat(key[0])
            call, put = options[key]["C"], options[key]["P"]
            lines.append(f"{date:%a %b %d %Y},{call['sym']},{cells(call)},{key[2]:.2f},{put['sym']},{cells(put)}")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode())


def main() -> None:
    tape_path, chain_path, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    rows = tape(tape_path)
    scid(rows, folder / "ESM26_FUT_CME.scid")
    depth(tape_path, folder / "ESM26_FUT_CME.2026-03-10.depth")
    sierra_text(rows, folder / "ESM26_time_and_sales.txt")
    dumper(rows, folder / "chart_3_trade_20260310.jsonl")
    iqfeed(rows, folder / "iqfeed_ESM26_ticks.csv")
    databento(rows, folder / "ESM26.trades.dbn.zst")
    ninjatrader(rows, folder / "ES_06-26.Last.txt")
    lean(rows, folder / "20260310_trade.zip")
    ohlcv(rows, folder / "ESM26_1min.csv")
    cboe(chain_path, folder / "spx_quotedata.csv")


main()
