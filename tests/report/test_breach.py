"""Breach reports: what counts, in both languages and forms, and never a value."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlp.evidence.incident import Incident, Outcome
from dlp.report.breach import breach
from dlp.report.document import Document, markdown
from dlp.report.facts import Asked, Fate, Way, gather
from dlp.report.number import Number, joined
from dlp.report.pdf import pdf
from dlp.types import (
    MOST_PATIENTS,
    PEOPLE,
    SKETCHED,
    Action,
    AllowEntry,
    Category,
    Channel,
    Evidence,
    Finding,
    FlowInfo,
    Sketch,
    Verdict,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def people(first: int, last: int) -> tuple[int, ...]:
    """Return the hashes of people by their numbers."""
    hashes = (
        int.from_bytes(hashlib.blake2b(str(n).encode(), digest_size=8).digest())
        for n in range(first, last)
    )
    return tuple(sorted(hashes))


def incident(
    number: int,
    *,
    whom: tuple[int, int] = (0, 10),
    content: str | None = None,
    action: Action = Action.QUARANTINE,
    sketched: bool = True,
    found: bool = True,
    **more: Any,
) -> Incident:
    who = people(*whom)
    sketches = (
        Sketch(of=PEOPLE, least=who[:SKETCHED]),
        Sketch(of="fr_nir", least=who[:SKETCHED]),
        Sketch(of="fr.oncology", least=(1, 2)),
        Sketch(of="nl.oncology", least=(2, 3)),
    )
    return Incident(
        id=f"DLP-261123-{number:08d}",
        at=NOW + timedelta(hours=number),
        flow=FlowInfo(
            channel=Channel.HTTP,
            client="192.0.2.7",
            host="évil|host.example",
            port=443,
            user="jeanne <b>",
        ),
        verdict=Verdict(action=action, rule="some-rule", policy="balanced 1f0c9a27e3b4"),
        evidence=Evidence(
            findings=(
                Finding(
                    detector="fr_nir",
                    category=Category.IDENTIFIER,
                    count=len(who) + 2,
                    distinct=len(who),
                    confidence=0.99,
                    masked=("1 85 05 ** *** *** **",),
                ),
                *(
                    Finding(
                        detector=f"{language}.oncology",
                        category=Category.HEALTH,
                        count=99,
                        distinct=2,
                        confidence=1.0,
                    )
                    for language in ("fr", "nl")
                ),
            )
            if found
            else (),
            subjects=len(who) if found else 0,
            sketches=sketches if sketched else (),
        ),
        content_hash=f"content {number}" if content is None else content,
        body_kept=action is Action.QUARANTINE,
        **more,
    )


def fate_of(*incidents: Incident, **more: Any) -> Fate:
    return gather(Asked(incidents=incidents, **more))


def test_a_person_and_a_value_count_once_in_however_many_messages() -> None:
    fate = fate_of(
        incident(1, whom=(0, 10), content="a"),
        incident(2, whom=(0, 10), content="a"),
        incident(3, whom=(8, 14), content="b"),
        incident(4, whom=(2, 4), action=Action.LOG),
    )
    assert fate.people == Number(14, 14)
    assert fate.people_left == Number(2, 2)
    # Of each content the records count once.
    assert fate.records == 12 + 8 + 4
    assert {(f.kind, f.distinct, f.left) for f in fate.found} == {
        ("fr_nir", Number(14, 14), Number(2, 2)),
        # One term is recognised in both languages.
        ("oncology", Number(3, 3), Number(3, 3)),
    }


def test_more_people_than_a_sketch_holds_are_estimated() -> None:
    fate = fate_of(incident(1, whom=(0, 20_000)), incident(2, whom=(10_000, 30_000)))
    assert fate.people.about == pytest.approx(30_000, rel=0.1)
    assert 20_000 <= fate.people.least <= 30_000 <= fate.people.most <= 40_000
    alone = fate_of(incident(1, whom=(0, 20_000)), incident(2, whom=(0, 20_000)))
    assert alone.people == Number(20_000, 20_000)


def test_what_was_kept_without_sketches_is_a_range() -> None:
    fate = fate_of(incident(1, whom=(0, 10), sketched=False), incident(2, whom=(0, 4)))
    assert fate.people == Number(10, 14)


@given(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(lambda at: (min(at), max(at))),
        max_size=4,
    )
)
def test_the_number_lies_between_its_ends(spans: list[tuple[int, int]]) -> None:
    sets = [people(*span) for span in spans]
    number = joined((len(one), one[:SKETCHED]) for one in sets)
    union = len(set().union(*sets))
    assert max(map(len, sets), default=0) <= number.least <= number.most <= sum(map(len, sets))
    if union <= SKETCHED:
        assert number == Number(union, union)
    elif number.about is not None:
        # Six standard errors.
        assert number.about == pytest.approx(union, rel=6 / SKETCHED**0.5)


@pytest.mark.parametrize(
    ("one", "used", "became"),
    [
        (incident(1), (), Way.STOPPED),
        (incident(1), (incident(1).id,), Way.RELEASED),
        (incident(1, action=Action.LOG), (), Way.NOTED),
        (incident(1, action=Action.BLOCK), (), Way.STOPPED),
        (incident(1, sent=70_000, content=""), (), Way.CUT),
        (incident(1, forwarded="the server answered 201"), (), Way.FORWARDED),
        (incident(1, forwarded="sending since 2026-11-23 12:00 UTC"), (), Way.FORWARDED),
        (incident(1, forwarded="failed: the server answered 503"), (), Way.STOPPED),
    ],
)
def test_what_left_is_told_from_what_was_stopped(
    one: Incident, used: tuple[str, ...], became: Way
) -> None:
    fate = fate_of(one, used_releases=used)
    assert fate.ways == (became,)
    assert bool(fate.left) is became.left
    assert (fate.deadline == one.at + timedelta(hours=72)) is became.left
    assert (fate.sent, fate.cut_short) == ((70_000, 1) if became is Way.CUT else (0, 0))


def test_a_file_of_more_people_than_are_told_apart_is_named() -> None:
    one = incident(1)
    full = replace(one, evidence=replace(one.evidence, patients=MOST_PATIENTS))

    assert (fate_of(one).full, fate_of(full).full) == (0, 1)
    assert "5,000 people told of without an identifier, or more: 1" in markdown(
        report(fate_of(full), "en")
    )


def test_people_told_of_one_by_one_before_the_stop_are_named_unless_they_are_incidents() -> None:
    def told(number: int, before: int, action: Action = Action.QUARANTINE) -> Incident:
        one = incident(number, whom=(number, number + 1), action=action)
        return replace(one, evidence=replace(one.evidence, subjects_in_window=before + 1))

    series = (told(5, 4), told(6, 4))
    noted = tuple(told(number, number - 1, Action.LOG) for number in (1, 2, 3, 4))

    assert (fate_of(*series).before, fate_of(*noted, *series).before) == (4, 0)
    text = markdown(report(fate_of(*series), "en"))
    assert "about 4 people had been told of before, in messages that left" in text
    assert "Loss of confidentiality" in text


def test_what_does_not_count_is_said_to_be_left_out() -> None:
    false = incident(1, outcome=Outcome.FALSE_POSITIVE, review="released")
    fate = fate_of(
        false,
        incident(2, outcome=Outcome.TRUE_POSITIVE, review="rejected"),
        incident(3, content="made up", whom=(100, 120)),
        incident(4, found=False, action=Action.LOG),
        incident(5, found=False),
        used_releases=[false.id],
        tests=["made up"],
        allowed=[ALLOWED],
    )
    assert (fate.false_positives, fate.false_left) == ((false.id,), 1)
    assert (fate.tests, fate.unread, fate.unread_left) == (1, 2, 1)
    assert (len(fate.incidents), fate.people) == (1, Number(10, 10))
    text = markdown(report(fate, "en"))
    for words in (
        "False positives left out | 1, of which left: 1",
        "could not be read, not counted | 2, of which left: 1",
        "Tests of dlp doctor, not counted | 1",
        r"ALW-4Q7ZK2MD | insurer.example:443 | 12 | 2026-11-23 12:00 UTC | alice | monthly claims",
        f"False positives left out: {false.id}",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("fate", "kind"),
    [
        (fate_of(incident(1)), "Attempted disclosure, stopped (no loss"),
        (fate_of(incident(1, action=Action.LOG)), "Loss of confidentiality"),
        (
            fate_of(incident(1, review="released"), used_releases=[incident(1).id]),
            "Loss of confidentiality",
        ),
    ],
)
def test_the_conclusion_says_that_nothing_left_only_if_so(fate: Fate, kind: str) -> None:
    assert f"| {kind}" in markdown(report(fate, "en"))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_the_allowlist_let_pass_is_in_the_conclusion(language: str) -> None:
    text = markdown(report(fate_of(incident(1), allowed=[ALLOWED]), language))
    assert "12 messages" in text
    assert text.count("ALW-4Q7ZK2MD") == 3
    for words in ("no loss of confidentiality", "aucune perte", "nothing of what", "rien de ce"):
        assert words not in text


def test_a_report_of_what_is_left_out_only_does_not_say_that_there_was_nothing() -> None:
    false = incident(1, outcome=Outcome.FALSE_POSITIVE, review="released")
    text = markdown(report(fate_of(false), "en"))
    assert "all that match were left out" in text
    assert "No incident matches" not in text


ALLOWED = AllowEntry(
    id="ALW-4Q7ZK2MD",
    detector="fr_nir",
    host="insurer.example",
    port=443,
    owner="alice",
    reason="monthly claims",
    created=0.0,
    expires=NOW.timestamp(),
    hits=12,
    last_hit=NOW.timestamp(),
)


def report(fate: Fate, language: str) -> Document:
    return breach(
        fate, language=language, now=NOW, acts=7, names={"fr_nir": "Numéro de sécurité sociale"}
    )


FATES = {
    "stopped": fate_of(*(incident(n, whom=(0, n)) for n in range(1, 60))),
    "left": fate_of(incident(1), incident(2, action=Action.LOG)),
    "none": fate_of(),
}


@pytest.mark.parametrize("name", FATES)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("notification de violation", "Établi le", "À compléter", "Personnes concernées")),
        ("en", ("personal data breach", "Made on", "to fill in", "People concerned")),
    ],
)
def test_both_forms_say_the_same_in_both_languages(
    name: str, language: str, words: tuple[str, ...]
) -> None:
    document = report(FATES[name], language)
    reader = pypdfium2.PdfDocument(pdf(document))
    pages = [page.get_textpage().get_text_bounded() for page in reader]
    text = re.sub(r"\s+", " ", " ".join(pages))
    plain = markdown(document)
    assert reader.get_metadata_dict()["Title"] == document.title
    for form in (text, plain):
        assert words[0] in form
        assert words[1] in form
        assert all((word in form) == (name != "none") for word in words[2:])
        assert all(one.id in re.sub(r"[\\ ]", "", form) for one in FATES[name].incidents)
    if name == "left":
        assert ("26/11/2026 à 14:00 UTC" if language == "fr" else "2026-11-26 14:00 UTC") in text


def test_what_a_client_typed_is_no_markup() -> None:
    document = report(FATES["left"], "en")
    assert r"jeanne \<b\>" in markdown(document)
    assert r"évil\|host.example:443" in markdown(document)
    assert pdf(document).startswith(b"%PDF-")
