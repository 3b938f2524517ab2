"""Asking: how those who treat somebody write to each other of him, and how others write of people.

What they say is in `vocabulary/asking.toml`, all of it as `fold` writes text.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from dlp.detect.native import Expression, compiled

__all__ = ["SHOWS", "SIGNED", "says", "small"]

#: An examination, and that it found something.
SHOWS = compiled(
    r"\b(?:frottis|biopsie|irm|scanner|tdm|echo[a-z]*|mammographie|serologies?|bilan|depistage|pcr"
    r"|prise de sang|test|examens?|coloscopie|resultats?|analyses?|dpni|anapath|radio|fibro[a-z]*"
    r"|biopsy|colonoscopy|mri|ct|scan|x ray|befund|biopsia|analisis|esame|tac|uitslag|echografie)\b"
    r"[^.!?]{0,80}?\b(?:montr[a-z]+|confirm[a-z]*|retrouv[a-z]+|evoqu[a-z]+|evocat[a-z]+"
    r"|objectiv[a-z]+|revel[a-z]+|positi[a-z]+|shows?|showed|suggests?|ergab|zeigt[e]?|muestra"
    r"|mostra|toont)\b"
)
#: Who signs or reports, before his name.
SIGNED = compiled(
    r"\b(?:declarant|contact|prescripteur|demandeur|referente?|interlocut[a-z]+|responsable|auteur"
    r"|author|redacteur|from|expediteur|validateur|signataire|proprietaire|proprietari[ao]|owner|tierhalter(?:in)?|techni[a-z]+|tecnic[oa]|mta"
    r"|operat(?:eur|rice|or|ore|ora)|(?:valid|control|verifi|realis|effectu|saisi)[a-z]* par"
    r"|(?:check|perform|validat|sign|enter)ed by|(?:gepruft|durchgefuhrt|freigegeben) (?:von|durch)"
    r"|(?:realizad|validad|revisad)[oa] por|(?:eseguit|validat|verificat)[oa] da)[ :=]{1,3}"
    r"(?:m[. ]|mme|mr|madame|monsieur)? ?\z"
)
# Between a name and what somebody works at.
_BEHIND = r"\A[ ,(:.\n-]{1,4}(?:[a-z]+ ){0,2}"


@cache
def says(what: str) -> Expression:
    """Return what matches, in folded text as bytes, the words of one part of the vocabulary."""
    begin = _BEHIND if what == "works" else r"\b"
    words = "|".join(_read()[what]).replace("<treat>", f"(?:{'|'.join(_read()['treat'])})")
    return compiled(rf"{begin}(?:{words})\b")


@cache
def small() -> frozenset[str]:
    """Return the words that may stand between what says that somebody has something, and that."""
    return frozenset(_read()["small"])


@cache
def _read() -> dict[str, list[str]]:
    file = resources.files("dlp.detect") / "vocabulary" / "asking.toml"
    return {part: table["words"] for part, table in tomllib.loads(file.read_text("utf-8")).items()}
