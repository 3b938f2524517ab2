"""Workers tell each other what left through them, in files that only they can read."""

from __future__ import annotations

import multiprocessing
import random
from typing import TYPE_CHECKING

import pytest

from addons import bulletin as module
from addons.bulletin import Bulletin
from addons.drip import Drip
from dlp.inspection import Core, Inspection
from dlp.metrics import Metrics
from dlp.types import Channel, FlowInfo

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"k" * 32
HOUR = 3600.0


def lines(bulletin: Bulletin, now: float = 0.0) -> list[bytes]:
    return list(bulletin.news(now))


def test_each_hears_the_others_once_and_never_itself(tmp_path: Path) -> None:
    first, second, third = (Bulletin(tmp_path, KEY, HOUR) for _ in range(3))
    first.post(b"a", 0.0)
    second.post(b"b", 1.0)

    assert (lines(first), lines(second), lines(third)) == ([b"b"], [b"a"], [b"a", b"b"])
    assert (lines(first), lines(second), lines(third)) == ([], [], [])
    # One that begins later hears what is still of interest.
    assert lines(Bulletin(tmp_path, KEY, HOUR), HOUR / 2) == [b"a", b"b"]
    assert lines(Bulletin(tmp_path, KEY, HOUR), 2 * HOUR) == []


def test_files_go_when_nobody_needs_them(tmp_path: Path) -> None:
    first, second = (Bulletin(tmp_path, KEY, HOUR) for _ in range(2))
    for step in range(40):
        first.post(b"x", step * HOUR / 3)
        lines(first, step * HOUR / 3)
        lines(second, step * HOUR / 3)

    assert len(list(tmp_path.iterdir())) <= module.FILES + 1
    lines(first, 99 * HOUR)
    assert list(tmp_path.iterdir()) == []


def test_nothing_can_be_read_without_the_key(tmp_path: Path) -> None:
    Bulletin(tmp_path, KEY, HOUR).post(b"185058900712345", 0.0)

    (file,) = tmp_path.iterdir()
    assert b"185058900712345" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert lines(Bulletin(tmp_path, b"o" * 32, HOUR)) == []


@pytest.mark.parametrize("torn", [b"\nQUJD", b"\n\xff\xfe\x00", b"AAAA\n", b"\n" * 50])
def test_a_torn_line_costs_no_other(tmp_path: Path, torn: bytes) -> None:
    first, second = (Bulletin(tmp_path, KEY, HOUR) for _ in range(2))
    first.post(b"before", 0.0)
    (file,) = tmp_path.iterdir()
    with file.open("ab") as opened:
        opened.write(torn)
    first.post(b"after", 0.0)

    assert lines(second) == [b"before", b"after"]


def test_a_file_does_not_grow_without_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST", 1000)
    first, second = (Bulletin(tmp_path, KEY, HOUR) for _ in range(2))
    for _ in range(50):
        first.post(b"x" * 100, 0.0)

    assert 0 < len(lines(second)) < 10
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 1000


def _post(folder: Path, number: int) -> None:
    bulletin = Bulletin(folder, KEY, HOUR)
    for one in range(200):
        bulletin.post(b"%d %d " % (number, one) + b"x" * 3000, 0.0)


def test_lines_of_processes_that_write_at_once_do_not_mix(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    writers = [context.Process(target=_post, args=(tmp_path, number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    heads = [tuple(map(int, line.split()[:2])) for line in lines(Bulletin(tmp_path, KEY, HOUR))]
    assert sorted(heads) == [(number, one) for number in range(4) for one in range(200)]


class Worker:
    """One of those that share a port, as far as people told one by one go."""

    def __init__(self, core: Core, folder: Path) -> None:
        self._core = core
        self.metrics = Metrics()
        self._drip = Drip(HOUR, self.metrics, Bulletin(folder, KEY, HOUR))

    def send(self, text: str, host: str = "example.org") -> int:
        flow = FlowInfo(channel=Channel.HTTP, client="192.0.2.7", host=host, port=443)
        inspection = Inspection(self._core, flow=flow)
        inspection.feed(text.encode())
        result = self._drip.weigh(self._core.policy, flow, inspection.finish())
        return -1 if result.verdict.action.stops else result.evidence.subjects_in_window


def person(number: int) -> str:
    body = f"1{number + 20:02d}0575116{number + 1:03d}"
    return f"GET /dossier/{body}{97 - int(body) % 97:02d}"


def test_people_count_whichever_worker_and_host_of_one_owner_they_go_through(
    core: Core, tmp_path: Path
) -> None:
    workers = [Worker(core, tmp_path) for _ in range(4)]
    answers = [
        workers[number % 4].send(person(number), f"h{number}.example.org") for number in range(6)
    ]

    assert answers[4:] == [-1, -1]
    assert -1 not in answers[:4]
    # Neither for another destination nor for a worker that is started anew is it forgotten.
    assert workers[0].send(person(9), "example.com") != -1
    assert Worker(core, tmp_path).send(person(9)) == -1


def test_one_that_can_tell_nobody_says_so_and_counts_for_itself(core: Core, tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    worker = Worker(core, folder)

    answers = [worker.send(person(number)) for number in random.Random(1).sample(range(50), 5)]

    assert answers[-1] == -1
    failed = worker.metrics.registry.get_sample_value(
        "dlp_evidence_errors_total", {"store": "window"}
    )
    assert failed == 4
