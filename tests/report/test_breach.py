"""Breach reports: what counts, in both languages and forms, and never a value."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest

from dlp.evidence.incident import Incident, Outcome
from dlp.report.breach import breach
from dlp.report.document import Document, markdown
from dlp.report.facts import Fate, gather
from dlp.report.pdf import pdf
from dlp.types import Action, Category, Channel, Evidence, Finding, FlowInfo, Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def incident(
    number: int,
    *,
    people: int = 10,
    content: str = "",
    action: Action = Action.QUARANTINE,
    forwarded: str = "",
    outcome: Outcome | None = None,
) -> Incident:
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
                    count=people + 2,
                    distinct=people,
                    confidence=0.99,
                    masked=("1 85 05 ** *** *** **",),
                ),
                Finding(
                    detector="fr.oncology",
                    category=Category.HEALTH,
                    count=99,
                    distinct=4,
                    confidence=1.0,
                ),
            ),
            subjects=people,
        ),
        content_hash=content or f"content {number}",
        body_kept=action is Action.QUARANTINE,
        forwarded=forwarded,
        outcome=outcome,
        review="open" if outcome is None else "rejected",
    )


def test_the_same_content_counts_once_and_people_are_a_range() -> None:
    fate = gather(
        [
            incident(1, people=10, content="a"),
            incident(2, people=10, content="a"),
            incident(3, people=4, content="b"),
        ],
        frozenset(),
    )
    assert (len(fate.incidents), len(fate.stopped), len(fate.left)) == (3, 3, 0)
    assert (fate.people_least, fate.people_most, fate.records) == (10, 14, 18)
    assert fate.deadline is None
    assert {(f.detector, f.distinct) for f in fate.found} == {("fr_nir", 14), ("fr.oncology", 8)}


@pytest.mark.parametrize(
    ("one", "used", "left"),
    [
        (incident(1), (), False),
        (incident(1), (incident(1).id,), True),
        (incident(1, action=Action.LOG), (), True),
        (incident(1, action=Action.BLOCK), (), False),
        (incident(1, forwarded="the server answered 201"), (), True),
        (incident(1, forwarded="sending since 2026-11-23 12:00 UTC"), (), True),
        (incident(1, forwarded="failed: the server answered 503"), (), False),
    ],
)
def test_what_left_is_told_from_what_was_stopped(
    one: Incident, used: tuple[str, ...], *, left: bool
) -> None:
    fate = gather([one], frozenset(used))
    assert bool(fate.left) is left
    assert (fate.deadline == one.at + timedelta(hours=72)) is left


def test_what_reviewers_found_wrong_is_left_out() -> None:
    fate = gather(
        [
            incident(1, outcome=Outcome.FALSE_POSITIVE),
            incident(2, outcome=Outcome.TRUE_POSITIVE),
        ],
        frozenset(),
    )
    assert (fate.false_positives, len(fate.incidents), fate.people_most) == (1, 1, 10)


def report(fate: Fate, language: str) -> Document:
    return breach(
        fate, language=language, now=NOW, acts=7, names={"fr_nir": "Numéro de sécurité sociale"}
    )


FATES = {
    "stopped": gather([incident(n, people=n) for n in range(1, 60)], frozenset()),
    "left": gather([incident(1), incident(2, action=Action.LOG)], frozenset()),
    "none": gather([], frozenset()),
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
