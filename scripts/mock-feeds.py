"""A made-up DTC or IQFeed server on this machine, to try mia-feed without either program: mock-feeds.py dtc|iqfeed TAPE

Prints its port, serves one client the trades and quotes of TAPE (NDJSON of mia-feed synth, or of any feed), and ends.
The bytes are built from the vendors' layouts with nothing of MIA, so it checks the clients as well. What it sends is not
marked as made up on the wire, as a test server of the vendor would not: never trade on it.
"""

import datetime
import json
import socket
import struct
import sys
import time
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def records(path: str):
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if record["t"] in ("trade", "quote"):
            yield record


def dtc(client: socket.socket, tape: str) -> None:
    """Binary DTC, version 8: the encoding, the log-on, one symbol, its trades (146) and quotes (144)."""
    data, symbol = b"", None

    def receive():
        nonlocal data
        while len(data) < 4 or len(data) < struct.unpack_from("<H", data)[0]:
            more = client.recv(4096)
            if not more:
                raise SystemExit("mock-feeds.py: the client left before it subscribed")
            data += more
        size, kind = struct.unpack_from("<HH", data)
        message, data = data[:size], data[size:]
        return kind, message

    while symbol is None:
        kind, message = receive()
        if kind == 6:
            client.sendall(struct.pack("<HHii4s", 16, 7, 8, 0, b"DTC"))
        elif kind == 1:
            flags = bytearray(256 - 4)
            struct.pack_into("<ii96s", flags, 0, 8, 1, b"Welcome")
            flags[176 - 4:176 - 4 + 4] = b"mock"
            for offset in (252, 247, 248):
                flags[offset - 4] = 1
            client.sendall(struct.pack("<HH", 256, 2) + flags)
        elif kind == 101:
            symbol = struct.unpack_from("<I", message, 8)[0]
    out = bytearray()
    for record in records(tape):
        now = time.time_ns() // 1000
        if record["t"] == "trade":
            side = {"B": 2, "S": 1}.get(record["side"], 0)
            out += struct.pack("<HHIfIqBbb", 27, 146, symbol, record["px"], record["sz"], now, side, 0, 0)
        elif record["bid"] is not None and record["ask"] is not None:
            out += struct.pack("<HHIffffq", 32, 144, symbol, record["bid"], record["bsz"], record["ask"], record["asz"], now)
    client.sendall(out)
    time.sleep(0.5)
    client.sendall(struct.pack("<HH96sB1x", 102, 5, b"end of the mock session", 1))


def iqfeed(client: socket.socket, tape: str) -> None:
    """Level 1, protocol 6.2: the fields that the client selects, every trade and quote as an update line."""
    lines, fields, symbol = client.makefile("rb"), [], None

    def send(text: str) -> None:
        client.sendall((text + "\r\n").encode())

    send("S,KEY,1")
    send("S,SERVER CONNECTED")
    while symbol is None:
        line = lines.readline().decode().strip()
        if not line:
            raise SystemExit("mock-feeds.py: the client left before it watched a symbol")
        if line.startswith("S,SET PROTOCOL,"):
            send("S,CURRENT PROTOCOL," + line.rsplit(",", 1)[1])
        elif line.startswith("S,SELECT UPDATE FIELDS,"):
            fields = line.split(",")[2:]
            send("S,CURRENT UPDATE FIELDNAMES," + ",".join(fields))
        elif line[:1] in "wt":
            symbol = line[1:]
    bid = ask = trade = None
    for number, record in enumerate(records(tape), 1):
        at = datetime.datetime.now(NEW_YORK)
        if record["t"] == "trade":
            trade, contents = record, "Cva" if bid else "C"
        else:
            bid, ask, contents = (record["bid"], record["bsz"]), (record["ask"], record["asz"]), "ba"
        if trade is None or bid is None:
            continue
        clock, date = f"{at:%H:%M:%S.%f}", f"{at:%m/%d/%Y}"
        values = {
            "Symbol": symbol, "Most Recent Trade": trade["px"], "Most Recent Trade Size": trade["sz"],
            "Most Recent Trade Date": date, "Most Recent Trade Time": clock,
            "Most Recent Trade Aggressor": {"B": 1, "S": 2}.get(trade["side"], 0),
            "Most Recent Trade Conditions": "01", "TickID": number, "Bid": bid[0], "Bid Size": bid[1], "Bid Time": clock,
            "Ask": ask[0], "Ask Size": ask[1], "Ask Time": clock, "Total Volume": number, "Message Contents": contents,
        }
        send("Q," + ",".join(str(values.get(field, "")) for field in fields) + ",")
    time.sleep(0.5)


def main() -> None:
    kind, tape = sys.argv[1], sys.argv[2]
    with socket.create_server(("127.0.0.1", int(sys.argv[3]) if len(sys.argv) > 3 else 0)) as server:
        server.settimeout(60)
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
        client.settimeout(60)
        with client:
            {"dtc": dtc, "iqfeed": iqfeed}[kind](client, tape)


main()
