"""What waits in a spool comes out as it went in, wherever it waits."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addons.memory import Memory
from addons.spool import BLOCK, LITTLE, MEMORY, Spool, SpoolFullError

PIECE = random.Random(1).randbytes(40_000)


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(0, len(PIECE))),
            st.tuples(st.just("take"), st.integers(1, 40)),
            st.tuples(st.just("back"), st.integers(0, 1_000)),
        ),
        max_size=120,
    ),
    filled=st.integers(0, 3 * MEMORY),
    room=st.sampled_from([0, LITTLE, MEMORY]),
)
def test_bytes_come_out_in_their_order(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, int]],
    filled: int,
    room: int,
) -> None:
    memory = Memory(room)
    spool = Spool(tmp_path_factory.mktemp("spool"), 8 * MEMORY, memory)
    went_in, came_out = bytearray(), bytearray()
    steps = [("append", len(PIECE))] * (filled // len(PIECE)) + steps
    for number, (step, much) in enumerate(steps):
        if step == "append":
            piece = number.to_bytes(4) + PIECE[:much]
            spool.append(piece)
            went_in += piece
        elif step == "take":
            for _ in range(much):
                came_out += spool.take()
        elif piece := spool.take():
            came_out += piece[:much]
            spool.put_back(piece[much:])
        assert spool.size == len(went_in) - len(came_out)
    assert b"".join(spool) == went_in[len(came_out) :]
    while piece := spool.take():
        came_out += piece

    assert came_out == went_in
    assert memory.take(room)


def links_to(file: Path) -> str:
    return str(file.readlink()) if file.is_symlink() else ""


def test_what_waits_for_a_verdict_is_on_disk_and_sealed(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 8 * MEMORY)
    for _ in range(3 * MEMORY // BLOCK):
        spool.append(b"2 55 08 14 168 025 38;" * (BLOCK // 22))

    (file,) = (one for one in Path("/proc/self/fd").iterdir() if str(tmp_path) in links_to(one))
    written = file.read_bytes()
    assert len(written) > MEMORY
    assert b"168 025" not in written
    assert not list(tmp_path.iterdir())
    for _ in range(MEMORY // BLOCK):
        spool.take()
    assert not spool.in_memory
    assert b"168 025" in spool.take()


def test_what_leaves_as_it_comes_waits_in_memory_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 8 * MEMORY)
    for _ in range(2 * MEMORY // BLOCK):
        spool.append(PIECE)
    while spool.size > LITTLE:
        spool.take()
    for _ in range(100):
        spool.append(PIECE)
        assert spool.in_memory
        spool.take()


def test_no_more_waits_than_may(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 100_000)
    spool.append(PIECE)
    spool.append(PIECE)

    with pytest.raises(SpoolFullError):
        spool.append(PIECE)
    spool.close()
    assert spool.size == 0
    assert spool.take() == b""


def test_many_that_wait_at_once_wait_on_the_disk(tmp_path: Path) -> None:
    memory = Memory(2 * MEMORY)
    spools = [Spool(tmp_path, 8 * MEMORY, memory) for _ in range(4)]
    for spool in spools:
        for _ in range(24):
            spool.append(PIECE)
    assert [spool.in_memory for spool in spools] == [True, True, True, False]
    assert all(b"".join(spool) == PIECE * 24 for spool in spools)

    spools[0].close()
    del spools[1]
    again = Spool(tmp_path, 8 * MEMORY, memory)
    for _ in range(24):
        again.append(PIECE)
    assert again.in_memory
    again.take()
    assert len(b"".join(again)) == 23 * len(PIECE)
