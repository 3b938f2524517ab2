"""People told one by one are counted together; noise stays noise, and time passes."""

from __future__ import annotations

import random

import pytest

from dlp.between import window as module
from dlp.between.window import SubjectWindow
from dlp.detect.entries import load_catalog
from dlp.inspection import Core, Inspection
from dlp.types import Tally

HOUR = 3600.0


def nir(chance: random.Random) -> str:
    body = (
        f"{chance.choice('12')}{chance.randrange(100):02d}{chance.randrange(1, 13):02d}"
        f"{chance.randrange(1, 96):02d}{chance.randrange(1, 600):03d}{chance.randrange(1, 999):03d}"
    )
    return f"{body}{97 - int(body) % 97:02d}"


class Client:
    """Sends messages that pass, and says how many people the window counts with each."""

    def __init__(self, core: Core, seconds: float = HOUR) -> None:
        self._core = core
        self.window = SubjectWindow(load_catalog(), seconds)
        self.now = 0.0

    def tallies(self, text: str) -> tuple[Tally, ...]:
        inspection = Inspection(self._core)
        inspection.feed(text.encode())
        return inspection.finish().tallies

    def send(self, text: str, *, client: str = "10.0.0.1", to: str = "example.org") -> int:
        tallies = self.tallies(text)
        count = self.window.count(client, to, tallies, self.now)
        self.window.add(client, to, tallies, self.now)
        return count


@pytest.fixture
def client(core: Core) -> Client:
    return Client(core)


def test_every_new_person_counts_once(client: Client) -> None:
    chance = random.Random(1)
    people = [nir(chance) for _ in range(6)]

    counts = [client.send(f"GET /dossier/{person}") for person in people]
    assert counts == [1, 2, 3, 4, 5, 6]
    assert client.send(f"GET /dossier/{people[0]}?again") == 6


def test_a_message_about_nobody_counts_nobody(client: Client) -> None:
    chance = random.Random(2)
    for _ in range(6):
        client.send(f"GET /dossier/{nir(chance)}")

    assert client.send("GET /index.html") == 0
    assert client.send("commande 426767582493802") == 0


def test_other_clients_and_other_destinations_count_for_themselves(client: Client) -> None:
    chance = random.Random(3)
    for _ in range(6):
        client.send(f"GET /dossier/{nir(chance)}")

    assert client.send(f"GET /dossier/{nir(chance)}", client="10.0.0.2") == 1
    assert client.send(f"GET /dossier/{nir(chance)}", to="example.com") == 1


def test_a_person_is_forgotten_when_the_window_has_passed(client: Client) -> None:
    chance = random.Random(4)
    counts = []
    for _ in range(20):
        counts.append(client.send(f"GET /dossier/{nir(chance)}"))
        client.now += 0.4 * HOUR

    assert max(counts) == 3
    client.now += 2 * HOUR
    client.send("GET /index.html")
    assert len(client.window) == 0


@pytest.mark.parametrize("seed", range(2))
def test_order_numbers_sent_one_by_one_are_noise_though_some_pass_the_check(
    client: Client, seed: int
) -> None:
    chance = random.Random(seed)
    worst = max(client.send(f"GET /order/{chance.randrange(10**15):015d}") for _ in range(4000))

    assert worst < 5


def test_people_among_order_numbers_are_counted(client: Client) -> None:
    chance = random.Random(6)
    for _ in range(40):
        client.send(f"GET /x/{chance.randrange(10**14, 10**15)}")
        count = client.send(f"GET /x/{nir(chance)}")

    assert client.send(f"GET /x/{nir(chance)}") > count - 1 >= 39


def test_a_large_ordinary_file_does_not_make_the_next_number_a_person(client: Client) -> None:
    chance = random.Random(7)
    rows = "".join(f"{chance.randrange(10**15):015d};{i}\n" for i in range(30_000))
    client.send("code;montant\n" + rows)

    assert client.send(f"GET /x/{nir(chance)}") == 0


SURNAMES = ("Dupont", "Moreau", "Lefebvre", "Garnier", "Rousseau", "Chevalier")


def note(number: int) -> str:
    """Return what says something medical of one person, and is no leak by itself."""
    return f"Marie {SURNAMES[number]} 03/04/196{number} cancer du sein"


def test_persons_without_an_identifier_count_too(client: Client) -> None:
    counts = [client.send(note(number)) for number in range(6)]

    assert counts == [1 * (counts[0] > 0), 2, 3, 4, 5, 6]
    assert client.send(note(0)) == 6
    assert client.send("Marie Dupont 03/04/1961 réunion du mardi") == 0


def test_one_person_told_again_and_again_stays_one(client: Client) -> None:
    assert {client.send(note(1) + " " * again) for again in range(8)} <= {0, 1}


def test_persons_known_by_either_count_together(client: Client) -> None:
    chance = random.Random(9)
    counts = []
    for number in range(3):
        counts += [client.send(note(number)), client.send(f"GET /dossier/{nir(chance)}")]

    assert counts[-1] == 6


def test_what_is_no_news_is_not_told_again(core: Core) -> None:
    client = Client(core, HOUR)
    chance = random.Random(10)
    text = f"{note(0)}\n{nir(chance)}\ncommande 426767582493802"
    tallies = client.tallies(text)

    def news() -> set[str]:
        told = client.window.add("10.0.0.1", "example.org", tallies, client.now)
        return {one.detector for one in told}

    assert news() == {"person", "fr_nir"}
    assert news() == set()
    client.now += HOUR / 4
    assert news() == {"person", "fr_nir"}


def test_a_window_that_is_told_the_news_counts_the_same(core: Core) -> None:
    first, second = Client(core), Client(core)
    chance = random.Random(11)
    texts = [nir(chance) if chance.random() < 0.3 else f"{chance.randrange(10**15):015d}"
             for _ in range(300)]  # fmt: skip
    for text in [*texts, *map(note, range(6))]:
        news = first.window.add("10.0.0.1", "example.org", first.tallies(text), first.now)
        second.window.add("10.0.0.1", "example.org", news, first.now)
        first.now += 1.0

    probe = first.tallies(f"{nir(chance)} {note(0)}")
    counts = {
        one.window.count("10.0.0.1", "example.org", probe, first.now) for one in (first, second)
    }
    assert len(counts) == 1
    assert min(counts) > 60


def test_memory_is_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ENTRIES", 100)
    chance = random.Random(8)
    for host in range(400):
        client.send(f"GET /x/{nir(chance)}", to=f"h{host}.example.org")

    assert len(client.window) <= 100
    tally = Tally(detector="fr_nir", valid=frozenset(range(50_000)))
    client.window.add("10.0.0.1", "example.net", [tally], client.now)
    assert len(client.window) <= module.REMEMBERED
