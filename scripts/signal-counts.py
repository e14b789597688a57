#!/usr/bin/env python3
"""Counts the signals of `mia-signal backscan`; see scripts/signal-counts.sh."""

import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys

DOCS = pathlib.Path("docs/signals.md")
BEGIN, END = "<!-- signal-counts: begin -->", "<!-- signal-counts: end -->"
# A quiet year, a wild one, and the newest.
FEW = ["ESM17", "ESM20", "ESU23"]
# Bars are mirrored around this price: a multiple of 25, so that round levels stay round, and far
# enough from every price of the store.
CENTRE = 4000
OTHER = {"buy": "sell", "sell": "buy"}
SYNTH = ["synth", "--seed", "7", "--from", "2026-03-02", "--sessions", "5"]


def feed(programs, *args):
    """What mia-feed writes."""
    return subprocess.run([programs / "mia-feed", "-q", *args], check=True, stdout=subprocess.PIPE).stdout


def scan(programs, records, *args):
    """The document of a backscan, or what it says instead."""
    command = [programs / "mia-signal", "backscan", "-q", "--format", "json", *args]
    done = subprocess.run(command, input=records, capture_output=True)
    if done.returncode == 65:
        return done.stderr.decode().strip().splitlines()[0].split("error: ")[-1]
    if done.returncode:
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout)


def mirrored(records):
    """The same bars upside down: prices p become 2 c - p, what was sold was bought."""
    flip = lambda px: 2 * CENTRE - px
    lines = []
    for line in records.splitlines():
        record = json.loads(line)
        if record["t"] == "bar":
            record.update(o=flip(record["o"]), c=flip(record["c"]), h=flip(record["l"]), l=flip(record["h"]),
                          bv=record["av"], av=record["bv"])
        lines.append(json.dumps(record, separators=(",", ":")))
    return "\n".join(lines).encode() + b"\n"


def levels_at(programs, records, stamps):
    """Prices of all levels in force at some bar ends."""
    command = [programs / "mia-features", "-q", "--only", "levels"]
    lines = subprocess.run(command, input=records, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    found, waiting, now = {}, sorted(stamps, reverse=True), []
    for line in lines:
        record = json.loads(line)
        while waiting and record["ts"] > waiting[-1]:
            found[waiting.pop()] = now
        now = [level["px"] for level in record["lv"] if level["fam"] != "VWAP"]
    found.update((stamp, now) for stamp in waiting)
    return found


def tied(programs, records, mirror, stamps):
    """Of some bar ends those at which the levels of the mirrored bars are no mirror image.

    Where rows of a profile hold equal volume, the point of control and the value area are chosen by a
    rule that knows up from down (QUANT 2.1): such sessions cannot be mirrored.
    """
    plain, flipped = levels_at(programs, records, stamps), levels_at(programs, mirror, stamps)
    same = lambda a, b: len(a) == len(b) and all(abs(x - y) < 1e-6 for x, y in zip(a, b))
    return {ts for ts in stamps if not same(sorted(plain[ts]), sorted(2 * CENTRE - px for px in flipped[ts]))}


def contract(job):
    """Both scans of one contract, and the signals without mirror image: all, and unexplained ones."""
    programs, path = job
    records = feed(programs, "csv", path)
    mirror = mirrored(records)
    plain, flipped = scan(programs, records), scan(programs, mirror)
    lost = keys(plain["signals"]) ^ keys(flipped["signals"], True)
    ties = tied(programs, records, mirror, {ts for ts, _, _ in lost}) if lost else set()
    return path.name.split(".")[0], plain, flipped, lost, {key for key in lost if key[0] not in ties}


def keys(signals, other=False):
    """Signals as time, pattern and side."""
    return {(s["ts"], s["pattern"], OTHER[s["side"]] if other else s["side"]) for s in signals}


def outcome(signal):
    """T1 first, stop first, other; as the counts of QUANT."""
    return signal["outcome"] if signal["outcome"] in ("target", "stop") else "other"


def ends(signals):
    """`target / stop / other` of some signals."""
    count = collections.Counter(outcome(s) for s in signals)
    return f"{count['target']} / {count['stop']} / {count['other']}"


def interval(values):
    """Mean with its normal 95 % interval."""
    n = len(values)
    if n < 2:
        return "-"
    mean = sum(values) / n
    half = 1.96 * math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)
    few = ", n too small" if n < 30 else ""
    return f"{mean:+.2f} ({mean - half:+.2f} to {mean + half:+.2f}{few})"


def table(head, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def grouped(signals, *names):
    """Signals by the values of some of their fields, sorted."""
    groups = collections.defaultdict(list)
    for signal in signals:
        groups[tuple(signal[name] for name in names)].append(signal)
    return sorted(groups.items())


def sides(signals):
    """`buys/sells`."""
    buys = sum(s["side"] == "buy" for s in signals)
    return f"{buys}/{len(signals) - buys}"


def row_of(name, plain, patterns):
    """The line of a contract."""
    own = {p: [s for s in plain["signals"] if s["pattern"] == p] for p in patterns}
    return [name, plain["sessions"], plain["bars"], *(sides(own[p]) for p in patterns), ends(plain["signals"])]


def bars_tables(results, patterns):
    """The tables of the 5-minute bars."""
    signals = [s for _, plain, *_ in results for s in plain["signals"]]
    flipped = [s for _, _, mirror, *_ in results for s in mirror["signals"]]
    for signal in signals:
        signal["year"] = signal["session"][:4]
    sessions = sum(plain["sessions"] for _, plain, *_ in results)
    bars = sum(plain["bars"] for _, plain, *_ in results)
    lost = sum(len(lost) for *_, lost, _ in results)
    odd = sum(len(odd) for *_, odd in results)
    out = [f"Real 5-minute bars, {len(results)} contracts, {sessions} sessions, {bars:,} bars of regular hours,"
           f" {results[0][0]} to {results[-1][0]}; default settings, no VIX and no options in the data, costs"
           f" {results[0][1]['cost_ticks']} ticks a trade. Each contract is run alone, to its expiry: its last days"
           " are those of a dying contract.", ""]
    by = {key: group for key, group in grouped(flipped, "pattern", "side")}
    rows = []
    for (pattern, side), group in grouped(signals, "pattern", "side"):
        twins = by.get((pattern, OTHER[side]), [])
        rows.append([f"`{pattern}`", side, len(group), ends(group), interval([s["net_ticks"] for s in group]),
                     f"{len(twins)}: {ends(twins)}"])
    out += table(["pattern", "side", "signals", "T1 first / stop first / other", "net ticks, mean (95 %)",
                  "mirrored bars, other side"], rows)
    word = "every one has its mirror image at the same bar"
    if lost:
        word = (f"{lost} have no mirror image at the same bar: {lost - odd} where the profile before has equal rows, so"
                f" that its value area cannot be mirrored (QUANT 2.1), {odd} for another reason")
    out += ["", f"Of {len(signals)} signals and {len(flipped)} of the mirrored bars, {word}.", ""]
    years = sorted({s["year"] for s in signals})
    out += ["Buys/sells by year:", ""]
    rows = [[f"`{p}`", *(sides([s for s in signals if (s["pattern"], s["year"]) == (p, y)]) for y in years)]
            for p in patterns]
    out += table(["pattern", *years], rows)
    out += ["", "By regime:", ""]
    rows = [[f"`{pattern}`", regime, sides(group), ends(group)]
            for (pattern, regime), group in grouped(signals, "pattern", "regime")]
    out += table(["pattern", "regime", "buys/sells", "T1 first / stop first / other"], rows)
    out += ["", "By contract (buys/sells):", ""]
    head = ["contract", "sessions", "bars", *(f"`{p}`" for p in patterns), "T1 first / stop first / other"]
    return out + table(head, [row_of(name, plain, patterns) for name, plain, *_ in results])


def other_sources(programs, data):
    """What the other real data and synthetic sessions give."""
    sample = feed(programs, "csv", "--sym", "ESU13", "data/sample/es-ticks-2013.csv.zst")
    mnq = ["--set", "instrument=MNQ"]
    jobs = [("ES ticks, 2013-09-03 (the sample)", lambda: scan(programs, sample),
             "trades without side or quotes, no regular session before"),
            ("MNQ `.scid`, 2021 (MNQ at half a dollar a tick)",
             lambda: scan(programs, feed(programs, "sierra", data / "sierra/MNQU21-CME.scid", *mnq), *mnq),
             "trades with side"),
            ("synthetic, 5 sessions from 2026-03-02, seed 7", lambda: scan(programs, feed(programs, *SYNTH)),
             "quotes, sides, depth and option chains; made up")]
    rows = []
    for name, work, what in jobs:
        found = work()
        if isinstance(found, str):
            rows.append([name, what, f"none: {found}", "-"])
            continue
        groups = [f"`{p}` {sides(group)}" for (p,), group in grouped(found["signals"], "pattern")]
        rows.append([name, f"{what}; {found['sessions']} sessions, {found['bars']} bars",
                     ", ".join(groups) or "none", ends(found["signals"])])
    out = ["", "Other data (buys/sells). The Databento files hold minutes, the Sierra tick texts half an hour, the"
           " IQFeed replies a stock: no pattern can warm up in them.", ""]
    return out + table(["data", "what it is", "signals", "T1 first / stop first / other"], rows)


def between(text):
    """The committed tables."""
    return text.split(BEGIN, 1)[1].split(END, 1)[0].strip()


def main():
    """Counts, and writes or compares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    programs = args.bin.resolve()
    files = sorted((args.data / "es-bars-5m").glob("*.csv.zst"),
                   key=lambda p: (p.name[3:5], p.name[2]))
    files = [f for f in files if not args.few or f.name.split(".")[0] in FEW]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(contract, [(programs, f) for f in files]))
    text = DOCS.read_text()
    patterns = sorted({s["pattern"] for _, plain, *_ in results for s in plain["signals"]})
    if args.few and args.check:
        committed = between(text)
        heads = [line for line in committed.splitlines() if line.startswith("| contract |")]
        if not heads:
            sys.exit(f"{DOCS} has no tables: run scripts/signal-counts.sh and commit what it writes")
        patterns = [cell.strip(" `") for cell in heads[0].split("|")[4:-2]]
        wrong = 0
        for name, plain, _, _, odd in results:
            line = table([], [row_of(name, plain, patterns)])[-1]
            if line not in committed.splitlines():
                wrong += 1
                print(f"differs from {DOCS}: {line}", file=sys.stderr)
            if odd:
                wrong += 1
                print(f"{name}: the mirrored bars do not give the mirrored signals: {sorted(odd)}", file=sys.stderr)
        if wrong:
            sys.exit("run scripts/signal-counts.sh and commit what it writes")
        return print(f"signal counts of {len(results)} contracts are those of {DOCS}, and mirrored as well")
    lines = bars_tables(results, patterns)
    if args.few:
        return print("\n".join(lines))
    lines += other_sources(programs, args.data)
    made = "\n".join(lines)
    if args.check:
        if between(text) != made:
            sys.exit(f"the tables of {DOCS} differ: run scripts/signal-counts.sh and commit what it writes")
        return print(f"the tables of {DOCS} are as counted")
    before, rest = text.split(BEGIN, 1)
    DOCS.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.split(END, 1)[1]}")
    return print(f"{DOCS} written: {sum(len(p['signals']) for _, p, *_ in results)} signals")


if __name__ == "__main__":
    main()
