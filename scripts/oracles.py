"""What the programs compute, against independent implementations. Run by scripts/oracles.sh.

Every check gives its number of comparisons, the largest error and the tolerance; a check that had nothing to compare
fails as one that found a difference does. Tolerances are those of the specification, or half a unit of the last digit
that the programs write where that is larger.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import zoneinfo

import numpy
import py_lets_be_rational
import QuantLib
import talib
from arch.unitroot import VarianceRatio

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
US = 1_000_000
MINUTE = 60 * US
TICK = 0.25
# Values in the stream have nine significant digits: half a unit of the last one, at worst.
NINE_DIGITS = 5.01e-9


class Check:
    """Counts comparisons and keeps the worst."""

    def __init__(self, name, tolerance):
        self.name, self.tolerance = name, tolerance
        self.count, self.worst, self.where, self.wrong = 0, 0.0, "", []

    def near(self, have, want, allowed, where):
        """`allowed` is the error that counts as 1."""
        self.count += 1
        if have is None or want is None or not math.isfinite(want):
            if not (have is None and (want is None or not math.isfinite(want))):
                self.wrong.append(f"{where}: {have} is not {want}")
            return
        error = abs(have - want) / allowed
        if error > self.worst:
            self.worst, self.where = error, where
        if not error <= 1.0:
            self.wrong.append(f"{where}: {have!r} is not {want!r}, off by {abs(have - want):.3g}")

    def relative(self, have, want, where):
        self.near(have, want, self.tolerance * abs(want or 0.0) + 1e-300, where)

    def equal(self, have, want, where):
        self.count += 1
        if have != want:
            self.wrong.append(f"{where}: {have} is not {want}")

    def report(self, least):
        verdict = "ok"
        if self.wrong:
            verdict = f"{len(self.wrong)} WRONG"
        elif self.count < least:
            verdict = f"TOO FEW (at least {least})"
        print(f"{self.name:<60} {self.count:>8}  {self.worst:>8.3f}  {self.tolerance!s:>8}  {verdict}")
        for line in self.wrong[:5]:
            print(f"    {line}")
        return verdict == "ok"


def run(command, lines=None):
    """The records that a program writes; `lines` are its input."""
    text = None if lines is None else "".join(line + "\n" for line in lines)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        sys.exit(f"oracles: {' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


# Options -----------------------------------------------------------------------------------------------------------


def option_cases(dice, count):
    for i in range(count):
        spot = dice.uniform(3000.0, 7000.0)
        if i % 3 == 0:
            minutes = dice.choice([1, 5, 30, 120, 210, 389, 390]) if i % 2 else dice.uniform(1.0, 390.0)
            years = minutes / 525600.0
            case = {"minutes": minutes}
        else:
            years = dice.uniform(1.0, 60.0) / 365.0 if i % 3 == 1 else dice.uniform(0.1, 2.0)
            case = {"years": years}
        vol = math.exp(dice.uniform(math.log(0.03), math.log(1.5)))
        # Within five standard deviations: farther out there is nothing left of a price.
        strike = 5.0 * round(spot * math.exp(dice.uniform(-5.0, 5.0) * vol * math.sqrt(years)) / 5.0)
        case |= {"right": dice.choice("CP"), "spot": spot, "strike": float(max(strike, 5.0)),
                 "rate": dice.uniform(-0.01, 0.08), "dividend": dice.uniform(0.0, 0.04), "vol": vol}
        yield years, case


def quantlib(case, years, vol):
    """Black-Scholes-Merton by QuantLib's closed form."""
    spot, rate, dividend = case["spot"], case["rate"], case["dividend"]
    right = QuantLib.Option.Call if case["right"] == "C" else QuantLib.Option.Put
    payoff = QuantLib.PlainVanillaPayoff(right, case["strike"])
    forward = spot * math.exp((rate - dividend) * years)
    return QuantLib.BlackCalculator(payoff, forward, vol * math.sqrt(years), math.exp(-rate * years))


def derivative(f, x, step):
    """Fifth-order central difference."""
    return (8.0 * (f(x + step) - f(x - step)) - (f(x + 2 * step) - f(x - 2 * step))) / (12.0 * step)


def written_digits(records, key):
    """Significant digits of the longest number: what a tolerance cannot be below."""
    texts = (repr(float(record[key])).split("e")[0].replace(".", "").lstrip("-0") for record in records)
    return max((len(text) for text in texts), default=0)


def greeks(options):
    dice = random.Random(options.seed)
    cases = list(option_cases(dice, options.cases))
    have = run(["mia-options", "price"], [json.dumps(case) for _, case in cases])
    assert len(have) == len(cases), f"{len(have)} answers to {len(cases)} cases"
    least = 1e-10 if written_digits(have, "gamma") > 12 else NINE_DIGITS
    checks = {name: Check(f"mia-options price: {name} (QuantLib)", least) for name in ("price", "delta", "gamma", "vega")}
    checks["vanna"] = Check("mia-options price: vanna (QuantLib differences)", 1e-6)
    checks["charm"] = Check("mia-options price: charm (QuantLib differences)", 1e-6)
    for (years, case), answer in zip(cases, have):
        spot, vol, root = case["spot"], case["vol"], math.sqrt(years)
        ql = quantlib(case, years, vol)
        want = {"price": ql.value(), "delta": ql.delta(spot), "gamma": ql.gamma(spot), "vega": ql.vega(years)}
        # What cancels in the last digits of a double where a value is small beside its parts.
        scale = {"price": spot, "delta": 1.0, "gamma": 1.0 / (spot * vol * root), "vega": spot * root}
        want["vanna"] = derivative(lambda v: quantlib(case, years, v).delta(spot), vol, 1e-3 * vol)
        want["charm"] = -derivative(lambda t: quantlib(case, t, vol).delta(spot), years, 1e-3 * years)
        scale |= {"vanna": 1e6 / vol, "charm": 1e6 / years}
        for name, check in checks.items():
            allowed = check.tolerance * abs(want[name]) + 1e-14 * scale[name]
            check.near(answer[name], want[name], allowed, json.dumps(case))
    return [check.report(options.cases) for check in checks.values()]


def implied(options):
    dice = random.Random(options.seed + 1)
    cases, wants = [], []
    while len(cases) < options.cases:
        forward = dice.uniform(3000.0, 7000.0)
        years = dice.choice([dice.uniform(1.0, 390.0) / 525600.0, dice.uniform(0.003, 0.2), dice.uniform(0.2, 2.0)])
        vol = math.exp(dice.uniform(math.log(0.03), math.log(3.0)))
        strike = max(5.0, 5.0 * round(forward * math.exp(dice.uniform(-5.0, 5.0) * vol * math.sqrt(years)) / 5.0))
        right = dice.choice("CP")
        sign = 1.0 if right == "C" else -1.0
        price = py_lets_be_rational.black(forward, strike, vol, years, sign)
        intrinsic = max(sign * (forward - strike), 0.0)
        if not price - intrinsic > 1e-9 * forward:
            continue
        rational = py_lets_be_rational.implied_volatility_from_a_transformed_rational_guess
        d1 = (math.log(forward / strike) + vol * vol * years / 2.0) / (vol * math.sqrt(years))
        vega = forward * math.exp(-d1 * d1 / 2.0) / math.sqrt(2.0 * math.pi) * math.sqrt(years)
        cases.append({"right": right, "forward": forward, "strike": strike, "years": years, "price": price})
        wants.append((rational(price, forward, strike, years, sign), price, vega))
    invalid = [
        {"right": "C", "forward": 5000.0, "strike": 4900.0, "years": 0.1, "price": 99.0},
        {"right": "P", "forward": 5000.0, "strike": 5100.0, "years": 0.1, "price": 99.0},
        {"right": "C", "forward": 5000.0, "strike": 4900.0, "years": 0.1, "price": 5001.0},
        {"right": "P", "forward": 5000.0, "strike": 4900.0, "years": 0.1, "price": 4901.0},
        {"right": "C", "forward": 5000.0, "strike": 5000.0, "years": 0.0, "price": 10.0},
    ]
    have = run(["mia-options", "iv"], [json.dumps(case) for case in cases + invalid])
    least = 1e-12 if written_digits(have[: len(cases)], "iv") > 12 else NINE_DIGITS
    check = Check("mia-options iv (py_lets_be_rational)", least)
    for case, (want, price, vega), answer in zip(cases, wants, have):
        # Two roundings of the price are as good as each other: what that is worth in volatility.
        slack = 4.0 * sys.float_info.epsilon * price / vega
        check.near(answer["iv"], want, check.tolerance * max(1.0, want) + slack, json.dumps(case))
    refused = Check("mia-options iv: prices that have none", 0)
    for case, answer in zip(invalid, have[len(cases):], strict=True):
        refused.equal(answer["iv"], None, json.dumps(case))
        refused.equal(bool(answer.get("why")), True, json.dumps(case) + " why")
    return [check.report(options.cases), refused.report(2 * len(invalid))]


# Bars and profile --------------------------------------------------------------------------------------------------


def generated(seed, date):
    """Trades and quotes from 09:00 to 16:30 New York: swings, quiet stretches, gaps."""
    dice = random.Random(seed)
    start = datetime.datetime.combine(date, datetime.time(9), NEW_YORK)
    at, price, lean = int(start.timestamp()) * US, 20_000, 0.0
    end = at + 450 * MINUTE
    while at < end:
        at += 1 + int(dice.expovariate(1.0) * (8.0 if at // (37 * MINUTE) % 5 == 0 else 0.9) * US)
        lean = 0.995 * lean + dice.gauss(0.0, 0.05)
        buy = dice.random() < 0.5 + 0.3 * math.tanh(lean)
        price += dice.choice([0, 0, 0, 1, 1, 2]) * (1 if buy else -1)
        size = dice.randint(1, 30)
        head = f'"ts":{at},"sym":"ESM26"'
        bid = price - 1 if buy else price
        yield (f'{{"t":"trade",{head},"px":{price * TICK},"sz":{size},"side":"{"B" if buy else "S"}",'
               f'"ss":"flag","src":"syn"}}')
        yield (f'{{"t":"quote",{head},"bid":{bid * TICK},"bsz":{dice.randint(1, 90)},'
               f'"ask":{(bid + 1) * TICK},"asz":{dice.randint(1, 90)},"src":"syn"}}')


def value_area(volumes):
    """Point of control and value area from the words of the specification, on a plain dictionary."""
    low, high = min(volumes), max(volumes)
    most = max(volumes.values())
    poc = min((p for p, v in volumes.items() if v == most), key=lambda p: (abs(2 * p - low - high), p))
    inside, total = [poc], sum(volumes.values())
    while sum(volumes.get(p, 0) for p in inside) * 10 < total * 7:
        above = [p for p in (max(inside) + 1, max(inside) + 2) if p <= high]
        below = [p for p in (min(inside) - 1, min(inside) - 2) if p >= low]
        up, down = (sum(volumes.get(p, 0) for p in rows) for rows in (above, below))
        inside += above if above and (not below or up >= down) else below
    return poc * TICK, max(inside) * TICK, min(inside) * TICK


def opens(first, last):
    """Every 18:00 and 09:30 New York between two stamps: where windows of bars start over."""
    day = datetime.datetime.fromtimestamp(first / US, NEW_YORK).date() - datetime.timedelta(days=1)
    while True:
        for hour, minute in ((9, 30), (18, 0)):
            at = int(datetime.datetime.combine(day, datetime.time(hour, minute), NEW_YORK).timestamp()) * US
            if at > last:
                return
            yield at
        day += datetime.timedelta(days=1)


def tape_checks(name, lines, profiles):
    """ATR, ADX and variance ratio of bars, and at least so many developing profiles, of one session's tape."""
    bars_s = 60
    records = run(["mia-features", "--quiet"], lines)
    bars = [r for r in records if r["t"] == "bar"]
    ends = {bar["ts"] for bar in bars}
    features = {r["ts"]: r for r in records if r["t"] == "features" and r["ts"] in ends}
    trades = [r for r in records if r["t"] == "trade"]
    high, low, close = (numpy.array([bar[key] for bar in bars], dtype=float) for key in "hlc")

    atr = Check(f"{name}: ATR(14) (TA-Lib)", NINE_DIGITS)
    adx = Check(f"{name}: ADX(14) (TA-Lib)", NINE_DIGITS)
    for bar, want_atr, want_adx in zip(bars, talib.ATR(high, low, close, 14), talib.ADX(high, low, close, 14)):
        x = features[bar["ts"]]["x"]
        atr.relative(x.get("atr"), float(want_atr), f"bar {bar['ts']}")
        adx.relative(x.get("adx"), float(want_adx), f"bar {bar['ts']}")

    vr = Check(f"{name}: variance ratio (arch)", NINE_DIGITS)
    score = Check(f"{name}: robust score of it (arch)", NINE_DIGITS)
    count, lag = 60, 4
    starts = list(opens(bars[0]["ts"], bars[-1]["ts"]))
    for i, bar in enumerate(bars):
        x = features[bar["ts"]]["x"]
        if "vr" not in x:
            continue
        assert i >= count, "defined before there are enough closes"
        # No close of the window is from before an open.
        first = bars[i - count]["ts"] - bars_s * US
        if x["phase"] == "rth":
            assert not any(first < at < bar["ts"] for at in starts), "a window over a session open"
        test = VarianceRatio(numpy.log(close[i - count : i + 1]), lag, trend="c", overlap=True, robust=True, debiased=True)
        vr.near(x["vr"], float(test.vr), vr.tolerance * test.vr, f"bar {bar['ts']}")
        score.near(x["vr_z"], float(test.stat), score.tolerance * abs(test.stat) + 1e-10, f"bar {bar['ts']}")

    profile = Check(f"{name}: point of control, value area (Python)", 0)
    volumes, place = {}, 0
    for bar in bars:
        x = features[bar["ts"]]["x"]
        if x["phase"] != "rth":
            continue
        open_at = bar["ts"] - x["rth_min"] * MINUTE
        while place < len(trades) and trades[place]["ts"] < bar["ts"]:
            trade = trades[place]
            if trade["ts"] >= open_at:
                ticks = round(trade["px"] / TICK)
                volumes[ticks] = volumes.get(ticks, 0) + trade["sz"]
            place += 1
        profile.equal((x.get("poc"), x.get("vah"), x.get("val")), value_area(volumes), f"bar {bar['ts']}")

    least = len(bars) // 2
    passed = [check.report(least) for check in (atr, adx, vr, score)]
    return passed + ([profile.report(profiles)] if profiles else [])


def tapes(options):
    passed = []
    for seed, date in ((1, "2026-03-10"), (2, "2026-11-18")):
        lines = generated(options.seed + seed, datetime.date.fromisoformat(date))
        passed += tape_checks(f"generated {date}", lines, 390)
    return passed


def real(options):
    folder = os.environ.get("MIA_TEST_DATA")
    file = folder and pathlib.Path(folder) / "es-ticks-2013/es_trades_2013-09-01_2013-09-03.csv.zst"
    if not file or not file.is_file():
        message = "no real ticks: set MIA_TEST_DATA"
        if os.environ.get("CI") == "true":
            sys.exit(f"oracles: {message}")
        print(f"SKIPPED {message}")
        return []
    records = run(["mia-feed", "--quiet", "csv", "--sym", "ESU13", str(file)])
    passed = []
    # One Globex session each: a new contract's averages start with its first bar.
    # No regular hours on Labor Day; the file ends at 12:51 New York of the day after.
    for since, until, profiles in (("2013-09-01T18:00", "2013-09-02T12:00", 0), ("2013-09-02T18:00", "2013-09-03T17:00", 200)):
        stamps = [datetime.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp() * US for text in (since, until)]
        inside = [r for r in records if r["t"] == "stream" or stamps[0] <= r["ts"] < stamps[1]]
        lines = [json.dumps(record, separators=(",", ":")) for record in inside]
        passed += tape_checks(f"ES ticks {until[:10]}", lines, profiles)
    return passed


PARTS = {"greeks": greeks, "implied": implied, "tapes": tapes, "real": real}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=PARTS, help="run this part alone")
    parser.add_argument("--cases", type=int, default=6000, help="random options (default 6000)")
    parser.add_argument("--seed", type=int, default=20260322)
    options = parser.parse_args()
    print(f"{'':<60} {'compared':>8}  {'worst':>8}  {'tolerance':>8}")
    print(f"{'':<60} {'':>8}  {'/allowed':>8}")
    passed = [ok for name, part in PARTS.items() if not options.only or name in options.only for ok in part(options)]
    if not passed or not all(passed):
        sys.exit("oracles: NOT the numbers of the independent implementations")


if __name__ == "__main__":
    main()
