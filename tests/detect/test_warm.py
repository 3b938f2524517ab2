"""What is compiled before the first message, so that none waits for it."""

from __future__ import annotations

import pytest

from dlp.detect.words import Vocabulary, load_vocabulary

TEXT = "Patiente : Mme Élodie Durand, née le 02/03/1961, n° de sécurité sociale, Фамилия".encode()


def test_no_message_waits_for_words_to_be_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary = load_vocabulary.__wrapped__()
    vocabulary.warm()
    monkeypatch.setattr(Vocabulary, "_union", None)

    assert vocabulary.stops(TEXT)
    assert len(vocabulary.words(TEXT, 0, len(TEXT))) > 3
    assert vocabulary.may_announce(TEXT)
    assert not vocabulary.signed(TEXT)
