"""What a server of git offers a client that pushes."""

from __future__ import annotations

import pytest

from addons.git_offer import offers_pushes, without_thin_packs

HEAD = b"001f# service=git-receive-pack\n0000"
ID = b"c0ffee" * 6 + b"c0ff"


def line(text: bytes) -> bytes:
    return b"%04x%b" % (len(text) + 4, text)


@pytest.mark.parametrize("head", [HEAD, b""])
@pytest.mark.parametrize("rest", [b"0000", line(ID + b" refs/heads/b\n") + b"0000"])
def test_a_server_that_takes_thin_packs_seems_not_to(head: bytes, rest: bytes) -> None:
    offered = ID + b" refs/heads/a\0report-status delete-refs agent=git/2.39"

    assert (
        without_thin_packs(head + line(offered + b"\n") + rest)
        == head + line(offered + b" no-thin\n") + rest
    )


@pytest.mark.parametrize(
    "offer",
    [
        HEAD + line(ID + b" refs/heads/a\0no-thin agent=git\n") + b"0000",
        b"",
        b"<html>",
        HEAD + b"fff0" + ID + b" a\0b\n",
    ],
)
def test_what_needs_no_change_or_is_none_stays(offer: bytes) -> None:
    assert without_thin_packs(offer) == offer


def test_only_answers_about_pushes_are_meant() -> None:
    kind = "application/x-git-receive-pack-advertisement"
    assert offers_pushes("/a.git/info/refs?service=git-receive-pack", kind)
    assert not offers_pushes("/a.git/info/refs?service=git-upload-pack", kind)
    assert not offers_pushes("/a.git/info/refs?service=git-receive-pack", "text/html")
