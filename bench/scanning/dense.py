"""Measures text that is mostly numbers: `make bench ARGS="dense [MEGABYTES [NAME…]]"`.

Each shape is read by this scanner and by bare pyahocorasick, in turns, the fastest of which count.
Such text packs well: a few hundred kilobytes hold 90 MB of it, and may not be refused because
reading them takes longer than `inspect_timeout`.
"""

from __future__ import annotations

import random
import sys
from functools import partial

from bench.scanning.__main__ import OURS, fastest, inspect
from bench.scanning.rivals import REFERENCE, Scan, words_in
from dlp.inspection import Core
from dlp.policy.load import preset

__all__ = ["SHAPES", "made"]

MEGABYTES = 1.0
TURNS = 3

#: Name -> the first line, or nothing, and how the others are written: any digit stands for 9, any
#: hexadecimal one for x.
SHAPES: dict[str, tuple[str, str]] = {
    "a column of 11 digits": ("account", "99999999999"),
    "a column of 13 digits": ("ean", "3999999999999"),
    "columns of 13 digits": ("ean;order", "3999999999999;9999999999999"),
    "a column of 15 digits": ("imei", "999999999999999"),
    "columns of 11 to 20 digits": ("a;b;c;d", ";".join("9" * size for size in (11, 15, 18, 20))),
    "orders": (
        "Numéro de commande;Date;Client;EAN;Quantité;Montant",
        "999999999999999;2024-01-19;Moreau SARL;3999999999999;19;999.99",
    ),
    "milliseconds": ("time,value", "1740999999999,99.99"),
    "small numbers": ("a,b,c,d,e,f", "999,999,999,999,999,999"),
    "floats of sensors": ("time,t,h,v", "2025-03-01T10:00:99Z,99.99,999.99999,0.9999999"),
    "floats, blanks between": ("x y z w", "0.999999 0.999999 0.999999 0.999999"),
    "a matrix": ("", " ".join("9" * 60)),
    "tabs": ("", "\t".join(["999999"] * 8)),
    "fixed width": ("", "9" * 46),
    "fixed width, blanks": ("", "    9999   99999999   99999     999.9999"),
    "an array": ("[", "19999999999999, 99999999999,"),
    "objects": (
        "",
        '{"id": 1999999999999, "ts": 1740999999999, "values": [999, 999, 999], "lat": 99.999999}',
    ),
    "UUIDs": ("", "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx"),
    "digests": ("", "x" * 64 + "  file999.dat"),
    "log with numbers": (
        "",
        "2025-03-01T10:00:99Z INFO order=199999999999999 session=xxxxxxxxxxxxxxxx ms=999 trace=9",
    ),
    "telephones": ("number;other", "01 99 99 99 99;06 99 99 99 99"),
    "cards and accounts": (
        "iban;card",
        "FR76 9999 9999 9999 9999 999;9999 9999 9999 9999",
    ),
    "SQL": (
        "",
        "INSERT INTO orders (id, ean, number, at) VALUES "
        + ", ".join(["(9999, 3999999999999, '199999999999999', '2025-03-19 10:00:00')"] * 20)
        + ";",
    ),
    "dates and amounts": ("date;amount;balance", "19/01/2025;99999.99;999999.99"),
}


def made(name: str, size: int) -> bytes:
    """Return `size` bytes of a shape."""
    title, line = SHAPES[name]
    template = f"{title}\n" * bool(title) + f"{line}\n" * (size // len(line) + 1)
    chance = random.Random(name)
    digits = iter(chance.choices("0123456789", k=template.count("9")))
    others = iter(chance.choices("0123456789abcdef", k=template.count("x")))
    drawn = {"9": digits, "x": others}
    head, text = template[: len(title)], template[len(title) :]
    return (head + "".join(next(drawn[c]) if c in drawn else c for c in text)).encode()[:size]


def main(arguments: list[str]) -> None:
    size = int(float(arguments[0] if arguments else MEGABYTES) * 1e6)
    core = Core.build(policy=preset("balanced"), key=b"bench" * 4)
    core.detectors.warm()
    for name in arguments[1:] or SHAPES:
        data = made(name, size)
        assert not inspect(core, data).verdict.action.stops
        scans: dict[str, Scan] = {
            OURS: partial(inspect, core, data),
            REFERENCE: partial(words_in, data.decode()),
        }
        took = fastest(scans, TURNS)
        ours, theirs = (size / took[who] / 1e6 for who in (OURS, REFERENCE))
        print(f"{name:<28}{ours:8.2f} MB/s{theirs:8.1f}{ours / theirs:8.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
