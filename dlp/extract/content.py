"""What all readers share: the text they yield, how they are fed, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dlp.extract.budget import Budget, UninspectableError
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dlp.extract.parts import Parsers

__all__ = ["ANY", "SNIFF", "Content", "Format", "Opening", "Segment", "text_path"]

# Bytes that tell a format from others.
SNIFF = 512
# Any byte.
ANY = bytes(range(256))


# As tuples, these two are made several times as fast, which every small message does.
class Segment(NamedTuple):
    """A piece of readable text and where in the message it stands.

    Attributes:
        path: Readable place, as `body/gzip`; pieces of one path follow one another. Members of
            archives are numbered, because their names may hold health data.
        data: Text in an ASCII-compatible encoding.
        final: Whether the text of this path ends here.
        quiet: Whether it is bytes of chance in which there is nothing to be found.
    """

    path: str
    data: bytes
    final: bool = False
    quiet: bool = False


class Content(Protocol):
    """Reads what a body holds, chunk by chunk; however it is cut, the text is the same."""

    def feed(self, data: bytes) -> Iterator[Segment]:
        """Yield the text that `data` adds.

        Raises:
            UninspectableError: The content is damaged, encrypted or over the budget.
        """

    def finish(self) -> Iterator[Segment]:
        """Yield the rest of the text; the content ends here.

        Raises:
            UninspectableError: The content ends where it may not.
        """


def text_path(content: object) -> str | None:
    """Return the path of the text that a body is, if its text comes out as its bytes go in.

    Readers say so by an attribute of this name; then only the last 96 KiB of text may be kept for
    what follows. None for what is read from its end, for what is still to be recognised, and while
    something is open in the text whose end is to come.
    """
    path: str | None = getattr(content, "text_path", None)
    return path


class Opening(NamedTuple):
    """Where something is opened, and what may be spent on it.

    Attributes:
        path: Where it stands.
        depth: Wrappings that may still be opened inside each other.
        budget: What unpacking the message may cost.
        reader: Makes the reader of a body of any kind.
        parsers: Parse documents that can only be read whole; without them, those can't be read.
        meant: Tells whether a few bytes look like anything, rather than like chance.
        known: Tells whether a body that begins with these bytes has a known format.
        content_type: Value of Content-Type, or empty.
        content_encoding: Value of Content-Encoding, codings separated by commas, or empty.
        doubted: Whether the bytes may be none that anybody meant, as those that a word decodes
            to: then they have to look like something, and a little damage is no damage.
    """

    path: str
    depth: int
    budget: Budget
    reader: Callable[[Opening], Content]
    meant: Callable[[bytes], bool]
    known: Callable[[bytes], bool]
    parsers: Parsers | None = None
    content_type: str = ""
    content_encoding: str = ""
    doubted: bool = False

    def inside(
        self,
        name: str,
        *,
        content_type: str = "",
        content_encoding: str = "",
        doubted: bool = False,
    ) -> Opening:
        """Return where the content of a wrapping stands.

        Raises:
            UninspectableError: That is too deep.
        """
        if self.depth <= 0:
            raise UninspectableError(Uninspectable.BUDGET)
        return self._replace(
            path=f"{self.path}/{name}",
            depth=self.depth - 1,
            content_type=content_type,
            content_encoding=content_encoding,
            doubted=doubted,
        )

    def part(self, name: str, *, content_type: str = "", content_encoding: str = "") -> Opening:
        """Return where one of several things in the same wrapping stands."""
        return self._replace(
            path=f"{self.path}/{name}",
            content_type=content_type,
            content_encoding=content_encoding,
            doubted=False,
        )

    def body(self) -> Content:
        """Return a reader of a body of whatever kind that stands here.

        Raises:
            UninspectableError: An unknown content coding, or too many of them.
        """
        return self.reader(self)


@dataclass(frozen=True, slots=True)
class Format:
    """A format that a body is recognised by its first bytes to be in.

    Attributes:
        name: As it shows in paths.
        begins: Tells from the first bytes, `SNIFF` of them unless the body is shorter.
        open: Makes the reader; the opening's path already names the format, and its content type
            is the body's.
        types: Content types, or their beginnings, that name the format where no row before this
            one fits.
        searched: Whether archives are looked for beside what its reader reads.
        doubts: Whether its reader is told of bytes that may be none that anybody meant.
        binary: Whether it begins with bytes that text in ASCII has none of.
        first: Bytes one of which it begins with, unless that may be any.
        least: So many bytes it takes to tell.
    """

    name: str
    begins: Callable[[bytes], object]
    open: Callable[[Opening], Content]
    types: tuple[str, ...] = ()
    searched: bool = False
    doubts: bool = False
    binary: bool = False
    first: bytes = ANY
    least: int = 1
