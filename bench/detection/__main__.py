"""Measures detection and prints it: `make bench ARGS="detection [CLEAN_FOLDER…]"`.

Positives are made of every identifier of the catalog in every written form and layout; ordinary
files are generated, and taken from third parties' packages: those installed here, and folders that
are named.
"""

from __future__ import annotations

import json
import random
import sys
import sysconfig
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import pairwise, product
from pathlib import Path

from bench.detection.layouts import ALONE, ANNOUNCED
from bench.detection.letters import ABOUT_PATIENTS
from bench.detection.messages import OF_PATIENTS
from bench.detection.ordinary import ordinary
from bench.detection.printed import PRINTED_PATIENTS, SINGLE_PATIENTS
from bench.detection.records import NUMBERS, PATIENTS
from bench.detection.shapes import SHAPED_PATIENTS, TITLED_PATIENTS
from bench.detection.values import FORMS, Values
from dlp.detect.entries import Entry, load_catalog
from dlp.inspection import Core, Inspection
from dlp.parsers.pool import ParserPool
from dlp.policy.load import preset
from dlp.types import Category, Result

PERSONS = 20
BINS = (0.8, 0.9, 0.99, 0.999, 1.0001)
CHUNK = 256 * 1024
SHOWN = 60
# An entity's semicolon would end the cell, and its ampersand the field; neither a fixed column nor
# the address of a page holds markup.
UNWRITTEN = {
    ("entities", "csv with semicolons"),
    *product(("entities", "markup"), ("fixed width", "query in a log", "form")),
}

# Outcome of one positive: (detector, form, layout, stopped).
type _Case = tuple[str, str, str, bool]


@cache
def _core() -> Core:
    return Core.build(policy=preset("balanced"), key=b"bench" * 4, parsers=ParserPool())


def _inspect(data: bytes) -> Result:
    inspection = Inspection(_core())
    for start in range(0, len(data), CHUNK):
        inspection.feed(data[start : start + CHUNK])
    return inspection.finish()


def _positives(entry: Entry) -> tuple[list[_Case], list[tuple[float, bool]]]:
    """Return how each form and layout of an identifier fares, and what was said with confidence."""
    draw = Values(entry, random.Random(entry.id))
    values = [draw.valid() for _ in range(PERSONS)]
    word = (*entry.words, *entry.names)[0]
    layouts = ANNOUNCED | (ALONE if entry.alone else {})
    cases: list[_Case] = []
    said: list[tuple[float, bool]] = []
    for form, write in FORMS.items():
        written = [write(entry, value) for value in values]
        if None in written:
            continue
        texts = [text for text in written if text is not None]
        for layout, lay_out in layouts.items():
            if (form, layout) in UNWRITTEN:
                continue
            result = _inspect(lay_out(word, texts).encode())
            cases.append((entry.id, form, layout, result.verdict.action.stops))
            said += _said(result, {entry.id})
    return cases, said


def _said(result: Result, true: set[str]) -> list[tuple[float, bool]]:
    return [
        (finding.confidence, finding.detector in true)
        for finding in result.evidence.findings
        if finding.category is Category.IDENTIFIER
    ]


def _clean(files: list[str]) -> tuple[int, list[str], list[tuple[float, bool]]]:
    """Return bytes read, files stopped, and findings of third parties' files."""
    size, stopped, said = 0, [], []
    for file in files:
        try:
            data = Path(file).read_bytes()
        except OSError:
            continue
        size += len(data)
        result = _inspect(data)
        said += _said(result, set())
        if result.verdict.action.stops and result.evidence.uninspectable is None:
            stopped.append(f"{file} ({result.verdict.rule})")
    return size, stopped, said


def _files(folders: list[str]) -> list[list[str]]:
    found = sorted(
        str(file)
        for folder in folders
        for file in Path(folder).rglob("*")
        if file.is_file() and not file.is_symlink()
    )
    return [found[start : start + 50] for start in range(0, len(found), 50)]


def _print_recall(cases: list[_Case]) -> None:
    missed = [case for case in cases if not case[3]]
    print(f"\nRecall: {len(cases) - len(missed)} of {len(cases)} = "
          f"{1 - len(missed) / len(cases):.4f}")  # fmt: skip
    for title, column in (("detector", 0), ("form", 1), ("layout", 2)):
        counts = Counter(case[column] for case in cases)
        misses = Counter(case[column] for case in missed)
        whole = [name for name in counts if not misses[name]]
        print(f"  by {title}: {len(whole)} of {len(counts)} without a miss")
        for name, count in misses.most_common():
            print(f"    {name}: {1 - count / counts[name]:.3f} ({count} of {counts[name]} missed)")
    told = [case[:3] for case in missed]
    for case in told[:SHOWN]:
        print("   ", " | ".join(case))


def _print_calibration(said: list[tuple[float, bool]]) -> list[dict[str, float]]:
    print("\nCalibration: of findings reported with a confidence, those that are right")
    rows = []
    for low, high in pairwise(BINS):
        inside = [right for sure, right in said if low <= sure < high]
        if inside:
            rows.append({"from": low, "findings": len(inside), "right": sum(inside) / len(inside)})
            print(f"  {low:<6} {len(inside):>7} findings  {sum(inside) / len(inside):.4f} right")
    return rows


def main(folders: list[str]) -> None:
    """Run every measurement and print it."""
    persons = [e for e in load_catalog() if e.identifies == "person" and e.checked]
    cases: list[_Case] = []
    said: list[tuple[float, bool]] = []
    with ProcessPoolExecutor() as pool:
        for some, told in pool.map(_positives, persons):
            cases += some
            said += told
        _print_recall(cases)
        records = {**PATIENTS, **NUMBERS, **ABOUT_PATIENTS, **SHAPED_PATIENTS, **TITLED_PATIENTS}
        records |= {f"printed: {name}": text for name, text in PRINTED_PATIENTS.items()}
        records |= OF_PATIENTS
        records |= {f"single: {name}": text for name, text in SINGLE_PATIENTS.items()}
        missed = [n for n, text in records.items() if not _stops(text.encode())]
        print(f"\nRecords and numbers as they are left: {len(records) - len(missed)} of "
              f"{len(records)} stopped {missed or ''}")  # fmt: skip
        by_rule: defaultdict[str, list[str]] = defaultdict(list)
        count = 0
        for name, data in ordinary():
            count += 1
            result = _inspect(data)
            said += _said(result, set())
            if result.verdict.action.stops:
                by_rule[result.verdict.rule].append(name)
        wrong = sum(map(len, by_rule.values()))
        print(f"\nOrdinary business: {wrong} of {count} files stopped {dict(by_rule) or ''}")
        size, stopped = 0, []
        for read, names, told in pool.map(_clean, _files(folders)):
            size += read
            stopped += names
            said += told
    print(f"\nThird parties' files: {len(stopped)} false stops in {size / 1e9:.2f} GB")
    for name in stopped:
        print(f"  {name}")
    rows = _print_calibration(said)
    recall = sum(case[3] for case in cases) / len(cases)
    print(json.dumps({"recall": recall, "false_stops": len(stopped), "gigabytes": size / 1e9,
                      "business_stopped": wrong, "calibration": rows}))  # fmt: skip


def _stops(data: bytes) -> bool:
    return _inspect(data).verdict.action.stops


if __name__ == "__main__":
    paths = sysconfig.get_paths()
    main(sys.argv[1:] or [paths["purelib"], paths["stdlib"]])
