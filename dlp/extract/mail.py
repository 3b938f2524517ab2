"""Messages of their own: mails, mailboxes, requests and answers of HTTP.

RFC 5322 (mail), RFC 4155 (mbox), RFC 9112 (HTTP/1.1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dlp.extract.content import Opening, Segment
from dlp.extract.mime import Part, Sections
from dlp.extract.plain import Text
from dlp.extract.text import decoder_for

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Mail", "Mbox", "begins_http", "begins_mail", "begins_mbox"]

_FIELDS = re.compile(rb"(?:([!-9;-~]{1,76}):[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z))+")
_FIELD = re.compile(rb"^([!-9;-~]{1,76}):", re.MULTILINE)
_OF_MAIL = frozenset(
    b"from to cc bcc subject date sender reply-to content-type importance x-mailer".split()
)
_OF_MAIL_ALONE = frozenset(
    b"return-path received delivered-to mime-version message-id dkim-signature "
    b"x-mozilla-status x-received envelope-to authentication-results arc-seal".split()
)
_OF_MBOX = re.compile(rb"From [^\r\n]{1,250}[0-9]{4}\r?\n[!-9;-~]{1,76}:")
_OF_HTTP = re.compile(
    rb"(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) [^\s]{1,400} HTTP/[12](?:\.[0-9])?"
    rb"|HTTP/[12](?:\.[0-9])? [0-9]{3}[^\r\n]{0,100})\r?\n"
)


def begins_mail(head: bytes) -> bool:
    """Tell whether a body begins with the headers of a mail."""
    # Their names begin with a letter, unlike objects.
    fields = _FIELDS.match(head) if head[:1].isalpha() else None
    if fields is None:
        return False
    names = {name.lower() for name in _FIELD.findall(fields[0])}
    return len(names & _OF_MAIL) > 1 or not names.isdisjoint(_OF_MAIL_ALONE)


def begins_mbox(head: bytes) -> bool:
    """Tell whether a body begins with a mail in a mailbox."""
    return _OF_MBOX.match(head) is not None


def begins_http(head: bytes) -> bool:
    """Tell whether a body begins as an HTTP message does."""
    return _OF_HTTP.match(head) is not None


class Mail:
    """Reads a message of its own: a mail, or a request or an answer of HTTP."""

    def __init__(self, opening: Opening) -> None:
        self._shown = Text(opening, decoder_for(b""))
        self._part = Part(opening, 0, self._shown)

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        return self._part.feed(data)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        yield from self._part.finish()
        yield from self._shown.finish()


class Mbox:
    """Reads a mailbox: mails, each after a line that begins with `From`."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._sections = Sections(b"From ", rb"[^\r\n]{1,250}[0-9]{4}", 264)
        self._number = 0
        self._mail: Mail | None = None
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds."""
        for piece in self._sections.feed(data):
            yield from self._piece(piece)

    def finish(self) -> Iterator[Segment]:
        """Yield the rest."""
        for piece in self._sections.finish():
            yield from self._piece(piece)
        if self._mail is not None:
            yield from self._mail.finish()

    def _piece(self, piece: bytes | None) -> Iterator[Segment]:
        if piece is None or self._mail is None:
            if self._mail is not None:
                yield from self._mail.finish()
            self._number += 1
            self._opening.budget.count_member()
            self._mail = Mail(self._opening.part(str(self._number)))
            self._begun = False
        if piece is not None:
            if not self._begun:
                piece = piece.removeprefix(b"\r").removeprefix(b"\n")
                self._begun = True
            yield from self._mail.feed(piece)
