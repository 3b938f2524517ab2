"""What is compiled before the first message, so that none waits for it."""

from __future__ import annotations

import re

import pytest

from dlp.detect.detectors import load_detectors
from dlp.detect.words import Vocabulary, load_vocabulary
from dlp.late import late

TEXT = "Patiente : Mme Élodie Durand, née le 02/03/1961, n° de sécurité sociale, Фамилия".encode()


def test_no_message_waits_for_words_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = load_vocabulary.__wrapped__()
    vocabulary.warm()
    monkeypatch.setattr(Vocabulary, "_union", None)

    assert vocabulary.stops(TEXT)
    assert len(vocabulary.words(TEXT, 0, len(TEXT))) > 3
    assert vocabulary.may_announce(TEXT)
    assert not vocabulary.signed(TEXT)


def test_no_message_waits_for_an_expression_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    seldom = late(r"(?P<first>a+)b", re.IGNORECASE)
    load_detectors().warm()
    monkeypatch.setattr(re, "compile", None)

    assert seldom.match("AAB c", 1)
    assert [one["first"] for one in seldom.finditer("ab aab")] == ["a", "aa"]
    assert (seldom.fullmatch("ab ") or seldom.search("ac")) is None


def test_an_expression_is_the_same_whenever_it_is_compiled() -> None:
    assert late(rb"a(?=b)").sub(b"", b"ab ac") == b"b ac"
    assert late(rb"a(?=b)").pattern == rb"a(?=b)"
