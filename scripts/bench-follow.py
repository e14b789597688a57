"""How soon a record appended to a followed .scid file is on standard output: bench-follow.py MIA-FEED [RECORDS]"""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

EPOCH_US = 25_569 * 86_400_000_000
EXAMPLE = pathlib.Path(__file__).parent.parent / "data/examples/ESM26_FUT_CME.scid"

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / EXAMPLE.name
    path.write_bytes(EXAMPLE.read_bytes())
    command = [sys.argv[1], "sierra", str(path), "--follow", "--only", "trade", "--quiet"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    time.sleep(1)
    took, last = [], 0
    with path.open("ab", buffering=0) as file:
        for i in range(int(sys.argv[2]) if len(sys.argv) > 2 else 1500):
            last = max(time.time_ns() // 1000, last + 1)
            record = struct.pack("<q4s3f4I", last + EPOCH_US, bytes(4), 496250, 496225, 496250, 1, 3, 0, 3)
            start, line = time.perf_counter(), b""
            file.write(record)
            while not line.endswith(b"\n"):
                line += os.read(child.stdout.fileno(), 65536)
            took.append((time.perf_counter() - start) * 1000)
            time.sleep(0.01 + 0.00037 * (i % 23))
    child.terminate()
    took.sort()
    print(f"{len(took)} records: p50 {took[len(took) // 2]:.2f} ms, p99 {took[len(took) * 99 // 100]:.2f} ms, "
          f"most {took[-1]:.2f} ms")
