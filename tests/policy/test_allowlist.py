"""Entries take out what they name, where they name it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench import patients
from dlp.detect.entries import load_catalog
from dlp.detect.groups import digest
from dlp.inspection import Core, Inspection
from dlp.policy.allowlist import Allowlist
from dlp.policy.facts import facts
from dlp.types import Action, AllowEntry, Channel, FlowInfo, Moment, Result, Uninspectable

NOW = 1_800_000_000.0
SENT = FlowInfo(
    channel=Channel.HTTP,
    client="10.2.3.4",
    host="depot.dsn-info.fr",
    port=443,
    user="paie",
    at=Moment(epoch=NOW, weekday=0, minute=0),
)
PEOPLE = list(patients.patients(5, seed=7))
NIR = next(one for one in load_catalog() if one.id == "fr_nir")
NIRS = "\n".join(f"numéro de sécurité sociale {one.nir}" for one in PEOPLE).encode()
LEAK = patients.leak_csv(5, seed=7)


def entry(**more: Any) -> AllowEntry:
    given: dict[str, Any] = {
        "id": "ALW-1",
        "owner": "o",
        "reason": "r",
        "created": NOW - 1,
        "expires": NOW + 1,
    }
    return AllowEntry(**(given | more))


def inspect(
    core: Core, body: bytes, *entries: AllowEntry, flow: FlowInfo = SENT, encoding: str = ""
) -> Result:
    core = replace(core, allowlist=Allowlist(entries))
    inspection = Inspection(core, flow=flow, content_encoding=encoding)
    inspection.feed(body)
    return inspection.finish()


@pytest.mark.parametrize(
    "where",
    [
        {"host": "depot.dsn-info.fr"},
        {"suffix": "dsn-info.fr"},
        {"suffix": "depot.dsn-info.fr", "port": 443},
        {"client": "10.2.0.0/16"},
        {"user": "paie"},
        {"port": 443},
        {"host": "depot.dsn-info.fr", "client": "10.2.3.4/32", "user": "paie", "port": 443},
    ],
)
def test_a_detector_does_not_count_where_an_entry_says_so(
    core: Core, where: dict[str, Any]
) -> None:
    assert inspect(core, NIRS).verdict.action is Action.QUARANTINE

    result = inspect(core, NIRS, entry(detector="fr_nir", **where))

    assert result.verdict.action is Action.ALLOW
    assert result.evidence.allowed == ("ALW-1",)
    assert result.evidence.subjects == 0


@pytest.mark.parametrize(
    "other",
    [
        {"host": "dsn-info.fr"},
        {"suffix": "info.fr"},
        {"cidr": "0.0.0.0/0"},
        {"host": "depot.dsn-info.fr", "port": 80},
        {"host": "depot.dsn-info.fr", "client": "10.3.0.0/16"},
        {"host": "depot.dsn-info.fr", "user": "someone"},
        {"host": "depot.dsn-info.fr", "expires": NOW},
        {"host": "depot.dsn-info.fr", "detector": "gb_nhs"},
        {"host": "depot.dsn-info.fr", "detector": "no_such_detector"},
        {"host": "depot.dsn-info.fr", "detector": ""},
    ],
)
def test_and_counts_everywhere_else(core: Core, other: dict[str, Any]) -> None:
    result = inspect(core, NIRS, entry(**({"detector": "fr_nir"} | other)))

    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.allowed == ()


def test_what_an_entry_does_not_name_still_counts(core: Core) -> None:
    result = inspect(core, LEAK, entry(detector="fr_nir", host="depot.dsn-info.fr"))

    assert result.verdict.action is Action.QUARANTINE
    assert result.evidence.allowed == ("ALW-1",)
    assert "fr_nir" not in [finding.detector for finding in result.evidence.findings]
    assert result.evidence.patients > 0


@pytest.mark.parametrize(
    ("detector", "action"),
    [
        ("fr_nir,person", Action.ALLOW),
        ("fr_nir,no_such_detector,person", Action.QUARANTINE),
        ("fr_nir,", Action.QUARANTINE),
    ],
)
def test_several_detectors_stand_in_one_entry(core: Core, detector: str, action: Action) -> None:
    allowed = entry(detector=detector, host="depot.dsn-info.fr")
    assert inspect(core, LEAK, allowed).verdict.action is action


def test_one_value_does_not_count_and_the_others_do(core: Core) -> None:
    hashes = [digest(core.key, NIR.canonical(one.nir) or "") for one in PEOPLE]
    named = [entry(id=f"ALW-{n}", value=one) for n, one in enumerate(hashes)]

    one = inspect(core, NIRS, named[0])
    all_of_them = inspect(core, NIRS, *named)

    assert one.evidence.subjects == len(PEOPLE) - 1
    assert one.evidence.announced == len(PEOPLE) - 1
    assert one.verdict.action is Action.QUARANTINE
    assert all_of_them.verdict.action is Action.ALLOW
    assert set(all_of_them.evidence.allowed) == {one.id for one in named}


def test_a_finding_names_the_hashes_that_entries_take(core: Core) -> None:
    found = inspect(core, NIRS).evidence.findings[0]

    assert set(found.hashes) <= {digest(core.key, NIR.canonical(one.nir) or "") for one in PEOPLE}
    assert len(found.hashes) == len(found.masked)


def test_what_can_t_be_read_passes_where_an_entry_says_so(core: Core) -> None:
    allowed = entry(detector=f"uninspectable:{Uninspectable.UNKNOWN_ENCODING}", host=SENT.host)

    assert inspect(core, b"x", allowed, encoding="sdch").verdict.action is Action.ALLOW
    elsewhere = replace(SENT, host="elsewhere.example")
    stopped = inspect(core, b"x", allowed, encoding="sdch", flow=elsewhere)
    assert stopped.verdict.action is Action.QUARANTINE


def test_a_flow_whose_moment_is_not_known_is_met_by_no_entry(core: Core) -> None:
    flow = replace(SENT, at=None)
    result = inspect(core, NIRS, entry(detector="fr_nir", host=SENT.host), flow=flow)
    assert result.verdict.action is Action.QUARANTINE


def test_a_content_is_known_by_its_hash_and_its_flow() -> None:
    allowlist = Allowlist([entry(content="ab", host=SENT.host)])

    assert allowlist.content("ab", facts(SENT)) is not None
    assert allowlist.content("", facts(SENT)) is None
    assert allowlist.content("cd", facts(SENT)) is None
    assert allowlist.content("ab", facts(replace(SENT, host="other.example"))) is None


def test_networks_of_destinations_are_those_of_addresses(core: Core) -> None:
    flow = replace(SENT, host="10.9.8.7")
    allowed = entry(detector="fr_nir", cidr="10.9.0.0/16")
    assert inspect(core, NIRS, allowed, flow=flow).verdict.action is Action.ALLOW


def test_what_counts_together_with_other_messages_is_narrowed_too(core: Core) -> None:
    one = f"ref {PEOPLE[0].nir}".encode()

    assert [tally.detector for tally in inspect(core, one).tallies if tally.valid] == ["fr_nir"]

    whole = inspect(core, one, entry(detector="fr_nir", host=SENT.host))
    value = digest(core.key, NIR.canonical(PEOPLE[0].nir) or "")
    single = inspect(core, one, entry(value=value))

    assert [tally for tally in whole.tallies if tally.detector == "fr_nir"] == []
    assert [tally for tally in single.tallies if tally.valid] == []
    assert whole.evidence.allowed == single.evidence.allowed == ("ALW-1",)
