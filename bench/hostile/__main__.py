"""Measures what input made to be slow costs: `make bench ARGS="hostile [MEGABYTES [NAME…]]"`.

Each input is inspected at a quarter, a half and the whole of its size. Time that more than doubles
with the size is not linear, and named.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import cycle, islice, pairwise

from bench.patients import patients
from dlp.inspection import Core, Inspection
from dlp.policy.load import preset

CHUNK = 256 * 1024
MEGABYTES = 10.0
# The half of a doubling that a busy machine may add.
LINEAR = 2.6
# Shorter times are the clock's noise.
SHORTEST = 0.02

NIRS = [one.nir for one in patients(50)]
#: Name -> what is repeated, or how long a text is made.
INPUTS: dict[str, str | list[str]] = {
    "digits": "0123456789",
    "one digit": "7",
    "digits with spaces": "1 2 ",
    "separators": " .-_/",
    "no-break spaces": "\u00a0",
    "invisible characters": "\u200b\u00ad",
    "digits between tags": "1<b>2</b>",
    "numbers that fail": [f"{1850578006084 + 7 * n}98 " for n in range(9973)],
    "numbers in shape, in lines": [f"1850578{n:06d}11\n" for n in range(9973)],
    "numbers that pass": [f"{nir} " for nir in NIRS],
    "a prefix of a lexicon": "diab",
    "a word of the lexicon": "VIH ",
    "an abbreviation inside of words": "xHIVx",
    "a trigger, glued": "nir",
    "a trigger, alone": "nir ",
    "a trigger and a colon": "patient: ",
    "a name of a field": '"nom":',
    "titles that nobody has": "diagnosis;",
    "fields": '"nom": "Martin", "date_naissance": "',
    "births": "01/02/1980 ",
    "mentions": "Martin Paul 01/02/1980 ",
    "headers of tables": "nom;prenom;nir\n",
    "a header that never ends": "nom;prenom;nir;",
    "delimiters": ";",
    "quotes": '"',
    "quoted delimiters": '";"',
    "newlines": "\n",
    "nested brackets": "[{(<",
    "opening brackets": "[",
    "opening tags": "<td>",
    "rows of HTML": "<tr><td>nom<td>prenom",
    "tags that never close": "<a ",
    "SQL": "INSERT INTO t (nom, prenom, nir) VALUES (",
    "SQL strings": "INSERT INTO t (nom, nir) VALUES ('" + "\\'" * 40,
    "HL7": "PID|||\r",
    "FHIR": '"identifier":[{"value":"1',
    "EDIFACT": "PNA+PAT+",
    "backslashes": "\\",
    "backslashes, then a letter": ["\\" * 99_999 + "n"],
    "escapes of JSON": "\\u0031",
    "percents": "%25",
    "ampersands": "&amp;",
    "cut entities": "&#",
    "base64": "QUJD",
    "base64 with line ends": "QUJD\r\n",
    "short runs of base64": "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD ",
    "form": "a=%31&",
    "mail": "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
    "boundaries": "--a\r\n",
    "one endless line": [f"word{n} " for n in range(9973)],
    "NUL": "\x00",
    "high bytes": "\u00ff",
    "prompts": ">>> 1850578006084 98 ",
}


def made(what: str | list[str], size: int) -> bytes:
    """Return `size` bytes of an input."""
    if isinstance(what, str):
        part = what.encode()
        return (part * (size // len(part) + 1))[:size]
    parts = [one.encode() for one in what]
    whole = b"".join(islice(cycle(parts), size // min(map(len, parts)) + 1))
    return whole[:size]


def seconds(core: Core, data: bytes) -> float:
    """Return the processor's seconds of inspecting `data`."""
    started = time.process_time()
    inspection = Inspection(core)
    for start in range(0, len(data), CHUNK):
        inspection.feed(data[start : start + CHUNK])
    inspection.finish()
    return time.process_time() - started


def main(arguments: list[str]) -> None:
    size = int(float(arguments[0] if arguments else MEGABYTES) * 1e6)
    names = arguments[1:] or list(INPUTS)
    core = Core.build(policy=preset("balanced"), key=b"bench" * 4)
    core.detectors.warm()
    slow: dict[str, float] = {}
    speeds: dict[str, float] = {}
    for name in names:
        times = []
        for part in (4, 2, 1):
            data = made(INPUTS[name], size // part)
            times.append(seconds(core, data))
        growth = max(b / max(a, SHORTEST) for a, b in pairwise(times))
        speeds[name] = round(size / times[-1] / 1e6, 2)
        print(f"{name:<34}{speeds[name]:10.2f} MB/s   x {growth:.2f} for twice as much", flush=True)
        if growth > LINEAR:
            slow[name] = round(growth, 2)
    print(json.dumps({"megabytes": size / 1e6, "megabytes_per_second": speeds, "not_linear": slow}))
    if slow:
        sys.exit(f"not linear: {', '.join(slow)}")


if __name__ == "__main__":
    main(sys.argv[1:])
