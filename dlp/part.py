"""The inspection of an upload that takes several requests, and of one part of it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlp.inspection import Inspection
from dlp.types import Uninspectable

if TYPE_CHECKING:
    from dlp.inspection import Core
    from dlp.types import FlowInfo, Result, Tally

__all__ = ["PartInspection", "WholeInspection", "unseen"]

# Where text stands that nothing has to be undone for but the framing that clients of S3 use.
_PLAIN = ("body", "body/aws-chunked")


class WholeInspection(Inspection):
    """Inspects what several parts make."""

    @property
    def is_open(self) -> bool:
        """Whether something has begun in what came that can't be read without what follows.

        Not so in plain text, nor in bytes of no known kind, which are read as they are.
        """
        return self._reader is None or self._reader.text_path not in _PLAIN

    @property
    def held(self) -> int:
        """Bytes that are kept in memory for what follows."""
        return self._core.limits.memory - self._budget.memory


class PartInspection(WholeInspection):
    """Inspects a part, whose being cut is no damage where it is read with the others, too.

    Attributes:
        is_alone: Whether it is not, because what comes before it is not known here.
        is_first: Whether the upload begins with it, so that it looks as the whole does.
    """

    is_alone = False
    is_first = False
    _is_cut = False

    def _result(self, least: float, told: tuple[Tally, ...] = ()) -> Result:
        opaque = self._uninspectable is Uninspectable.OPAQUE and not self.is_first
        if opaque or self._uninspectable is Uninspectable.CORRUPT:
            self._is_cut, self._uninspectable = True, None
        if self._is_cut and self.is_alone and self._uninspectable is None:
            self._uninspectable = Uninspectable.PARTIAL
        return super()._result(least, told)


def unseen(core: Core, flow: FlowInfo) -> Result:
    """Return the verdict on the end of an upload of which nothing was read."""
    inspection = PartInspection(core, flow=flow)
    inspection.is_alone = inspection._is_cut = True  # noqa: SLF001 - this is its module
    return inspection.finish()
