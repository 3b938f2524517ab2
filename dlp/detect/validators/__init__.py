"""Check algorithms by name: a normalised candidate in, its canonical form out, or None.

Those that python-stdnum gets right are its own; for the others see why in their docstrings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlp.detect.validators import european, french, overseas

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VALIDATORS"]


class _Standard:
    """A validator of python-stdnum, imported when it is first asked.

    Args:
        module: Its module in `stdnum`.
        canonical: How many of the last characters tell the person; 0 for all.
        prefix: What all of them begin with; most numbers that long are none, and told at once.
        options: Passed on to it.
    """

    def __init__(self, module: str, canonical: int = 0, prefix: str = "", **options: bool) -> None:
        self._module = module
        self._last = canonical
        self._prefix = prefix
        self._options = options
        self._validate: Any = None

    def __call__(self, value: str) -> str | None:
        if not value.startswith(self._prefix):
            return None
        if self._validate is None:
            self._validate = import_module(f"stdnum.{self._module}").is_valid
        if len(set(value)) < 3 or not self._validate(value, **self._options):
            return None
        return value[-self._last :] if self._last else value


def _finnish(value: str) -> str | None:
    """Check a HETU, whose century sign may have been lost as a separator."""
    if len(value) == 11:
        return value if _HETU(value) else None
    return next((value for sign in "-A" if _HETU(f"{value[:6]}{sign}{value[6:]}")), None)


def _nordic(value: str) -> str | None:
    """Check a Danish CPR number by its date; its modulus has been given up since 2007."""
    return value if _CPR(value) else None


_HETU = _Standard("fi.hetu", allow_temporary=True)
_CPR = _Standard("dk.cpr")

VALIDATORS: dict[str, Callable[[str], str | None]] = {
    **{
        name: getattr(module, name)
        for module in (french, european, overseas)
        for name in module.__all__
    },
    "at_svnr": _Standard("at.vnr"),
    "be_niss": _Standard("be.ssn"),
    "br_cpf": _Standard("br.cpf"),
    "ca_bcphn": _Standard("ca.bc_phn"),
    "ch_ahv": _Standard("ch.ssn", prefix="756"),
    "dk_cpr": _nordic,
    "es_dni": _Standard("es.dni"),
    "es_nie": _Standard("es.nie"),
    "fi_hetu": _finnish,
    "ie_pps": _Standard("ie.pps"),
    "in_aadhaar": _Standard("in_.aadhaar"),
    "it_cf": _Standard("it.codicefiscale"),
    "nl_bsn": _Standard("nl.bsn"),
    "no_fnr": _Standard("no.fodselsnummer"),
    "pl_pesel": _Standard("pl.pesel"),
    "pt_nif": _Standard("pt.nif"),
    "se_pnr": _Standard("se.personnummer", 10),
    "tr_tckn": _Standard("tr.tckimlik"),
    "za_id": _Standard("za.idnr"),
}
