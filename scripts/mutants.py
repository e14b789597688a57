"""The tree of scripts/mutants.sh, and what its runs leave in docs/mutants.md.

mutants.py tree DIR              make or renew the tree of two crates
mutants.py full OUT MARKDOWN     rewrite the table of survivors; exit 1 if one is not explained
mutants.py sample OUT MARKDOWN   change nothing; exit 1 if a survivor is not explained there
"""

import json
import re
import sys
import tomllib
from pathlib import Path

# The rooms that mia-signal stands on, and those that its tests put before it.
BELOW = ["market", "config", "wire", "options", "features"]
ROOM = "strategies"
BEGIN, END = "<!-- mutants: begin -->", "<!-- mutants: end -->"
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
    return [n for n in names if re.search(rf"(?<![\w:]){n.replace('-', '_')}::", text)]


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
    # The tests, and the modules beside them that they import.
    tests, todo = {"signals"}, ["signals"]
    while todo:
        name = todo.pop()
        files = [Path("tests/it") / f"{name}.rs"]
        if not (Path("tests/it") / name).is_dir():
            copy(files[0], root / "tests/it" / files[0].name)
        if (Path("tests/it") / name).is_dir():
            copy(Path("tests/it") / name, root / "tests/it" / name)
            files += sorted((Path("tests/it") / name).rglob("*.rs"))
            # Tests that start a command or lean on other tests need the whole package.
            other = re.compile(r"CARGO_BIN_EXE|\bcrate::(?!data\b)[a-z_]+")
            commands = [f.stem for f in files[1:] if other.search(f.read_text())]
            text = files[0].read_text()
            for stem in commands:
                text = text.replace(f"mod {stem};\n", "")
                (root / "tests/it" / name / f"{stem}.rs").unlink()
            write(root / "tests/it" / files[0].name, text)
            files = [f for f in files if f.stem not in commands]
        for file in files:
            for other in re.findall(r"\bcrate::([a-z_]+)", file.read_text()):
                if other not in tests:
                    tests.add(other)
                    todo.append(other)
    write(root / "tests/it/main.rs", "".join(f"mod {name};\n" for name in sorted(tests)))

    package = 'version = "0.0.0"\nedition = "2024"\npublish = false\n'
    own = [root / "src"]
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
        + lines(deps | dev, [n for n in used([*own, root / "tests"], [*deps, *dev]) if n not in used(own, list(deps))])
        + "\n[profile.dev]\nopt-level = 0\ndebug = false\n"
        # The layers below are built once and run for every mutant.
        + '\n[profile.dev.package.mia-below]\nopt-level = 1\n\n[profile.dev.package."*"]\nopt-level = 1\n',
    )
    below_rooms = "".join(f"pub use mia_below::{r};\n" for r in BELOW)
    write(root / "src/lib.rs", f"{below_rooms}pub mod {ROOM};\n")
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


def numbered(names: list[str]) -> list[tuple[str, str]]:
    """Equal changes of one function are told apart by a number."""
    seen: dict[tuple[str, str], int] = {}
    result = []
    for file, change in map(key, names):
        n = seen[file, change] = seen.get((file, change), 0) + 1
        result.append((file, change if n == 1 else f"{change} ({n})"))
    return result


def table(text: str) -> dict[tuple[str, str], str]:
    rows = {}
    for line in text.splitlines():
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)]
        if len(cells) == 5 and cells[1].startswith("`"):
            rows[cells[1].strip("`"), cells[2].strip("`")] = cells[3]
    return rows


def report(mode: str, out: Path, markdown: Path) -> int:
    outcomes = json.loads((out / "outcomes.json").read_text())
    counts = {k: outcomes[k] for k in ("caught", "missed", "timeout", "unviable")}
    missed = [n for n in (out / "missed.txt").read_text().splitlines() if n]
    tested = sorted(
        {o["scenario"]["Mutant"]["file"].removeprefix("src/") for o in outcomes["outcomes"] if "Mutant" in o["scenario"]}
    )
    text = markdown.read_text()
    before, rest = text.split(BEGIN)
    old, after = rest.split(END)
    known = table(old)
    # A sample sees some of the equal changes of a function: any explained one will do for it.
    rows = dict.fromkeys(numbered(missed)) if mode == "full" else dict.fromkeys(map(key, missed))
    for row in rows:
        rows[row] = known.get(row, OPEN)
    print(
        f"{counts['caught']} caught, {counts['timeout']} timed out, {counts['unviable']} did not compile, "
        f"{counts['missed']} survived"
    )
    if mode == "full":
        kept = {row: why for row, why in known.items() if row[0] not in tested}
        merged = sorted((kept | rows).items())
        body = [f"| `{file}` | `{change}` | {why} |" for (file, change), why in merged]
        markdown.write_text(before + BEGIN + "\n" + "\n".join(HEAD + body) + "\n" + END + after)
    unexplained = [row for row, why in rows.items() if why == OPEN]
    for file, change in unexplained:
        print(f"survived: {file}: {change}", file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "tree":
        tree(Path(sys.argv[2]))
    elif len(sys.argv) == 4 and sys.argv[1] in ("full", "sample"):
        sys.exit(report(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
    else:
        sys.exit(__doc__)
