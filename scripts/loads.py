"""Loads what MIA writes in jq, pandas, polars and DuckDB, unmodified: loads.py FILE...

NDJSON files: every reader must see the same number of records, the same stamps to the microsecond and the same
prices and sizes. Parquet files: the columns must have the types that the documents promise, and the readers must
agree on the values. Ends with 1 and says which file, reader and column differ.
"""

import json
import math
import subprocess
import sys
from collections import Counter

import duckdb
import pandas
import polars
import pyarrow.parquet

NUMBERS = ["px", "sz", "bid", "bsz", "ask", "asz", "o", "h", "l", "c", "v", "bv", "av", "strike", "iv", "oi"]


def total(values) -> tuple[int, float]:
    """How many values there are, and their sum, independent of the order of summation."""
    present = [float(v) for v in values if v is not None and not (isinstance(v, float) and math.isnan(v))]
    return len(present), math.fsum(present)


def facts_of(columns: list[str], column) -> dict:
    """What a reader must agree on; `column` gives the values of a column."""
    facts = {"kinds": dict(sorted(Counter(column("t")).items()))}
    facts["stamps"] = sum(int(ts) for ts in column("ts"))
    for name in NUMBERS:
        if name in columns:
            facts[name] = total(column(name))
    return facts


def ndjson(path: str) -> str:
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    names = {key for row in rows for key in row}
    expected = facts_of(names, lambda name: [row.get(name) for row in rows])

    # Its quick parser, the default, is off by a last bit now and then.
    loaded = pandas.read_json(path, lines=True, precise_float=True)
    compare(path, "pandas", expected, facts_of(loaded.columns, lambda name: loaded[name].tolist()))

    frame = polars.read_ndjson(path, infer_schema_length=None)
    if frame["ts"].dtype != polars.Int64:
        fail(path, "polars", f"ts is {frame['ts'].dtype}")
    compare(path, "polars", expected, facts_of(frame.columns, lambda name: frame[name].to_list()))

    # A stream of many kinds has many keys, each in few records: by default that is read as one map.
    table = duckdb.sql(f"select * from read_ndjson('{path}', sample_size=-1, map_inference_threshold=-1)")
    types = dict(zip(table.columns, map(str, table.types)))
    if types["ts"] != "BIGINT":
        fail(path, "duckdb", f"ts is {types['ts']}")
    fetched = {name: [] for name in table.columns}
    for row in table.fetchall():
        for name, value in zip(table.columns, row):
            fetched[name].append(value)
    compare(path, "duckdb", expected, facts_of(table.columns, fetched.__getitem__))

    program = "reduce .[] as $r ({}; .[$r.t] += 1) | to_entries | map([.key, .value]) | sort"
    kinds = json.loads(subprocess.run(["jq", "-sc", program, path], check=True, capture_output=True).stdout)
    if dict(kinds) != expected["kinds"]:
        fail(path, "jq", f"{dict(kinds)} instead of {expected['kinds']}")
    stamps = subprocess.run(["jq", "-n", "reduce inputs as $r (0; . + ($r.ts % 1000000007))", path],
                            check=True, capture_output=True).stdout
    if int(stamps) != sum(row["ts"] % 1_000_000_007 for row in rows):
        fail(path, "jq", "stamps differ")
    return f"{len(rows)} records, {len(names)} keys"


def parquet(path: str) -> str:
    schema = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(path)}
    if schema["ts"] != "timestamp[us, tz=UTC]":
        fail(path, "schema", f"ts is {schema['ts']}")
    for name in NUMBERS:
        kind = schema.get(name)
        if kind is not None and kind not in ("double", "int64", "uint64"):
            fail(path, "schema", f"{name} is {kind}")
    frame = polars.read_parquet(path)
    names = [name for name in NUMBERS if name in schema]

    def facts(column, rows):
        return {"rows": rows} | {name: total(column(name)) for name in names}

    expected = facts(lambda name: frame[name].to_list(), frame.height)
    loaded = pandas.read_parquet(path)
    compare(path, "pandas", expected, facts(lambda name: loaded[name].tolist(), len(loaded)))
    if not isinstance(loaded["ts"].dtype, pandas.DatetimeTZDtype):
        fail(path, "pandas", f"ts is {loaded['ts'].dtype}")
    table = duckdb.sql(f"select * from '{path}'")
    if str(dict(zip(table.columns, table.types))["ts"]) != "TIMESTAMP WITH TIME ZONE":
        fail(path, "duckdb", "ts is no time")
    values = {name: [row[0] for row in duckdb.sql(f"select \"{name}\" from '{path}'").fetchall()] for name in names}
    compare(path, "duckdb", expected, facts(values.__getitem__, len(table)))
    return f"{frame.height} rows, {len(schema)} columns"


def compare(path: str, reader: str, expected: dict, seen: dict) -> None:
    for key, value in expected.items():
        if seen.get(key) != value:
            fail(path, reader, f"{key} is {seen.get(key)} instead of {value}")


def fail(path: str, reader: str, what: str) -> None:
    sys.exit(f"loads.py: {path}: {reader}: {what}")


for name in sys.argv[1:]:
    told = parquet(name) if name.endswith(".parquet") else ndjson(name)
    print(f"{name}: {told}: the same in every reader")
