"""Ordinary business: generated files that look like patients' and are not."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench import patients
from bench.detection.letters import NOT_ABOUT_PATIENTS
from bench.detection.messages import OTHERS
from bench.detection.printed import PRINTED_STAFF
from bench.detection.records import BUSINESS
from bench.detection.shapes import SHAPED_STAFF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ordinary"]

SEEDS = 12
ROWS = 400
VISITS = 100


def _luhn(body: str) -> str:
    doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(body))]
    return body + str(-sum(d - 9 if d > 9 else d for d in doubled) % 10)


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def _ean(chance: random.Random) -> str:
    body = "3" + _digits(chance, 11)
    return body + str(-sum(int(d) * (3 if n % 2 else 1) for n, d in enumerate(body)) % 10)


def _iban(chance: random.Random) -> str:
    body = _digits(chance, 23)
    return f"FR{98 - int(body + '152700') % 97:02d}{body}"


def _moment(chance: random.Random) -> str:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**8))
    return moment.strftime("%Y%m%d%H%M%S")


COLUMNS: dict[str, Callable[[random.Random], str]] = {
    "imei": lambda chance: _luhn("35" + _digits(chance, 12)),
    "ean": _ean,
    "carte": lambda chance: _luhn("4" + _digits(chance, 14)),
    "siret": lambda chance: _luhn(_digits(chance, 13)),
    "iban": _iban,
    "commande": lambda chance: _digits(chance, 15),
    "order_id": lambda chance: str(chance.randrange(10**9, 10**10)),
    "tracking": lambda chance: "1Z" + _digits(chance, 16),
    "timestamp": _moment,
    "epoch_ms": lambda chance: str(chance.randrange(1_500_000_000_000, 1_800_000_000_000)),
    "epoch_us": lambda chance: str(chance.randrange(15 * 10**14, 18 * 10**14)),
    "montant": lambda chance: f"{chance.random() * 10**6:.9f}",
    "mesure": lambda chance: repr(chance.random()),
    "telephone": lambda chance: "06" + _digits(chance, 8),
    "ip": lambda chance: ".".join(str(chance.randrange(256)) for _ in range(4)),
    "uuid": lambda chance: f"{chance.getrandbits(128):032x}",
    "snowflake": lambda chance: str(chance.randrange(10**17, 2 * 10**18)),
    "reference": lambda chance: str(chance.randrange(10**12, 3 * 10**12)),
}


SEARCHED = (
    "cancer du sein",
    "grossesse semaine 12",
    "dépistage VIH",
    "levothyrox effets",
    "imprimante",
)


def _visit(chance: random.Random) -> dict[str, object]:
    """Return what a site about health tells its statistics of one visit."""
    return {
        "event": "page_view",
        "client_id": f"{_digits(chance, 10)}.{chance.randrange(16 * 10**8, 17 * 10**8)}",
        "user_id": str(chance.randrange(10**14, 3 * 10**14)),
        "ref": str(chance.randrange(10**14, 3 * 10**14)),
        "ts": chance.randrange(16 * 10**11, 17 * 10**11),
        "title": chance.choice(SEARCHED),
    }


def ordinary() -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every generated file."""
    for name, text in {**BUSINESS, **NOT_ABOUT_PATIENTS, **SHAPED_STAFF, **OTHERS}.items():
        yield name, text.encode()
    for name, text in PRINTED_STAFF.items():
        yield f"printed: {name}", text.encode()
    for seed in range(SEEDS):
        yield from (
            (f"orders {seed}", patients.orders_csv(ROWS, seed)),
            (f"customers {seed}", patients.crm_csv(ROWS, seed)),
            (f"phone list {seed}", patients.phone_list(ROWS, seed)),
            (f"invoice {seed}", patients.invoice_json(seed)),
            (f"access log {seed}", patients.access_log(ROWS, seed)),
        )
        chance = random.Random(seed)
        for visit in range(VISITS):
            yield f"visit {seed} {visit}", json.dumps(_visit(chance)).encode()
        for title, draw in COLUMNS.items():
            chance = random.Random(f"{title} {seed}")
            values = [draw(chance) for _ in range(ROWS)]
            headed = "\n".join([f"id;{title}", *(f"{n};{v}" for n, v in enumerate(values))])
            yield f"column of {title} {seed}", headed.encode()
            yield f"lines of {title} {seed}", "\n".join(values).encode()
            yield f"array of {title} {seed}", ("[" + ", ".join(values) + "]").encode()
