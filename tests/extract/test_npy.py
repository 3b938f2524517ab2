"""NumPy's arrays of texts come out as tables."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

type Read = Callable[..., dict[str, list[bytes]]]

ROWS = [["NIR", "nom"], *([f"2550814168025{n:02}", f"Durand é {n}"] for n in range(40))]
TABLE = "".join("\t".join(row) + "\n" for row in ROWS).encode()


def saved(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def structured() -> bytes:
    kind = [("nir", "<i8"), ("nom", ">U20"), ("note", "S9"), ("price", "<f4")]
    rows = [(int(nir), nom, b"a\xff", 1.5) for nir, nom in ROWS[1:]]
    return saved(np.array(rows, dtype=kind))


WAYS: dict[str, tuple[bytes, bytes]] = {
    "a table": (saved(np.array(ROWS)), TABLE),
    "of bytes": (saved(np.array([[c.encode() for c in row] for row in ROWS])), TABLE),
    "a column": (saved(np.array([row[0] for row in ROWS])), TABLE.replace(b"\t", b"\n")),
    "by columns": (saved(np.asfortranarray(np.array(ROWS))), TABLE),
    "structured": (
        structured(),
        b"nir\tnom\tnote\tprice\n"
        + TABLE.split(b"\n", 1)[1].replace(b"\n", b"\ta\xef\xbf\xbd\t\n"),
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", [0, 1, 997])
def test_texts_are_read_as_a_table(read: Read, way: str, step: int) -> None:
    body, table = WAYS[way]

    (found,) = read(body, step=step)["body/npy/table"]

    if way == "a column":
        assert found.split() == [row[0].encode() for row in ROWS]
    else:
        assert found == table


@pytest.mark.parametrize(
    "body",
    [
        saved(np.arange(4000) / 7),
        saved(np.array([("a", (1, 2))], dtype=[("a", "U2"), ("b", "i4", (2,))])),
        saved(np.array([("a", (1,))], dtype=[("a", "U2"), ("b", [("c", "i4")])])),
        b"\x93NUMPY\1\0\x10\0" + b"(" * 16,
        b"\x93NUMPY\1\0\x10\0" + b"{'descr': '<U1'}",
        b"\x93NUMPY\2\0\xff\xff\xff\xff" + b"{'descr': '<U1'}",
        b"\x93NUMPY",
    ],
)
def test_others_are_read_as_their_bytes_are(read: Read, body: bytes) -> None:
    texts = read(body)

    assert not b"".join(texts["body/npy/table"])
    assert texts["body/npy"] == [body]
