"""What is fuzzed: whatever opens bodies, with what has to hold of any bytes in it."""

from __future__ import annotations

import random
import resource
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from bench.patients import patients
from dlp.extract.aws_chunked import AWS_CHUNKED
from dlp.extract.body import SNAPPY
from dlp.extract.budget import Budget, Limits, UninspectableError
from dlp.extract.codings import CONTENT_ENCODINGS
from dlp.extract.formats import FORMATS, KINDS
from dlp.extract.parts import Part
from dlp.parsers import frames
from dlp.parsers.kinds import MODULES
from dlp.parsers.pool import MEMORY
from dlp.types import Uninspectable
from tests.reading import texts
from tests.samples import SAMPLES

__all__ = ["TARGETS", "Target", "holds", "seeds"]

# What a body may unpack to, in bytes, members and bytes held: little, so that bombs are soon told.
LIMITS = Limits(output=1 << 24, members=1000, memory=1 << 22)
# Whose parser ends its process where it finds damage, and so would the fuzzer.
ABORTS = {"arrow"}
# How many times over what came, and what that unpacked to, may be told as text.
TOLD = 32


@dataclass(frozen=True, slots=True)
class Target:
    """Something that opens bodies.

    Attributes:
        samples: What its corpus begins with, of `SAMPLES`.
        content_type: What a body is said to be.
        content_encoding: What it is said to be coded in.
    """

    samples: tuple[str, ...]
    content_type: str = ""
    content_encoding: str = ""


def _of(name: str) -> tuple[str, ...]:
    return tuple(each for each, sample in SAMPLES.items() if sample.format == name)


TARGETS: dict[str, Target] = {
    **{name: Target(_of(name)) for name in sorted({*KINDS, "frame", "text"} - ABORTS)},
    # What a header says counts where the first bytes tell nothing.
    **{
        f"type-{one.name}": Target((*_of(one.name), "text"), f"{one.types[0]}; boundary=b")
        for one in FORMATS
        if one.types
    },
    **{
        f"coding-{name}": Target(_of(name), "", name)
        for name in sorted({*CONTENT_ENCODINGS, SNAPPY, AWS_CHUNKED} - {"x-gzip"})
    },
}


@contextmanager
def _no_more_memory() -> Iterator[None]:
    """Have no more than what a process that parses may have, beyond what there is."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + (MEMORY >> 1)
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


class _Here:
    """Parses documents in this process, as one of their own would."""

    def parse(self, kind: str, document: bytes) -> Generator[Part]:
        with _no_more_memory():
            yield from self._parse(kind, document)

    def _parse(self, kind: str, document: bytes) -> Iterator[Part]:
        try:
            for part in import_module(MODULES[kind]).parse(document):
                assert frames.NAME.fullmatch(part.name), part.name
                yield part
        except (UninspectableError, AssertionError, GeneratorExit, KeyboardInterrupt):
            raise
        except (MemoryError, RecursionError):
            raise UninspectableError(Uninspectable.BUDGET) from None
        except BaseException:  # noqa: BLE001 - as dlp.parsers.worker
            raise UninspectableError(Uninspectable.CORRUPT) from None


def holds(target: Target, body: bytes) -> None:
    """Read a body twice, whole and in pieces, and see that it amounts to the same.

    Raises:
        AssertionError: It does not, or amounts to more than it may.
        Exception: Whatever else a reader let go by.
    """
    # Neither libFuzzer nor this may know of chance: what it found has to be found again.
    chance = random.Random(zlib.crc32(body))
    cuts = [chance.randrange(len(body) + 1) for _ in range(chance.choice((1, 2, 5, 40)))]
    budgets = Budget.of(LIMITS), Budget.of(LIMITS)
    whole, cut = (
        texts(
            body,
            target.content_type,
            content_encoding=target.content_encoding,
            cuts=places,
            budget=budget,
            parsers=_Here(),
            may_fail=True,
        )
        for places, budget in zip(((), cuts), budgets, strict=True)
    )
    assert whole == cut, f"cuts at {sorted(cuts)} change what is read"
    told = sum(len(text) for ended in whole.values() for text in ended)
    assert told <= TOLD * (len(body) + budgets[0].produced) + 1024, f"{told} bytes are told"


def seeds(target: Target) -> list[bytes]:
    """Return what a target's corpus begins with: few rows, as small bodies are fuzzed faster."""
    rows = [["NIR", "nom"], *([one.nir, one.nom] for one in patients(3))]
    return [SAMPLES[name].make(rows) for name in target.samples]
