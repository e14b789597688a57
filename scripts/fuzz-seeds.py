"""Cuts seeds for the fuzz targets from the real sample files: fuzz-seeds.py DATA CORPUS.

A seed is a small piece of a real file. Without DATA only the lines of examples in the documents are used.
"""

import json
import pathlib
import subprocess
import sys

PIECE = 3000

# target: (pattern below DATA, how it is cut)
SEEDS = {
    "scid": [("sierra/*.scid", "head")],
    "sierra_text": [("sierra/*.txt", "lines")],
    "dumper": [("must-reject/*.jsonl", "lines")],
    "iqfeed_l1": [("iqfeed/wire_messages.txt", "whole")],
    "iqfeed_depth": [("iqfeed/wire_messages.txt", "whole")],
    "iqfeed_history": [("iqfeed/*.csv*", "lines")],
    "dbn_binary": [("dbn/fixtures/*", "whole"), ("dbn/es/*definition*", "whole")],
    "cboe_csv": [("cboe-chains/*", "lines")],
    "csv": [("es-bars-5m/ESM22*", "lines"), ("es-ticks-2013/*", "lines"), ("lean/*", "lines")],
    "wire": [("reference-vectors/30_ticks.jsonl", "lines")],
    "merge": [("reference-vectors/30_ticks.jsonl", "lines")],
    "quality": [("reference-vectors/30_ticks.jsonl", "lines")],
    "quality_foreign": [("must-reject/*.jsonl", "lines"), ("must-reject/*.csv", "lines"),
                        ("must-reject/*.json", "lines"), ("must-reject/unlabelled/*", "lines")],
}


def content(path: pathlib.Path) -> bytes:
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout
    return path.read_bytes()


def cut(path: pathlib.Path, how: str) -> bytes:
    if how == "raw":
        return path.read_bytes()
    data = content(path)
    if how == "whole":
        return data
    piece = data[:PIECE]
    if how == "lines" and b"\n" in piece:
        piece = piece[: piece.rindex(b"\n") + 1]
    return piece


def main() -> None:
    data, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    if not data:
        print("fuzz-seeds: MIA_TEST_DATA is not set: no seeds from real files", file=sys.stderr)
        return
    root = pathlib.Path(data)
    for target, sources in SEEDS.items():
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        for pattern, how in sources:
            for path in sorted(root.glob(pattern)):
                (folder / f"seed-{path.name}").write_bytes(cut(path, how))
    vectors = root / "sierra/dtc/vectors.jsonl"
    folder = corpus / "dtc_binary"
    folder.mkdir(parents=True, exist_ok=True)
    for line in vectors.read_text().splitlines():
        vector = json.loads(line)
        (folder / f"seed-{vector['name']}").write_bytes(bytes.fromhex(vector["hex"]))


main()
