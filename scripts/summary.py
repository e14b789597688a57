#!/usr/bin/env python3
"""Counts a stream that went through all stages and prints one table.

usage: summary.py TITLE SECONDS SENSITIVITY_FILE [LATENCY_JSON] < stream.ndjson
"""
import json
import sys
from collections import Counter


def show_sensitivity(report: dict, row) -> None:
    """How much of the net P&L is latency, slippage and fees: one line an assumption."""
    for axis in ("latency", "stop slippage", "fees", "all worst"):
        own = [v for v in report["variants"] if v["axis"] == axis]
        told = "; ".join(f'{v["value"]}: {v["net"]:,.2f} ({v["trades"]} trades)' for v in own)
        row(f"P&L by {axis}" if axis != "all worst" else "P&L at the worst", told)
    heaviest = report["weights"][0] if report["weights"] else None
    if heaviest and heaviest["spread"]:
        row("matters most", f'{heaviest["axis"]} ({heaviest["at"]}: {heaviest["delta"]:+,.2f} USD)')
    row("n", f'{report["n"]} trades: no evidence of an edge')


def main() -> None:
    title, seconds = sys.argv[1], float(sys.argv[2])
    with open(sys.argv[3]) as file:
        sensitivity = json.load(file)
    latency = json.loads(sys.argv[4]) if len(sys.argv) > 4 else None
    kinds, refusals, patterns, reasons, sources = Counter(), Counter(), Counter(), Counter(), Counter()
    net = fees = wins = 0.0
    mode = ""
    for line in sys.stdin.buffer:
        kind = line[6 : line.index(b'"', 6)].decode() if line.startswith(b'{"t":"') else json.loads(line)["t"]
        kinds[kind] += 1
        if kind in ("trade", "quote", "depth", "features", "levels"):
            continue
        record = json.loads(line)
        if kind == "stream":
            mode = record["mode"]
            sources[record["src"]] += 1
        elif kind == "signal" and record["op"] == "enter":
            patterns[f'{record["pattern"]} {"long" if record["side"] == "B" else "short"}'] += 1
        elif kind == "verdict" and not record["pass"]:
            refusals[record["reason"]] += 1
        elif kind == "roundtrip":
            net += record["pnl"]
            fees += record["fee"]
            wins += record["pnl"] > 0
            reasons[record["reason"]] += 1

    def row(name: str, value: object) -> None:
        print(f"  {name:<22} {value}")

    def parts(counter: Counter) -> str:
        return ", ".join(f"{name} {count}" for name, count in sorted(counter.items())) or "none"

    ticks = kinds["trade"] + kinds["quote"] + kinds["depth"]
    print(f"\n{title}")
    print("-" * len(title))
    row("source, mode", f'{", ".join(sorted(sources))}, {mode}')
    row("ticks", f'{ticks:,} ({kinds["trade"]:,} trades, {kinds["quote"]:,} quotes, {kinds["depth"]:,} depth)')
    row("bars", f'{kinds["bar"]:,}')
    row("features, levels", f'{kinds["features"]:,}, {kinds["levels"]:,}')
    row("signals", parts(patterns))
    row("orders", f'{kinds["order"]:,}')
    row("refusals by reason", parts(refusals))
    row("fills", f'{kinds["fill"]:,}')
    row("closed trades", f'{kinds["roundtrip"]:,} ({int(wins)} won; ended by {parts(reasons)})')
    row("net P&L", f"{net:,.2f} USD after {fees:,.2f} USD fees")
    show_sensitivity(sensitivity, row)
    if latency:
        row("pipe latency", f'p50 {latency["p50_us"]} us, p99 {latency["p99_us"]} us ({latency["events"]:,} lines, one at a time)')
    row("throughput", f"{ticks / seconds:,.0f} ticks/s through five processes ({seconds:.2f} s)")


if __name__ == "__main__":
    main()
