"""The tree of scripts/mutants.sh, and what its runs leave in docs/mutants.md.

mutants.py tree DIR              make or renew the tree of two crates
mutants.py full MARKDOWN LIST OUT...     rewrite the tables; exit 1 if a survivor is not explained
mutants.py sample MARKDOWN LIST OUT...   change nothing; exit 1 if a survivor is not explained there

LIST has the name of every mutant, OUT is what a run of cargo-mutants left; a later one counts.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

# The rooms that mia-signal stands on, and those that its tests put before it.
BELOW = ["market", "config", "wire", "options", "features"]
ROOM = "strategies"
# Tests of many random sessions: a mutant must fall to a test of seconds.
SLOW = {"properties", "random_walk"}
BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
COUNTS = "<!-- counts: begin -->", "<!-- counts: end -->"
KINDS = {"caught": "CaughtMutant", "timed out": "Timeout", "did not compile": "Unviable", "survived": "MissedMutant"}
HEAD = ["| file | mutant | why it survives |", "|---|---|---|"]
OPEN = "**not explained**"


def write(path: Path, data: str | bytes) -> None:
    """Writes what changed only: cargo looks at the time of a file."""
    data = data.encode() if isinstance(data, str) else data
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def copy(source: Path, target: Path) -> None:
    """Makes the folder (or file) `target` equal to `source`."""
    if source.is_file():
        write(target, source.read_bytes())
        return
    for old in [p for p in target.rglob("*") if p.is_file()]:
        if not (source / old.relative_to(target)).is_file():
            old.unlink()
    for file in [p for p in source.rglob("*") if p.is_file()]:
        write(target / file.relative_to(source), file.read_bytes())


def used(sources: list[Path], names: list[str]) -> list[str]:
    text = "\n".join(p.read_text() for s in sources for p in sorted(s.rglob("*.rs")))
    found = set(re.findall(r"(?<![\w:])(\w+)::", text))
    return [n for n in names if n.replace("-", "_") in found]


def lines(table: dict, names: list[str]) -> str:
    def value(v: object) -> str:
        if isinstance(v, str):
            return json.dumps(v)
        pairs = ", ".join(f"{k} = {json.dumps(x)}" for k, x in v.items())
        return "{ " + pairs + " }"

    return "".join(f"{n} = {value(table[n])}\n" for n in names)


def tree(root: Path) -> None:
    manifest = tomllib.loads(Path("Cargo.toml").read_text())
    deps, dev = manifest["dependencies"], manifest["dev-dependencies"]
    deps = {n: v for n, v in deps.items() if not (isinstance(v, dict) and v.get("optional"))}
    rooms = [Path("src") / r for r in BELOW]
    for room in rooms:
        copy(room, root / "below/src" / room.name)
    copy(Path("config"), root / "below/config")
    copy(Path("src") / ROOM, root / "src" / ROOM)
    # The tests, and the modules beside them that they import. They become tests of the library itself:
    # one thing to compile and to link a mutant. Tests run in the order of the alphabet: `whole` comes after
    # the unit tests of the room, which are faster.
    place = {"signals": "whole"}
    tests, todo = {"signals"}, ["signals"]
    while todo:
        name = todo.pop()
        files = [Path("tests/it") / f"{name}.rs"]
        if not (Path("tests/it") / name).is_dir():
            copy(files[0], root / "src" / files[0].name)
        if (Path("tests/it") / name).is_dir():
            copy(Path("tests/it") / name, root / "src" / place.get(name, name))
            files += sorted((Path("tests/it") / name).rglob("*.rs"))
            # Tests that start a command or lean on other tests need the whole package.
            other = re.compile(r"CARGO_BIN_EXE|\bcrate::(?!data\b)[a-z_]+")
            commands = [f.stem for f in files[1:] if f.stem in SLOW or other.search(f.read_text())]
            text = files[0].read_text()
            for stem in commands:
                text = text.replace(f"mod {stem};\n", "")
                (root / "src" / place.get(name, name) / f"{stem}.rs").unlink()
            write(root / "src" / f"{place.get(name, name)}.rs", text)
            files = [f for f in files if f.stem not in commands]
        for file in files:
            for other in re.findall(r"\bcrate::([a-z_]+)", file.read_text()):
                if other not in tests:
                    tests.add(other)
                    todo.append(other)

    package = 'version = "0.0.0"\nedition = "2024"\npublish = false\n'
    own = [root / "src" / ROOM]
    below = [root / "below/src"]
    write(
        root / "below/Cargo.toml",
        f'[package]\nname = "mia-below"\n{package}\n[lib]\ndoctest = false\ntest = false\n\n'
        f"[dependencies]\n{lines(deps, used(below, list(deps)))}",
    )
    write(root / "below/src/lib.rs", "".join(f"pub mod {r};\n" for r in BELOW))
    write(
        root / "Cargo.toml",
        "# Made by scripts/mutants.py.\n[workspace]\nmembers = [\"below\"]\ndefault-members = [\".\"]\n\n"
        f'[package]\nname = "mia-mutants"\n{package}\n[lib]\nname = "mia"\ndoctest = false\n\n'
        f'[dependencies]\nmia-below = {{ path = "below" }}\n{lines(deps, used(own, list(deps)))}\n'
        "[dev-dependencies]\n"
        + lines(deps | dev, [n for n in used([root / "src"], [*deps, *dev]) if n not in used(own, list(deps))])
        + "\n[profile.dev]\nopt-level = 0\ndebug = false\n"
        + '\n[profile.dev.package."*"]\nopt-level = 1\n',
    )
    below_rooms = "".join(f"pub use mia_below::{r};\n" for r in BELOW)
    own_tests = "".join(f"#[cfg(test)]\nmod {place.get(name, name)};\n" for name in sorted(tests))
    write(root / "src/lib.rs", f"extern crate self as mia;\n{below_rooms}pub mod {ROOM};\n{own_tests}")
    # Cargo takes out of the copy what the tree does not need.
    if not (root / "source.lock").is_file() or (root / "source.lock").read_text() != Path("Cargo.lock").read_text():
        copy(Path("Cargo.lock"), root / "Cargo.lock")
        copy(Path("Cargo.lock"), root / "source.lock")


def key(name: str) -> tuple[str, str]:
    """File and change of a mutant, without its place in the file: lines move."""
    found = re.fullmatch(r"src/(\S+?\.rs):\d+(?::\d+)?: (.*)", name)
    if not found:
        raise SystemExit(f"mutants.py: `{name}` is not the name of a mutant")
    return found[1], found[2].replace("|", "\\|")


def numbered(names: list[str]) -> dict[str, tuple[str, str]]:
    """Equal changes of one function are told apart by a number, in the order of the file."""
    seen: dict[tuple[str, str], int] = {}
    result = {}
    for name in names:
        file, change = key(name)
        n = seen[file, change] = seen.get((file, change), 0) + 1
        result[name] = (file, change if n == 1 else f"{change} ({n})")
    return result


def table(text: str) -> dict[tuple[str, str], str]:
    rows = {}
    for line in text.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)]
        if len(cells) == 5 and cells[1].startswith("`"):
            rows[cells[1].strip("`"), cells[2].strip("`")] = cells[3]
    return rows


def between(text: str, marks: tuple[str, str], body: list[str]) -> str:
    before, rest = text.split(marks[0])
    return before + "\n".join([marks[0], *body, marks[1]]) + rest.split(marks[1])[1]


def counted(old: str, names: list[str], results: dict[str, str]) -> list[str]:
    """Rows of the table of counts: every file, and the sum; files that were not asked for keep theirs."""
    head = ["file", "mutants", "run", *KINDS]
    rows: dict[str, dict[str, int]] = {}
    for file, numbers in re.findall(r"^\| `(\S+)` \|([\d |]+)\|$", old, re.M):
        rows[file] = dict(zip(head[1:], map(int, numbers.split("|")), strict=True))
    for file in {key(name)[0] for name in names}:
        rows[file] = dict.fromkeys(head[1:], 0)
    for name in names:
        row = rows[key(name)[0]]
        row["mutants"] += 1
        kind = next((k for k, v in KINDS.items() if v == results.get(name)), None)
        if kind:
            row["run"] += 1
            row[kind] += 1
    rows = dict(sorted(rows.items()))
    rows["sum"] = {k: sum(row[k] for row in rows.values()) for k in head[1:]}
    body = [f"| {'' if f == 'sum' else '`'}{f}{'' if f == 'sum' else '`'} | " for f in rows]
    return [
        f"| {' | '.join(head)} |",
        "|---" + "|---:" * (len(head) - 1) + "|",
        *(b + " | ".join(str(n) for n in row.values()) + " |" for b, row in zip(body, rows.values(), strict=True)),
    ]


def report(mode: str, markdown: Path, names: list[str], outs: list[Path]) -> int:
    results: dict[str, str] = {}
    for out in outs:
        for outcome in json.loads((out / "outcomes.json").read_text())["outcomes"]:
            if "Mutant" in outcome["scenario"]:
                results[outcome["scenario"]["Mutant"]["name"]] = outcome["summary"]
    missed = [n for n in names if results.get(n) == "MissedMutant"]
    text = markdown.read_text()
    known = table(text.split(BEGIN)[1].split(END)[0])
    rows = {row: known.get(row, OPEN) for name, row in numbered(names).items() if name in missed}
    summary = ", ".join(f"{sum(r == v for r in results.values())} {k}" for k, v in KINDS.items())
    print(f"{len(results)} mutants: {summary}")
    if mode == "full":
        tested = {key(n)[0] for n in names}
        merged = sorted(({r: w for r, w in known.items() if r[0] not in tested} | rows).items())
        body = [f"| `{file}` | `{change}` | {why} |" for (file, change), why in merged]
        text = between(text, (BEGIN, END), HEAD + body)
        old = text.split(COUNTS[0])[1].split(COUNTS[1])[0]
        markdown.write_text(between(text, COUNTS, counted(old, names, results)))
    unexplained = [row for row, why in rows.items() if why == OPEN]
    for file, change in unexplained:
        print(f"survived: {file}: {change}", file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "tree":
        tree(Path(sys.argv[2]))
    elif len(sys.argv) >= 4 and sys.argv[1] in ("full", "sample"):
        names = Path(sys.argv[3]).read_text().splitlines()
        sys.exit(report(sys.argv[1], Path(sys.argv[2]), names, [Path(out) for out in sys.argv[4:]]))
    else:
        sys.exit(__doc__)
