"""Check algorithms by name: a normalised candidate in, its canonical form out, or None.

Those that python-stdnum gets right are its own; for the others see why in their docstrings.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dlp.detect.validators import european, french, overseas
from dlp.detect.validators.sums import weighted

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["VALIDATORS"]


class _Standard:
    """A validator of python-stdnum, imported when it is first asked.

    Args:
        module: Its module in `stdnum`.
        canonical: How many of the last characters tell the person; 0 for all.
        prefix: What all of them begin with; most numbers that long are none, and told at once.
        sum_fits: Tells at once of most others that their check digits are wrong.
        options: Passed on to it.
    """

    def __init__(
        self,
        module: str,
        canonical: int = 0,
        prefix: str = "",
        sum_fits: Callable[[str], bool] | None = None,
        **options: bool,
    ) -> None:
        self._module = module
        self._last = canonical
        self._prefix = prefix
        self._sum_fits = sum_fits
        self._options = options
        self._validate: Any = None

    def __call__(self, value: str) -> str | None:
        if not value.startswith(self._prefix):
            return None
        if self._sum_fits is not None and not self._sum_fits(value):
            return None
        if self._validate is None:
            self._validate = import_module(f"stdnum.{self._module}").is_valid
        if len(set(value)) < 3 or not self._validate(value, **self._options):
            return None
        return value[-self._last :] if self._last else value


def _fits_be(value: str) -> bool:
    """Tell whether the last two digits are 97 less the others' remainder, in either century."""
    born, key = int(value[:9]), int(value[9:])
    return key == 97 - born % 97 or key == 97 - (2_000_000_000 + born) % 97


def _fits_no(value: str) -> bool:
    """Tell whether both check digits are right, modulo 11 (Skatteetaten)."""
    return not (
        weighted(value[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
        or weighted(value, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    )


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
    "ar_cuil": _Standard("ar.cuit"),
    "at_svnr": _Standard("at.vnr"),
    "be_niss": _Standard("be.ssn", sum_fits=_fits_be),
    "bg_egn": _Standard("bg.egn"),
    "br_cpf": _Standard("br.cpf"),
    "ca_bcphn": _Standard("ca.bc_phn"),
    "ch_ahv": _Standard("ch.ssn", prefix="756"),
    "cl_rut": _Standard("cl.rut"),
    "cz_rc": _Standard("cz.rc"),
    "dk_cpr": _nordic,
    "do_cedula": _Standard("do.cedula"),
    "ec_ci": _Standard("ec.ci"),
    "ee_ik": _Standard("ee.ik"),
    "es_dni": _Standard("es.dni"),
    "es_nie": _Standard("es.nie"),
    "fi_hetu": _finnish,
    "gr_amka": _Standard("gr.amka"),
    "hr_oib": _Standard("hr.oib"),
    "id_nik": _Standard("id.nik"),
    "ie_pps": _Standard("ie.pps"),
    "il_id": _Standard("il.idnr"),
    "in_aadhaar": _Standard("in_.aadhaar"),
    "is_kt": _Standard("is_.kennitala"),
    "it_cf": _Standard("it.codicefiscale"),
    "jp_in": _Standard("jp.in_"),
    "kr_rrn": _Standard("kr.rrn"),
    "lt_ak": _Standard("lt.asmens"),
    "mx_curp": _Standard("mx.curp"),
    "my_nric": _Standard("my.nric"),
    "nl_bsn": _Standard("nl.bsn"),
    "no_fnr": _Standard("no.fodselsnummer", sum_fits=_fits_no),
    "pl_pesel": _Standard("pl.pesel"),
    "pt_nif": _Standard("pt.nif"),
    "ro_cnp": _Standard("ro.cnp"),
    "rs_jmbg": _Standard("si.emso"),
    "se_pnr": _Standard("se.personnummer", 10),
    "th_pin": _Standard("th.pin"),
    "tr_tckn": _Standard("tr.tckimlik"),
    "ua_rntrc": _Standard("ua.rntrc"),
    "za_id": _Standard("za.idnr"),
}
