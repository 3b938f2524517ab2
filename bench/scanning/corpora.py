"""What is scanned: the same bytes for everyone, collected from this machine or made from a seed."""

from __future__ import annotations

import base64
import json
import random
import sysconfig
import urllib.parse
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from bench import patients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["CORPORA", "MESSAGES", "VERDICT_HEAD", "Corpus", "files"]

# A leak's verdict falls within its first 64 KiB.
VERDICT_HEAD = 64 * 1024
TEXTS = (".py", ".pyi", ".txt", ".md", ".rst", ".json", ".html", ".css", ".js", ".c", ".h", ".toml")

PROSE = tuple(
    """\
L'assemblée générale s'est tenue à la salle des fêtes, où près de deux cents adhérents sont venus.
Après la lecture du procès-verbal, le trésorier a présenté les comptes de l'année écoulée.
L'exercice arrêté au 31 décembre fait apparaître un excédent de 1 240,50 euros.
Le prix du mètre carré a légèrement augmenté dans les quartiers situés près de la gare.
Les élèves de troisième ont visité le musée d'Orsay, puis déjeuné au bord de la Seine.
« Nous espérons que la mairie répondra à notre requête avant l'été », a déclaré Mme la maire.
Für die Lieferung wählen Sie bitte zwischen Abholung im Geschäft und Versand nach Österreich.
La réunion prévue le jeudi 14 mars à 9 h 30 est reportée ; veuillez agréer nos salutations.
El próximo año se abrirá una nueva línea de autobús entre la estación y el barrio histórico.
""".splitlines()
)


def _installed(suffixes: tuple[str, ...], size: int, *, repeat: bool = False) -> bytes:
    """Return files of the packages installed here, in the order of their names."""
    paths = sysconfig.get_paths()
    parts: list[bytes] = []
    total = 0
    for folder in (paths["stdlib"], paths["purelib"]):
        for file in sorted(Path(folder).rglob("*")):
            if file.suffix in suffixes and file.is_file():
                parts.append(file.read_bytes())
                total += len(parts[-1])
            if total >= size:
                return b"\n".join(parts)[:size]
    whole = b"\n".join(parts)
    return (whole * (size // max(1, len(whole)) + 1))[:size] if repeat else whole


def files() -> Iterator[bytes]:
    """Yield text files of the packages installed here, in an order of chance, without long ends."""
    paths = sysconfig.get_paths()
    found = [
        file
        for folder in (paths["stdlib"], paths["purelib"])
        for file in sorted(Path(folder).rglob("*"))
        if file.suffix in TEXTS and file.is_file()
    ]
    random.Random("files").shuffle(found)
    for file in found:
        yield file.read_bytes()[: 256 * 1024]


def _filled(size: int, lines: Iterable[str]) -> bytes:
    parts: list[bytes] = []
    total = 0
    for line in lines:
        parts.append(line.encode())
        total += len(parts[-1]) + 1
        if total >= size:
            break
    return b"\n".join(parts)


def _source(size: int) -> bytes:
    return _installed((".py", ".pyi", ".c", ".h"), size)


def _javascript(size: int) -> bytes:
    return _installed((".js", ".css"), size, repeat=True)


def _json(size: int) -> bytes:
    chance = random.Random("json")
    words = "open closed pending north south alpha beta gamma delta".split()

    def lines() -> Iterable[str]:
        while True:
            yield json.dumps({
                "event": chance.choice(words),
                "sku": f"{chance.choice(words)}-{chance.randrange(9999)}",
                "quantity": chance.randrange(100), "price": round(chance.random() * 100, 2),
                "at": f"2025-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T08:00:00Z",
                "tags": chance.sample(words, 3), "active": chance.random() < 0.5,
                "hash": f"{chance.getrandbits(64):x}",
            })  # fmt: skip

    return _filled(size, lines())


def _logs(size: int) -> bytes:
    chance = random.Random("logs")
    pages = "index.html cart search?q=shoes news/2025 api/v2/items/42 static/app.js".split()

    def lines() -> Iterable[str]:
        while True:
            yield (
                f"10.{chance.randrange(256)}.{chance.randrange(256)}.7 - - "
                f"[1{chance.randrange(10)}/Mar/2025:08:{chance.randrange(10, 60)}:07 +0100] "
                f'"GET /{chance.choice(pages)} HTTP/1.1" 200 {chance.randrange(99999)} "-" '
                '"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"'
            )

    return _filled(size, lines())


def _prose(size: int) -> bytes:
    chance = random.Random("prose")

    def lines() -> Iterable[str]:
        while True:
            yield " ".join(chance.choices(PROSE, k=6))

    return _filled(size, lines())


def _random(size: int) -> bytes:
    return random.Random("bytes").randbytes(size)


def _compressed(size: int) -> bytes:
    """Return deflated blocks in a container of its own, as media and caches are."""
    return b"DATA" + zlib.compress(_source(size * 5), 6)[:size]


def _images(size: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + _installed((".png", ".woff2", ".jpg"), size, repeat=True)


def _base64(size: int) -> bytes:
    return base64.encodebytes(random.Random("base64").randbytes(size * 3 // 4))[:size]


def _patients(size: int) -> bytes:
    return patients.leak_csv(size // 260)[:size]


type Corpus = Callable[[int], bytes]

CORPORA: dict[str, Corpus] = {
    "source": _source,
    "javascript": _javascript,
    "json": _json,
    "logs": _logs,
    "prose": _prose,
    "random": _random,
    "compressed": _compressed,
    "images": _images,
    "base64": _base64,
    "patients": _patients,
}


def _form(size: int) -> bytes:
    fields = {f"field{n}": PROSE[n % len(PROSE)][:90] for n in range(size)}
    return urllib.parse.urlencode(fields).encode()[:size].rpartition(b"%")[0]


def _document(size: int) -> bytes:
    return _json(size)[:size]


#: Name -> (content type, body) of whole messages.
MESSAGES: dict[str, tuple[str, bytes]] = {
    f"{kind} {size} KiB": (content_type, make(size * 1024))
    for kind, content_type, make in (
        ("form", "application/x-www-form-urlencoded", _form),
        ("JSON", "application/json", _document),
    )
    for size in (1, 4, 10)
}
