"""What is relied on inside of RE2's own wrapper, and that ours finds the same."""

from __future__ import annotations

import re2
from hypothesis import given
from hypothesis import strategies as st

from dlp.detect.native import compiled
from dlp.detect.spelling import union

PATTERN = r"(?:\b|_)a([bc]*)\b|[0-9]{2,3}"


@given(st.text("ab c_01", max_size=40).map(str.encode), st.integers(0, 45), st.integers(0, 45))
def test_matches_are_those_of_the_library(data: bytes, start: int, end: int) -> None:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    theirs = re2.compile(PATTERN.encode(), options)
    ours = compiled(PATTERN)

    for name in ("search", "match", "fullmatch"):
        found = getattr(ours, name)(data, start, end)
        expected = getattr(theirs, name)(data, start, end)
        assert (found and found.span()) == (expected and expected.span())
        if expected and expected[1] is not None:
            assert (found[1], found.start(1), found.end(1)) == (expected[1], *expected.span(1))
    assert list(ours.spans(data)) == [one.span() for one in theirs.finditer(data)]
    assert [one.span() for one in ours.finditer(data, start, end)] == [
        one.span() for one in theirs.finditer(data, start, end)
    ]


def test_no_words_are_no_expression() -> None:
    assert union([]) == ""


LETTERS = (r"\b", "a", "[ab]", "b?", "[b ]*", "c")


@given(
    st.lists(st.lists(st.sampled_from(LETTERS), min_size=1, max_size=4), min_size=1, max_size=6),
    st.text("abc ", max_size=12).map(str.encode),
)
def test_words_that_share_their_beginning_match_as_they_do_by_themselves(
    words: list[list[str]], data: bytes
) -> None:
    together = compiled(union(words), longest=True)
    apart = [compiled("".join(word), longest=True) for word in words]

    for start in range(len(data)):
        found = together.match(data, start)
        ends = [one.end() for word in apart if (one := word.match(data, start)) is not None]
        assert (found and found.end()) == (max(ends) if ends else None)
