"""Fault injection on the processes mia-risk and mia-exec paper; see scripts/faults.sh for the options.

Sessions of random markets and signals are made from the seed, decided by mia-risk and executed undisturbed once: the
journal of that run is what every other run is held against. Then each run suffers a fault (killed at a boundary of
the journal, killed by the kernel inside a line, a full disk, ...), is taken up again, and must come to the same
journal, byte for byte. Where the fault is in the input itself, the two commands must still agree with each other and
with the fills. Every run is a run of real processes.

What is counted for each kind of fault:
  survived      runs that came back as they should, with the documented exit code and an error that names what to do
  lost          executions of the undisturbed run, or told on stdout, that the journal lacks
  doubled       orders or executions that the journal has twice
  unprotected   the longest time, in seconds of the stream, that open contracts had no acknowledged stop
"""

import argparse
import concurrent.futures
import fcntl
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

T0 = 1_704_726_000_000_000  # Monday 2024-01-08, 10:00 in New York
DAY = 86_400_000_000
LIMIT = 30.0  # seconds that a process may take
UNPROTECTED_MAX = 1.0

RULES = [
    "account.equity=300000",
    "risk.trade_risk_max=600",
    "risk.day_loss_max=2500",
    "risk.day_loss_share_max=0.05",
    "risk.day_loss_r_max=50",
    "risk.losses_in_row_max=50",
    "risk.max_pos=4",
    "risk.open_share_max=1",
    "risk.trade_age_ms_max=600000",
    "risk.quote_age_ms_max=600000",
    "risk.positions_max=20",
    "risk.cooldown_min=0",
    "risk.repeat_max=1000",
    "risk.bucket_trades_max=[1000,1000,1000]",
    "risk.bucket_loss_max=[100000,100000,100000]",
    "risk.orders_second_max=100",
    "risk.orders_minute_max=1000",
    "risk.day_target=100000",
    "risk.trail=bars",
]


class Fault(Exception):
    """A run that did not survive."""


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise Fault(what)


# ---- sessions ----


def line(**fields) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def points(ticks: int) -> float | int:
    value = ticks / 4
    return int(value) if value == int(value) else value


def market_of(rng: random.Random, records: int, two_days: bool) -> list[bytes]:
    """A random walk of quotes, trades and closed bars with signals in it."""
    ts, last = T0 + rng.randrange(0, 3_600_000_000), 20_000 + rng.randrange(-400, 400)
    out = [line(t="stream", ts=ts, sym="ESH24", v=1, src="dbn", mode="replay", phase="run", run="faults", tool="faults")]
    turn = rng.randrange(records // 3, records) if two_days else -1
    high = low = last
    for n in range(records):
        ts += rng.choice([1_000, 20_000, 60_000, 150_000, 400_000, 1_500_000])
        if n == turn:
            ts += DAY
        last += rng.randrange(-4, 5)
        kind = rng.random()
        if kind < 0.5:
            bsz, asz = rng.randrange(1, 40), rng.randrange(1, 40)
            out.append(line(t="quote", ts=ts, sym="ESH24", bid=points(last - 1), bsz=bsz, ask=points(last), asz=asz, src="dbn"))
        elif kind < 0.94:
            out.append(line(t="trade", ts=ts, sym="ESH24", px=points(last), sz=rng.randrange(1, 30), side="N", ss="none", src="dbn"))
        else:
            out.append(line(t="clock", ts=ts, sym="*", src="dbn"))
        high, low = max(high, last), min(low, last)
        if rng.random() < 0.2:
            # What a stop follows; it fills nothing.
            ohlc = dict(zip("ohlc", map(points, (low, high, low, last))))
            out.append(line(t="bar", ts=ts, sym="ESH24", by="features", ct=ts, dur=60, **ohlc, v=9, bv=None, av=None, n=None))
            high = low = last
        if rng.random() < 0.13:
            out.append(idea(rng, f"idea-{n}", ts, last))
    # Time for everything under way to become known.
    out.append(line(t="clock", ts=ts + 5_000_000, sym="*", src="dbn"))
    return out


def idea(rng: random.Random, name: str, ts: int, last: int) -> bytes:
    up = rng.choice([1, -1])
    stop, target = rng.randrange(6, 14), rng.randrange(8, 24)
    targets = [points(last + up * target), points(last + up * (target + 6))][: rng.choice([1, 1, 2])]
    manage = {"hold_min": rng.choice([None, None, 1]), "trail": rng.choice([None, 1]), "be_after_t1": rng.random() < 0.3, "exits": []}
    return line(
        t="signal", ts=ts, sym="ESH24", by="signal", ct=ts, op="enter", id=name, pattern="test", side="B" if up > 0 else "S",
        entry=points(last), stop=points(last - up * stop), targets=targets, manage=manage, confluence=0, confidence=None,
        uncalibrated=True, regime="RANGE", level_ids=[], why=[], msg="", expires=ts + 60_000_000,
    )


class Session:
    """A market, what risk made of it, and the undisturbed run of execution."""

    def __init__(self, number: int, seed: str, work: Path):
        self.number, self.seed = number, seed
        self.dir = work / f"session-{number}"
        self.dir.mkdir(parents=True)
        for attempt in range(50):
            rng = random.Random(f"{seed}:session:{number}:{attempt}")
            self.rules = RULES + [f"fills.latency_ms={rng.choice([0, 50, 150])}"]
            self.market = market_of(rng, rng.randrange(50, 180), rng.random() < 0.3)
            self.decided = run_risk(self.rules, self.market)
            shutil.rmtree(self.dir)
            self.dir.mkdir()
            journal = self.dir / "journal"
            done = run_exec(self.rules, self.decided, journal)
            expect(done.code == 0, f"the undisturbed run ended with {done.code}: {done.err}")
            self.told, self.journal = done.out, read_journal(journal)
            self.facts = Facts(self.journal)
            if len(self.facts.fills) >= 4:
                break
        else:
            raise SystemExit("faults.py: no session with trades: the rules refuse everything")
        self.files = {p.name: p.read_bytes() for p in journal_files(journal)}
        self.input = self.decided.splitlines(keepends=True)
        self.sizes = self.sizes_by_input()
        self.facts.check("the undisturbed run")

    def sizes_by_input(self) -> list[int]:
        """Bytes of the journal when so many lines of the input have been taken."""
        lines = self.journal.splitlines(keepends=True)
        sizes, written, size, at = [0], 0, 0, 0
        for told in self.told.splitlines(keepends=True):
            passed = at < len(self.input) and told == self.input[at]
            own = b'"by":"exec"' in told
            if own or (passed and journalled(told)):
                size += len(lines[written]) if written < len(lines) else 0
                written += 1
            if passed and not own:
                at += 1
                sizes.append(size)
        expect(at == len(self.input), "the undisturbed run does not pass its input on")
        return sizes


def journalled(told: bytes) -> bool:
    """Whether a line of the input has a place in the journal: intents, latches."""
    if told.startswith(b'{"t":"order"'):
        return b'"by":"risk"' in told
    return told.startswith(b'{"t":"acct"') and any(b'"op":"%s"' % op in told for op in (b"latch", b"kill", b"reset"))


# ---- processes ----


class Done:
    def __init__(self, code: int, out: bytes, err: str):
        self.code, self.out, self.err = code, out, err


def command(name: str, rules: list[str], *args: str) -> list[str]:
    sets = [part for rule in rules for part in ("--set", rule)]
    return [name, *args, *sets, "--color", "never"]


def run(argv: list[str], data: bytes, **more) -> Done:
    try:
        done = subprocess.run(argv, input=data, capture_output=True, timeout=LIMIT, **more)
    except subprocess.TimeoutExpired as hung:
        raise Fault(f"{argv[0]} hung") from hung
    return Done(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def run_risk(rules: list[str], market: list[bytes], *args: str) -> bytes:
    done = run(command("mia-risk", rules, "-q", *args), b"".join(market))
    expect(done.code in (0, 6), f"mia-risk ended with {done.code}: {done.err}")
    return done.out


def exec_argv(rules: list[str], journal: Path, resume: bool) -> list[str]:
    return command("mia-exec", rules, "paper", "--journal", str(journal), *(["--resume"] if resume else []))


def run_exec(rules: list[str], data: bytes, journal: Path, resume: bool = False, **more) -> Done:
    return run(exec_argv(rules, journal, resume), data, **more)


def limited(size: int, dies: bool) -> dict:
    """A process whose files cannot grow beyond `size` bytes: it dies there, or its write fails."""

    def set_limits():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    # Python ignores SIGXFSZ; restored to its default, it kills.
    return {"preexec_fn": set_limits, "restore_signals": dies}


def started(session: Session, journal: Path, out, resume: bool = False) -> subprocess.Popen:
    argv = exec_argv(session.rules, journal, resume)
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE)


def stopped(process: subprocess.Popen) -> Done:
    """The end of a process that was told to end, or that ends by itself."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired as hung:
        process.kill()
        process.communicate()
        raise Fault("mia-exec hung") from hung
    return Done(process.returncode, out or b"", err.decode(errors="replace"))


def wait_for(holds, what: str) -> None:
    end = time.monotonic() + LIMIT
    while not holds():
        if time.monotonic() > end:
            raise Fault(f"{what} did not happen")
        time.sleep(0.0003)


# ---- journals ----


def journal_files(journal: Path) -> list[Path]:
    closed = [p for p in journal.parent.glob(journal.name + ".*") if p.suffix[1:2].isdigit()]
    return [*sorted(closed), journal] if journal.exists() else sorted(closed)


def read_journal(journal: Path) -> bytes:
    return b"".join(p.read_bytes() for p in journal_files(journal))


def size_of(journal: Path) -> int:
    """Bytes in all files of the journal, while it may be rotated."""
    while True:
        try:
            inodes = {}
            for p in journal_files(journal):
                found = p.stat()
                inodes[found.st_ino] = found.st_size
            return sum(inodes.values())
        except FileNotFoundError:
            pass


class Stops:
    """The stops of brackets: the one at work, and those sent that are not answered. None may be looser than those before."""

    def __init__(self):
        self.sign, self.working, self.sent = {}, {}, {}

    def hear(self, record: dict) -> list[str]:
        kind = record["t"]
        if kind == "order" and record["op"] == "new" and record["stop"] is not None:
            self.sign[record["id"]] = 1 if record["side"] == "B" else -1
            self.working[record["id"]] = record["stop"]
        elif kind == "order" and record["op"] == "amend" and record["stop"] is not None:
            return self.moved(record["id"], record["ref"], record["stop"])
        elif kind == "ack" and record["leg"] == "stop" and record["order"] in self.sign:
            order, px = record["order"], record["px"]
            looser = self.sign[order] * (px - self.working[order]) < 0
            self.working[order] = px
            self.sent = {name: move for name, move in self.sent.items() if move[0] != order or self.tighter(order, move[1], px)}
            return [f"{order} works at {px}"] if looser else []
        elif kind in ("reject", "cancel"):
            self.sent.pop(record["order"], None)
        return []

    def tighter(self, order: str, px: float, than: float) -> bool:
        return self.sign[order] * (px - than) > 0

    def moved(self, name: str, order: str, px: float) -> list[str]:
        before = [stop for of, stop in self.sent.values() if of == order]
        before += [self.working[order]] if order in self.working else []
        self.sent[name] = (order, px)
        return [f"{name} asks for {px}"] if any(self.tighter(order, stop, px) for stop in before) else []


class Facts:
    """What a journal, or a stream, says: orders, executions, how long contracts were without a stop, and stops that were
    moved away from the market."""

    def __init__(self, content: bytes, dead_until: tuple[int, int] | None = None):
        """`dead_until`: after so many bytes nobody lived until that stamp, and no time is counted."""
        self.orders, self.fills, self.positions = [], [], {}
        self.sums, self.unprotected, self.loosened = Counter(), 0.0, []
        stops = Stops()
        open_since: dict[str, int] = {}
        last = 0
        opened, covered = Counter(), Counter()
        read = 0
        for text in content.splitlines(keepends=True):
            if dead_until and read >= dead_until[0]:
                open_since = {order: max(since, dead_until[1]) for order, since in open_since.items()}
                dead_until = None
            read += len(text)
            record = json.loads(text)
            kind = record["t"]
            self.loosened += stops.hear(record)
            last = max(last, record.get("xts", record["ts"]))
            if kind == "order":
                self.orders.append(record["id"])
            elif kind == "ack" and record["leg"] == "stop":
                covered[record["order"]] = record["qty"]
            elif kind == "fill":
                self.fills.append(record["exec_id"])
                signed = record["qty"] if record["side"] == "B" else -record["qty"]
                self.sums[record["sym"]] += signed
                opened[record["order"]] += record["qty"] if record["leg"] == "entry" else -record["qty"]
                if record["leg"] != "entry":
                    covered[record["order"]] -= record["qty"]
            elif kind == "position":
                self.positions[record["sym"]] = record["qty"]
            else:
                continue
            stamp = record.get("xts", record["ts"])
            for order in list(opened):
                if opened[order] <= covered[order]:
                    since = open_since.pop(order, None)
                    if since is not None:
                        self.unprotected = max(self.unprotected, (stamp - since) / 1e6)
                else:
                    open_since.setdefault(order, stamp)
        for since in open_since.values():
            self.unprotected = max(self.unprotected, (last - since) / 1e6)
        self.open = {order: qty for order, qty in opened.items() if qty}

    def doubled(self) -> int:
        twice = lambda names: sum(n - 1 for n in Counter(names).values() if n > 1)
        return twice(self.orders) + twice(self.fills)

    def check(self, what: str) -> None:
        expect(self.doubled() == 0, f"{what}: {self.doubled()} orders or fills twice")
        expect(self.unprotected <= UNPROTECTED_MAX, f"{what}: {self.unprotected} s without a stop")
        expect(not self.loosened, f"{what}: stops are loosened: {self.loosened}")
        for sym, qty in self.positions.items():
            expect(self.sums[sym] == qty, f"{what}: position {qty} of {sym}, the fills make {self.sums[sym]}")
        expect(all(qty >= 0 for qty in self.open.values()), f"{what}: closed more than was open: {self.open}")


class Outcome:
    """What one run gave."""

    def __init__(self, kind: str, run: int):
        self.kind, self.run = kind, run
        self.why, self.lost, self.doubled, self.unprotected = "", 0, 0, 0.0


class Case:
    """One run: a session, a fault, a folder of its own."""

    def __init__(self, session: Session, rng: random.Random, folder: Path, outcome: Outcome):
        self.session, self.rng, self.dir, self.outcome = session, rng, folder, outcome
        self.journal = folder / "journal"
        self.told = b""

    def random_size(self) -> int:
        """A byte of the first file of the journal; often the end of a line, or one beside it."""
        first = next(iter(sorted(self.session.files.items(), key=lambda f: (f[0] == "journal", f[0]))))[1]
        if self.rng.random() < 0.4:
            ends = [at + 1 for at, byte in enumerate(first) if byte == 10]
            return max(0, min(len(first) - 1, self.rng.choice([0, *ends]) + self.rng.choice([-1, 0, 0, 1])))
        return self.rng.randrange(len(first))

    def is_prefix(self, what: str) -> None:
        """Whatever happened, the journal is the beginning of what it has to become."""
        expect(self.session.journal.startswith(read_journal(self.journal)), f"{what}: no prefix of the journal")

    def told_is_journalled(self, out: bytes) -> None:
        """Nothing was told that a restart would not know."""
        told = [t for t in out.splitlines(keepends=True) if t.endswith(b"\n") and b'"by":"exec"' in t and b'"t":"fill"' in t]
        kept = set(Facts(whole(read_journal(self.journal))).fills)
        missing = [t for t in told if json.loads(t)["exec_id"] not in kept]
        self.outcome.lost += len(missing)
        expect(not missing, f"{len(missing)} fills were told and are not in the journal")

    def resume(self, session: Session | None = None) -> Done:
        """Takes the run up again over the whole input; the journal must become what it would have been."""
        session = session or self.session
        done = run_exec(session.rules, b"".join(session.input), self.journal, resume=True)
        expect(done.code == 0, f"resumed: exit {done.code}: {done.err}")
        self.compare(session)
        expect(done.out == session.told, "resumed: the output is not that of the undisturbed run")
        return done

    def compare(self, session: Session) -> None:
        content = read_journal(self.journal)
        facts = Facts(whole(content))
        self.outcome.lost += len(set(session.facts.fills) - set(facts.fills))
        self.outcome.doubled += facts.doubled()
        self.outcome.unprotected = max(self.outcome.unprotected, facts.unprotected)
        facts.check("resumed")
        expect(self.outcome.lost == 0, f"{self.outcome.lost} fills are lost")
        files = {p.name: p.read_bytes() for p in journal_files(self.journal)}
        expect(files == session.files, "the journal is not that of the undisturbed run")

    def refused(self, done: Done, codes: tuple[int, ...], *words: str) -> None:
        expect(done.code in codes, f"exit {done.code} instead of {codes}: {done.err}")
        for word in words:
            expect(word in done.err, f"the message does not name `{word}`: {done.err}")


def whole(content: bytes) -> bytes:
    """The complete lines."""
    return content[: content.rfind(b"\n") + 1]


# ---- the faults ----


def feed_until(case: Case, process: subprocess.Popen, lines: int) -> None:
    """Gives the process so many lines and waits until they are in the journal."""
    process.stdin.write(b"".join(case.session.input[:lines]))
    process.stdin.flush()
    size = case.session.sizes[lines]
    wait_for(lambda: size_of(case.journal) >= size or process.poll() is not None, "the journal's growth")


def boundary(case: Case) -> int:
    """Lines of the input after which the journal has grown."""
    sizes = case.session.sizes
    return case.rng.choice([n for n in range(1, len(sizes)) if sizes[n] > sizes[n - 1]])


def kill_at_boundary(case: Case) -> None:
    with open(case.dir / "out", "wb") as out:
        process = started(case.session, case.journal, out)
        feed_until(case, process, boundary(case))
        process.send_signal(signal.SIGKILL)
        done = stopped(process)
    expect(done.code == -signal.SIGKILL, f"exit {done.code}: {done.err}")
    case.is_prefix("killed")
    case.told_is_journalled((case.dir / "out").read_bytes())
    case.resume()


def kill_in_line(case: Case) -> None:
    size = case.random_size()
    done = run_exec(case.session.rules, b"".join(case.session.input), case.journal, **limited(size, dies=True))
    expect(done.code == -signal.SIGXFSZ, f"exit {done.code}: {done.err}")
    expect(case.journal.stat().st_size == size or read_journal(case.journal) != b"", "not where it was meant to die")
    case.is_prefix("killed")
    case.told_is_journalled(done.out)
    case.resume()


def kill_anytime(case: Case) -> None:
    source = case.dir / "input"
    source.write_bytes(b"".join(case.session.input))
    with open(source, "rb") as data, open(case.dir / "out", "wb") as out:
        argv = exec_argv(case.session.rules, case.journal, False)
        process = subprocess.Popen(argv, stdin=data, stdout=out, stderr=subprocess.PIPE)
        time.sleep(case.rng.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        done = stopped(process)
    expect(done.code in (0, -signal.SIGKILL), f"exit {done.code}: {done.err}")
    case.is_prefix("killed")
    case.told_is_journalled((case.dir / "out").read_bytes())
    case.resume()


def kill_again(case: Case) -> None:
    """Killed, and killed again while it recovers."""
    sizes = sorted(case.random_size() for _ in range(case.rng.randrange(2, 5)))
    data = b"".join(case.session.input)
    for n, size in enumerate(sizes):
        done = run_exec(case.session.rules, data, case.journal, resume=n > 0, **limited(size, dies=True))
        # A torn line is moved into a file of its own, which the limit may forbid as well.
        expect(done.code in (0, -signal.SIGXFSZ), f"exit {done.code}: {done.err}")
        case.is_prefix("killed")
        case.told_is_journalled(done.out)
    case.resume()


def kill_and_go_on(case: Case) -> None:
    """Killed and started again on what comes next: the brackets are restored from the journal."""
    lines = boundary(case)
    with open(case.dir / "out", "wb") as out:
        process = started(case.session, case.journal, out)
        feed_until(case, process, lines)
        process.send_signal(signal.SIGKILL)
        stopped(process)
    case.told_is_journalled((case.dir / "out").read_bytes())
    go_on(case, lines)


def kill_in_line_and_go_on(case: Case) -> None:
    """The same, killed while it wrote what a record brought about: the record itself does not come again."""
    size = case.random_size()
    done = run_exec(case.session.rules, b"".join(case.session.input), case.journal, **limited(size, dies=True))
    expect(done.code == -signal.SIGXFSZ, f"exit {done.code}: {done.err}")
    case.told_is_journalled(done.out)
    written = len(read_journal(case.journal))
    lines = next(n for n, journalled_then in enumerate(case.session.sizes) if journalled_then > written)
    go_on(case, lines)


def go_on(case: Case, lines: int) -> None:
    case.is_prefix("killed")
    before = read_journal(case.journal)
    tail = before[len(whole(before)) :]
    # A last line that lacks nothing but its line feed is kept.
    before = before + b"\n" if tail.endswith(b'"}') else whole(before)
    if not before:
        return  # an order whose intent was not written is lost with it, and risk says so
    rest = b"".join(case.session.input[lines:])
    done = run_exec(case.session.rules, rest, case.journal, resume=True)
    expect(done.code == 0, f"resumed: exit {done.code}: {done.err}")
    after = read_journal(case.journal)
    # It lives again from the first record that it acts on.
    acts = (b'{"t":"quote"', b'{"t":"trade"', b'{"t":"clock"', b'{"t":"order"')
    alive = next((stamp_of(t) for t in case.session.input[lines:] if t.startswith(acts)), 0)
    facts = Facts(after, (len(before), alive))
    known = set(Facts(before).fills)
    case.outcome.lost += len(known - set(facts.fills))
    case.outcome.doubled += facts.doubled()
    case.outcome.unprotected = max(case.outcome.unprotected, facts.unprotected)
    expect(after.startswith(before), "the journal before the kill was changed")
    if alive == 0:
        return  # killed over the last record: what it had begun to tell is told with the next one that comes
    facts.check("resumed")
    came = Facts(before).orders + [json.loads(t)["id"] for t in rest.splitlines() if journalled(t) and b'"t":"order"' in t]
    meant = list(dict.fromkeys(came))
    expect(facts.orders == meant, f"orders sent {facts.orders}, but {meant} came")
    case.told_is_journalled(done.out)


def terminate(case: Case) -> None:
    """SIGTERM: an orderly end with its code, then taken up again."""
    with open(case.dir / "out", "wb") as out:
        process = started(case.session, case.journal, out)
        feed_until(case, process, boundary(case))
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=LIMIT)
        process.stdin.close()
        process.stderr.close()
    expect(code == 143, f"exit {code}")
    case.is_prefix("terminated")
    case.told_is_journalled((case.dir / "out").read_bytes())
    case.resume()


def disk_full(case: Case) -> None:
    size = case.random_size()
    done = run_exec(case.session.rules, b"".join(case.session.input), case.journal, **limited(size, dies=False))
    case.refused(done, (73,), "journal", str(case.journal), "space")
    case.is_prefix("disk full")
    expect(read_journal(case.journal)[-1:] in (b"", b"\n"), "half a line was left")
    case.told_is_journalled(done.out)
    case.resume()


def stdout_full(case: Case) -> None:
    with open("/dev/full", "wb") as full:
        process = started(case.session, case.journal, full)
        try:
            process.stdin.write(b"".join(case.session.input))
        except BrokenPipeError:
            pass
        done = stopped(process)
    case.refused(done, (73,))
    case.is_prefix("stdout full")
    case.resume()


def unwritable(case: Case) -> None:
    what = case.rng.choice(["folder", "missing", "device", "file above", "read-only"])
    path = {"folder": case.dir / "d", "missing": case.dir / "no" / "journal", "device": Path("/dev/full"), "file above": case.dir / "f" / "journal",
            "read-only": case.dir / "ro" / "journal"}[what]
    (case.dir / "d").mkdir()
    (case.dir / "f").write_bytes(b"")
    (case.dir / "ro").mkdir()
    more = {}
    if what == "read-only":
        (case.dir / "ro").chmod(0o555)
        if os.getuid() == 0:  # who may write everywhere is stopped by nothing
            for folder in (case.dir, *case.dir.parents):
                if not folder.stat().st_mode & 0o001:
                    return
            more = {"user": 65534, "group": 65534, "extra_groups": []}
    done = run_exec(case.session.rules, b"".join(case.session.input), path, **more)
    case.refused(done, (73,), str(path), "hint")
    expect(done.out == b"", "something was told although nothing can be kept")


def closed_stdout(case: Case) -> None:
    process = started(case.session, case.journal, subprocess.PIPE)
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)  # nobody reads: all of it has to fit
    lines = boundary(case)
    feed_until(case, process, lines)
    taken = os.read(process.stdout.fileno(), case.rng.randrange(1, 4000))
    process.stdout.close()
    try:
        process.stdin.write(b"".join(case.session.input[lines:]))
        process.stdin.close()
    except BrokenPipeError:
        pass
    code = process.wait(timeout=LIMIT)
    err = process.stderr.read().decode()
    process.stderr.close()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    expect(code == 0, f"exit {code}: {err}")
    case.is_prefix("stdout closed")
    case.told_is_journalled(taken)
    case.resume()


def end_of_input(case: Case) -> None:
    data = b"".join(case.session.input)
    cut = case.rng.randrange(len(data))
    done = run_exec(case.session.rules, data[:cut], case.journal)
    expect(done.code in (0, 65), f"exit {done.code}: {done.err}")
    torn = data[:cut][-1:] not in (b"", b"\n")
    expect(torn or done.code == 0, f"exit {done.code} without a torn line: {done.err}")
    case.is_prefix("end of input")
    case.told_is_journalled(done.out)
    case.resume()


def two_writers(case: Case) -> None:
    with open(case.dir / "out", "wb") as out:
        first = started(case.session, case.journal, out)
        lines = boundary(case)
        feed_until(case, first, lines)
        second = run_exec(case.session.rules, b"".join(case.session.input), case.journal, resume=True)
        case.refused(second, (73, 75), "another process", str(case.journal), "hint")
        expect(second.out == b"", "the second writer told something")
        first.stdin.write(b"".join(case.session.input[lines:]))
        done = stopped(first)
    expect(done.code == 0, f"the first writer ended with {done.code}: {done.err}")
    case.compare(case.session)


def copy_journal(case: Case) -> None:
    for name, content in case.session.files.items():
        (case.dir / name).write_bytes(content)


def torn_tail(case: Case) -> None:
    """The last file of a journal cut off at any byte."""
    copy_journal(case)
    content = case.journal.read_bytes()
    cut = case.rng.randrange(len(content) + 1)
    os.truncate(case.journal, cut)
    case.resume()
    tail = content[:cut][content[:cut].rfind(b"\n") + 1 :]
    torn = case.dir / "journal.torn"
    kept = torn.read_bytes() if torn.exists() else b""
    # A tail that is a whole line but for its line feed is kept as the line it is.
    expect(not tail or tail + b"\n" == kept or content[cut : cut + 1] == b"\n", "the torn tail is not kept")


def garbage_appended(case: Case) -> None:
    copy_journal(case)
    garbage = case.rng.randbytes(case.rng.randrange(1, 200))
    if case.rng.random() < 0.5:
        garbage = case.rng.choice([b'{"t":"fill"', b"\0" * 4096, b"{}\n", b"\n", case.session.files["journal"][:50]])
    with open(case.journal, "ab") as journal:
        journal.write(garbage)
    if b"\n" in garbage:
        refuses_damage(case)
    else:
        case.resume()


def damaged(case: Case) -> None:
    """A byte changed, a line missing, doubled or moved: found, named, and nothing is done."""
    copy_journal(case)
    name = case.rng.choice(sorted(case.session.files))
    path = case.dir / name
    lines = path.read_bytes().splitlines(keepends=True)
    how = case.rng.choice(["byte", "missing", "doubled", "moved"])
    at = case.rng.randrange(len(lines))
    last = name == "journal" and at == len(lines) - 1
    if how == "byte":
        changed = bytearray(lines[at])
        changed[case.rng.randrange(len(changed) - 1)] ^= 1 << case.rng.randrange(7)
        lines[at] = bytes(changed)
    elif how == "missing" and len(lines) > 1:
        if last:  # lines cut off at the very end cannot be missed
            at -= 1
        del lines[at]
    elif how == "doubled":
        lines.insert(at, lines[at])
    elif len(lines) > 1:
        other = (at + 1) % len(lines)
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, lines[at])
    path.write_bytes(b"".join(lines))
    refuses_damage(case)


def refuses_damage(case: Case) -> None:
    before = {p.name: p.read_bytes() for p in journal_files(case.journal)}
    done = run_exec(case.session.rules, b"".join(case.session.input), case.journal, resume=True)
    case.refused(done, (65,), "journal", "line", "hint")
    expect(done.out == b"", "something was told on a damaged journal")
    after = {p.name: p.read_bytes() for p in journal_files(case.journal)}
    expect(before == after, "a damaged journal was changed")
    verify = run(command("mia-exec", [], "journal", "verify", str(case.journal)), b"")
    expect(verify.code == 65, f"verify ended with {verify.code}: {verify.err}")


def kill_pipe(case: Case) -> None:
    """mia-risk | mia-exec, one of them killed, both started again."""
    session = case.session
    source, out = case.dir / "market", case.dir / "out"
    source.write_bytes(b"".join(session.market))
    with open(source, "rb") as data, open(out, "wb") as told:
        risk = subprocess.Popen(command("mia-risk", session.rules, "-q"), stdin=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        argv = exec_argv(session.rules, case.journal, False)
        execution = subprocess.Popen(argv, stdin=risk.stdout, stdout=told, stderr=subprocess.PIPE)
        risk.stdout.close()
        time.sleep(case.rng.random() * 0.03)
        case.rng.choice([risk, execution]).send_signal(signal.SIGKILL)
        done = stopped(execution)
        risk.wait(timeout=LIMIT)
    expect(done.code in (0, 65, -signal.SIGKILL), f"mia-exec ended with {done.code}: {done.err}")
    case.is_prefix("killed")
    case.told_is_journalled(out.read_bytes())
    case.resume()


def disturbed(case: Case, market: list[bytes]) -> None:
    """A market with faults in it through both commands: they agree, and a kill changes nothing."""
    other = object.__new__(Session)
    other.rules, other.market = case.session.rules, market
    other.decided = run_risk(other.rules, market)
    reference = case.dir / "reference"
    reference.mkdir()
    done = run_exec(other.rules, other.decided, reference / "journal")
    expect(done.code == 0, f"exit {done.code}: {done.err}")
    other.input = other.decided.splitlines(keepends=True)
    other.told, other.journal = done.out, read_journal(reference / "journal")
    other.files = {p.name: p.read_bytes() for p in journal_files(reference / "journal")}
    other.facts = Facts(other.journal)
    case.outcome.doubled += other.facts.doubled()
    case.outcome.unprotected = max(case.outcome.unprotected, other.facts.unprotected)
    other.facts.check("disturbed")
    heard = [json.loads(t)["exec_id"] for t in other.input if b'"t":"acct"' in t and b'"op":"fill"' in t]
    case.outcome.lost += len(set(heard) ^ set(other.facts.fills))
    expect(heard == other.facts.fills, "risk and execution have other fills")
    if other.journal:
        case.session = other
        run_exec(other.rules, other.decided, case.journal, **limited(case.random_size(), dies=True))
        case.is_prefix("killed")
        case.resume(other)


def stamp_of(text: bytes) -> int:
    return json.loads(text)["ts"]


def moved(text: bytes, by: int) -> bytes:
    record = json.loads(text)
    for key in ("ts", "ct", "expires"):
        if key in record:
            record[key] += by
    return line(**record)


def clock_jump(case: Case) -> None:
    market, rng = list(case.session.market), case.rng
    at = rng.randrange(1, len(market))
    by = rng.choice([-5, -1, 1, 5, 60, 3600, 8 * 3600, 86_400, 3 * 86_400]) * 1_000_000
    until = len(market) if rng.random() < 0.6 else rng.randrange(at, len(market) + 1)
    disturbed(case, [moved(t, by) if at <= n < until else t for n, t in enumerate(market)])


def duplicated(case: Case) -> None:
    out = []
    for text in case.session.market:
        out.append(text)
        if case.rng.random() < 0.2:
            out.append(text)
    disturbed(case, out)


def reordered(case: Case) -> None:
    market = list(case.session.market)
    for _ in range(case.rng.randrange(1, 20)):
        at = case.rng.randrange(1, len(market) - 1)
        market[at], market[at + 1] = market[at + 1], market[at]
    disturbed(case, market)


def late(case: Case) -> None:
    """Records that come long after their stamp."""
    market = list(case.session.market)
    for _ in range(case.rng.randrange(1, 6)):
        at = case.rng.randrange(1, len(market) - 1)
        text = market.pop(at)
        market.insert(min(len(market), at + case.rng.randrange(1, 40)), text)
    disturbed(case, market)


def gap(case: Case) -> None:
    """A part of the market missing."""
    market = list(case.session.market)
    at = case.rng.randrange(1, len(market))
    disturbed(case, market[:at] + market[at + case.rng.randrange(1, 40) :])


def risk_state(case: Case) -> None:
    """mia-risk with a state folder is killed inside a line of it and goes on with later input: no order is sent twice,
    and a latch stays."""
    session, state = case.session, case.dir / "state"
    rules = [*session.rules, "risk.day_loss_r_max=1"]
    argv = command("mia-risk", rules, "-q", "--state", str(state))
    whole_run = run(command("mia-risk", rules, "-q", "--state", str(case.dir / "undisturbed")), b"".join(session.market))
    expect(whole_run.code in (0, 6), f"exit {whole_run.code}: {whole_run.err}")
    kept = case.dir / "undisturbed" / "risk-journal.ndjson"
    size = case.rng.randrange(1, sum(p.stat().st_size for p in journal_files(kept)))
    first = run(argv, b"".join(session.market), **limited(max(size, 64), dies=True))
    expect(first.code in (0, 6, -signal.SIGXFSZ), f"exit {first.code}: {first.err}")
    told = [t for t in first.out.splitlines(keepends=True) if t.endswith(b"\n")]
    passed = sum(1 for t in told if b'"by":"risk"' not in t)
    in_state = whole(read_journal(state / "risk-journal.ndjson"))
    sent = orders_in(b"".join(told))
    unknown = set(sent) - set(orders_in(in_state))
    expect(not unknown, f"orders were told that the state does not know: {unknown}")
    second = run(argv, b"".join(session.market[passed:]))
    expect(second.code in (0, 6), f"restarted: exit {second.code}: {second.err}")
    again = orders_in(second.out)
    stops = Stops()
    heard = news(in_state) + news(second.out)
    loosened = [how for record in heard for how in stops.hear(record)]
    expect(not loosened, f"stops are loosened over the restart: {loosened}")
    case.outcome.doubled += len(sent) + len(again) - len({*sent, *again})
    expect(len({*sent, *again}) == len(sent) + len(again), "an order was sent twice")
    # The latches that are set at the end are those of both runs together.
    latched = set()
    for text in [*in_state.splitlines(), *second.out.splitlines()]:
        record = json.loads(text)
        if record["t"] == "acct" and record.get("op") in ("latch", "kill"):
            latched |= set(record["latches"])
        elif record["t"] == "acct" and record.get("op") == "reset":
            latched -= set(record["latches"])
        elif record["t"] == "order" and record["op"] == "new":
            expect(not latched & {"day", "manual"}, f"{record['id']} enters behind {latched}")


def news(content: bytes) -> list[dict]:
    """The records of risk, its facts as execution would tell them, without those that tell an earlier run again."""
    out, again = [], 0
    for text in content.splitlines():
        record = json.loads(text)
        if record["t"] != "acct":
            out.append(record)
        elif record["op"] == "open":
            again = record.get("restored", 0)
        elif again > 0:
            again -= 1
        elif "reason" not in record or record["op"] != "ack":
            out.append({**record, "t": record["op"]})
    return out


def orders_in(content: bytes) -> list[str]:
    lines = (t for t in content.splitlines() if t.startswith(b'{"t":"order"'))
    return [json.loads(t)["id"] for t in lines]


def state_deleted(case: Case) -> None:
    """The state folder of mia-risk is deleted: account and latches come back from the journal of mia-exec."""
    session = case.session
    rules = [*session.rules, "risk.day_loss_r_max=0.5"]
    last = json.loads(session.market[-1])["ts"]
    decided = run_risk(rules, session.market, "--state", str(case.dir / "state"))
    done = run_exec(rules, decided, case.journal)
    expect(done.code == 0, f"exit {done.code}: {done.err}")
    if not read_journal(case.journal):
        return
    shutil.rmtree(case.dir / "state")
    latched: set[str] = set()
    for text in decided.splitlines():
        record = json.loads(text)
        if record["t"] == "acct" and record.get("op") in ("latch", "kill"):
            latched |= set(record["latches"])
        elif record["t"] == "acct" and record.get("op") == "reset":
            latched -= set(record["latches"])
    ts = last + 3_000_000
    more = [
        line(t="quote", ts=ts, sym="ESH24", bid=5000, bsz=9, ask=5000.25, asz=9, src="dbn"),
        line(t="trade", ts=ts, sym="ESH24", px=5000, sz=1, side="N", ss="none", src="dbn"),
        idea(case.rng, "idea-after", ts, 20_000),
    ]
    argv = command("mia-risk", rules, "-q", "--account", f"journal:{case.journal}", "--state", str(case.dir / "state"))
    again = run(argv, b"".join(more))
    expect(again.code in (0, 6), f"restarted: exit {again.code}: {again.err}")
    verdicts = [json.loads(t) for t in again.out.splitlines() if t.startswith(b'{"t":"verdict"')]
    if latched & {"day", "manual"}:
        expect(all(not v["pass"] for v in verdicts), f"an entry although {latched} was set before the state was deleted")
        expect(again.code == 6 or verdicts[0]["reason"] in ("DAY", "KILL"), f"refused for another reason: {verdicts[0]['reason']}")
    # The starting state is the record `open`, which has the earlier sessions in its sums, and the facts of this one.
    known = [json.loads(t).get("exec_id") for t in again.out.splitlines() if b'"t":"acct"' in t and b'"op":"fill"' in t]
    missing = set(Facts(case.journal.read_bytes()).fills) - set(known)
    case.outcome.lost += len(missing)
    expect(not missing, f"fills that the restarted risk does not know: {missing}")


KINDS = {
    "kill -9 at a boundary of the journal": (kill_at_boundary, 14),
    "killed inside a journal line": (kill_in_line, 20),
    "kill -9 at any moment": (kill_anytime, 8),
    "killed again while recovering": (kill_again, 6),
    "kill -9, then on with later input": (kill_and_go_on, 8),
    "killed inside a line, then on with later input": (kill_in_line_and_go_on, 8),
    "kill -9 of risk or exec in a pipe": (kill_pipe, 6),
    "risk killed, its state goes on": (risk_state, 6),
    "state folder deleted": (state_deleted, 4),
    "SIGTERM": (terminate, 3),
    "full disk": (disk_full, 8),
    "full disk behind stdout": (stdout_full, 2),
    "unwritable journal": (unwritable, 3),
    "closed stdout": (closed_stdout, 3),
    "end of input": (end_of_input, 5),
    "two writers": (two_writers, 3),
    "torn tail": (torn_tail, 8),
    "garbage appended": (garbage_appended, 4),
    "damaged journal": (damaged, 6),
    "clock jump": (clock_jump, 5),
    "duplicated events": (duplicated, 4),
    "reordered events": (reordered, 4),
    "late events": (late, 4),
    "gap": (gap, 3),
}

# ---- whether the script itself would notice ----

# Commands that do something wrong after the real mia-exec has done its work, and a kind of fault that must show it.
SHIM = """#!{python}
import json, os, subprocess, sys
real = [{real!r}, *sys.argv[1:]]
code = subprocess.run(real).returncode
if "--resume" in sys.argv:
    path = sys.argv[sys.argv.index("--journal") + 1]
    lines = open(path, "rb").read().splitlines(keepends=True)
    fills = [n for n, text in enumerate(lines) if text.startswith(b'{{"t":"fill"')]
    {wrong}
    open(path, "wb").write(b"".join(lines))
sys.exit(code)
"""

DEFECTS = {
    "loses a fill": ("del lines[fills[-1]]", "the fills make"),
    "doubles a fill": ("lines.insert(fills[0], lines[fills[0]])", "twice"),
    "sends an order twice": ("lines.insert(0, next(t for t in lines if t.startswith(b'{{\"t\":\"order\"')))", "twice"),
    "forgets the stops": ("lines = [t for t in lines if b'\"leg\":\"stop\"' not in t or b'\"t\":\"ack\"' not in t]", "without a stop"),
    "loosens a stop": (
        "at = [n for n, t in enumerate(lines) if b'\"leg\":\"stop\"' in t and b'\"t\":\"ack\"' in t][-1]; "
        "lines[at] = lines[at].replace(b'\"px\":', b'\"px\":1' if b'\"side\":\"B\"' in lines[at] else b'\"px\":0.')",
        "loosened",
    ),
    "writes another journal": ("lines[-1] = lines[-1].replace(b'\"n\"', b'\"m\"')", "not that of the undisturbed run"),
    "ends with another code": ("code = 1", "exit 1"),
    "says nothing": ("code = 65 if len(lines) > 3 else code", "exit 65"),
}


def prove(asked, out: Path) -> int:
    """Every defect must be seen: a script that cannot fail proves nothing."""
    real = shutil.which("mia-exec")
    unseen = 0
    for name, (wrong, word) in DEFECTS.items():
        with tempfile.TemporaryDirectory(prefix="mia-faults-shim-") as folder:
            shim = Path(folder) / "mia-exec"
            shim.write_text(SHIM.format(python=sys.executable, real=real, wrong=wrong.replace("{{", "{")), encoding="utf-8")
            shim.chmod(0o755)
            env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
            argv = [sys.executable, __file__, "--runs", "8", "--kind", "torn tail", "--seed", asked.seed, "--out", str(out / "prove")]
            done = subprocess.run(argv, env=env, capture_output=True, text=True)
            seen = done.returncode == 1 and word in done.stderr
            print(f"{'seen' if seen else 'NOT SEEN'}: an mia-exec that {name}")
            if not seen:
                print(done.stdout + done.stderr, file=sys.stderr)
                unseen += 1
    return 1 if unseen else 0


# ---- the runs ----

WORK: Path
SEED: str
SESSIONS: int
KEEP: Path


def setup(work: str, seed: str, sessions: int, keep: str) -> None:
    global WORK, SEED, SESSIONS, KEEP
    WORK, SEED, SESSIONS, KEEP = Path(work) / f"worker-{os.getpid()}", seed, sessions, Path(keep)
    WORK.mkdir(parents=True)
    WORK.chmod(0o755)


MADE: dict[int, Session] = {}


def session_of(number: int) -> Session:
    if number not in MADE:
        MADE[number] = Session(number, SEED, WORK)
    return MADE[number]


def one(job: tuple[int, str]) -> Outcome:
    number, kind = job
    outcome = Outcome(kind, number)
    rng = random.Random(f"{SEED}:run:{number}:{kind}")
    folder = WORK / f"run-{number}"
    folder.mkdir()
    try:
        session = session_of(number % SESSIONS)
        KINDS[kind][0](Case(session, rng, folder, outcome))
    except (Fault, OSError, ValueError, subprocess.SubprocessError) as fault:
        outcome.why = f"{type(fault).__name__}: {fault}"[:2000]
        kept = KEEP / f"{number}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept / "run", ignore_dangling_symlinks=True)
        if number % SESSIONS in MADE:
            (kept / "input.ndjson").write_bytes(MADE[number % SESSIONS].decided)
            (kept / "market.ndjson").write_bytes(b"".join(MADE[number % SESSIONS].market))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def jobs_of(runs: int, kinds: list[str]) -> list[tuple[int, str]]:
    """Which fault each run suffers: by weight, every kind at least once."""
    rng = random.Random("kinds")
    weights = [KINDS[kind][1] for kind in kinds]
    chosen = kinds[:runs] + rng.choices(kinds, weights, k=max(0, runs - len(kinds)))
    return list(enumerate(chosen))


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=300)
    options.add_argument("--seed", default="20260323")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--kind", action="append", help="only kinds whose name contains this")
    options.add_argument("--run", type=int, help="only this run of them, as a failure names it")
    options.add_argument("--out", default="target/faults")
    options.add_argument("--prove", action="store_true", help="whether defects put in on purpose are seen")
    asked = options.parse_args()
    kinds = [kind for kind in KINDS if not asked.kind or any(part in kind for part in asked.kind)]
    if not kinds:
        print(f"faults.py: no such kind; there are: {', '.join(KINDS)}", file=sys.stderr)
        return 2
    out = Path(asked.out)
    if asked.prove:
        return prove(asked, out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    jobs = jobs_of(asked.runs, kinds)
    if asked.run is not None:
        jobs = [job for job in jobs if job[0] == asked.run]
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else None
    work = tempfile.mkdtemp(prefix="mia-faults-", dir=base)
    os.chmod(work, 0o755)
    sessions = max(4, min(60, asked.runs // 40))
    begun = time.monotonic()
    setting = (work, asked.seed, sessions, str(out / "failed"))
    try:
        with concurrent.futures.ProcessPoolExecutor(asked.jobs, initializer=setup, initargs=setting) as pool:
            outcomes = list(pool.map(one, jobs, chunksize=4))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return report(outcomes, asked, out, time.monotonic() - begun)


def report(outcomes: list[Outcome], asked, out: Path, seconds: float) -> int:
    rows = []
    for kind in KINDS:
        of_kind = [o for o in outcomes if o.kind == kind]
        if of_kind:
            rows.append(row(kind, of_kind))
    rows.append(row("all", outcomes))
    with open(out / "faults.ndjson", "w", encoding="utf-8") as file:
        for entry in rows:
            file.write(json.dumps({"seed": asked.seed, **entry}) + "\n")
        for outcome in outcomes:
            if outcome.why:
                file.write(json.dumps({"seed": asked.seed, "failed": outcome.run, "kind": outcome.kind, "why": outcome.why}) + "\n")
    table = ["| fault | runs | survived | lost fills | doubled | unprotected, s |", "|---|---:|---:|---:|---:|---:|"]
    for entry in rows:
        numbers = f"{entry['runs']} | {entry['survived']} | {entry['lost']} | {entry['doubled']} | {entry['unprotected']:g}"
        table.append(f"| {entry['fault']} | {numbers} |")
    text = "\n".join(table) + "\n"
    (out / "faults.md").write_text(text, encoding="utf-8")
    print(text, end="")
    print(f"{len(outcomes)} runs of real processes, seed {asked.seed}, {seconds:.0f} s")
    failed = [o for o in outcomes if o.why]
    for outcome in failed[:20]:
        print(f"run {outcome.run} ({outcome.kind}): {outcome.why}", file=sys.stderr)
    if failed:
        print(
            f"faults.py: {len(failed)} runs did not survive; again: scripts/faults.sh --seed {asked.seed} --runs {asked.runs}"
            f" --run N; their files: {out}/failed/N",
            file=sys.stderr,
        )
    return 1 if failed else 0


def row(name: str, outcomes: list[Outcome]) -> dict:
    return {
        "fault": name,
        "runs": len(outcomes),
        "survived": sum(1 for o in outcomes if not o.why),
        "lost": sum(o.lost for o in outcomes),
        "doubled": sum(o.doubled for o in outcomes),
        "unprotected": max((o.unprotected for o in outcomes), default=0.0),
    }


if __name__ == "__main__":
    sys.exit(main())
