"""What a person who is stopped gets to read."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from mitmproxy import http

from addons import pages
from addons.messages import Decision
from dlp.types import Action, Category, Evidence, Finding, Result, Uninspectable, Verdict

EVIDENCE = Evidence(
    subjects=3,
    findings=(
        Finding(
            detector="fr.hiv_sti", category=Category.HEALTH, count=1, distinct=1, confidence=1.0
        ),
    ),
)
DECISION = Decision(
    passes=False,
    status=403,
    incident="DLP-261123-4Q7ZK2MD",
    result=Result(verdict=Verdict(action=Action.QUARANTINE, rule="r"), evidence=EVIDENCE),
)


def request(method: str = "POST", **headers: str) -> http.Request:
    made = http.Request.make(method, "http://x.example/")
    for name, value in headers.items():
        made.headers[name.replace("_", "-")] = value
    return made


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("", "Envoi bloqué"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "Envoi bloqué"),
        ("en-GB,en;q=0.9,fr;q=0.1", "Sending stopped"),
        ("de,en;q=0.5", "Sending stopped"),
        ("fr;q=0,en", "Sending stopped"),
        ("de", "Envoi bloqué"),
        (";;q=,=", "Envoi bloqué"),
    ],
)
def test_the_page_speaks_the_clients_language(language: str, words: str) -> None:
    page = pages.stopped(request(accept_language=language), DECISION, "")
    assert words in (page.text or "")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/json;q=0.9", "text/html; charset=utf-8"),
        ("application/json", "application/problem+json"),
        ("application/problem+json, text/html;q=0.5", "application/problem+json"),
        ("application/fhir+json", "application/problem+json"),
        ("image/png", "text/html; charset=utf-8"),
    ],
)
def test_the_answer_has_the_form_the_client_asks_for(accept: str, kind: str) -> None:
    page = pages.stopped(request(accept=accept), DECISION, "")
    assert page.headers["content-type"] == kind
    assert page.headers["x-dlp-incident"] == DECISION.incident
    assert page.status_code == 403


def test_problem_details_are_those_of_rfc_9457() -> None:
    page = pages.stopped(request(accept="application/json", accept_language="en"), DECISION, "Anna")
    problem = json.loads(page.text or "")
    assert problem["status"] == 403
    assert problem["instance"] == "urn:dlp:incident:DLP-261123-4Q7ZK2MD"
    assert problem["found"] == ["Health identifiers (3 people)", "Health information"]
    assert "Anna" in problem["detail"]


@pytest.mark.parametrize("sent", [0, 1])
@pytest.mark.parametrize(
    ("evidence", "title", "words"),
    [
        (EVIDENCE, "Sending stopped", "appears to hold health data"),
        (replace(EVIDENCE, uninspectable=Uninspectable.ENCRYPTED), "Sending stopped", "appears to"),
        (
            Evidence(uninspectable=Uninspectable.ENCRYPTED),
            "Sending could not be inspected",
            "could not be inspected",
        ),
        (Evidence(), "Sending stopped", "rules"),
    ],
)
def test_health_data_is_only_spoken_of_where_it_was_found(
    evidence: Evidence, title: str, words: str, sent: int
) -> None:
    result = Result(verdict=Verdict(action=Action.QUARANTINE, rule="r"), evidence=evidence)
    asked = request(accept="application/json", accept_language="en")
    answer = pages.stopped(asked, replace(DECISION, result=result, sent=sent), "")
    problem = json.loads(answer.text or "")

    assert problem["title"] == title
    assert words in problem["detail"]
    assert ("health data" in problem["detail"]) == (evidence.subjects > 0)
    assert not (sent and "nothing was sent" in problem["detail"])
    page = pages.stopped(
        request(accept="text/html", accept_language="en"),
        replace(DECISION, result=result, sent=sent),
        "",
    )
    assert ("What was recognised" in (page.text or "")) == (evidence.subjects > 0)


def test_whom_to_ask_is_shown_as_text() -> None:
    page = pages.stopped(request(), DECISION, "<script>alert(1)</script>")
    assert "<script>" not in (page.text or "")


def test_an_answer_to_head_has_no_body() -> None:
    page = pages.stopped(request("HEAD"), DECISION, "")
    assert page.content == b""
    assert page.headers["x-dlp-incident"] == DECISION.incident


def test_a_refusal_always_has_a_number_to_ask_about() -> None:
    page = pages.refusal(request(accept_language="en"), reason="timeout")
    assert page.status_code == 503
    assert page.headers["x-dlp-incident"].startswith("DLP-")
    assert "timeout" in (page.text or "")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("status", [403, 503])
def test_what_had_begun_to_leave_is_not_said_to_have_stayed(language: str, status: int) -> None:
    said = []
    for sent in (0, 1):
        decision = replace(DECISION, status=status, reason="timeout", sent=sent)
        asked = request(accept_language=language, accept="application/json")
        said.append(json.loads(pages.stopped(asked, decision, "").text or "")["detail"])
    for words in ("rien n'a été transmis", "nothing was sent", "not sent to"):
        assert words not in said[1]
    assert [words in said[1] for words in ("Le début", "beginning")] == [
        language == "fr",
        language == "en",
    ]
    assert "début" not in said[0]
    assert "beginning" not in said[0]
