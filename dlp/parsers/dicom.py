"""DICOM: what its attributes say, public and private ones, and documents inside of it.

Format: DICOM PS3.5 and PS3.10; pydicom reads it. Pixels are left out.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

import pydicom
from pydicom import config
from pydicom.datadict import keyword_for_tag

from dlp.extract.parts import Part
from dlp.parsers.members import member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

__all__ = ["parse"]

_PIXELS = frozenset({0x7FE00010, 0x7FE00008, 0x7FE00009})
_ENCAPSULATED = 0x00420011
_BYTES = frozenset("OB OW OD OF OL OV UN".split())
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Attributes inside of attributes; deeper ones are a loop or a trick.
DEPTH = 32


def parse(document: bytes) -> Iterator[Part]:
    """Yield the attributes of a DICOM object."""
    config.settings.reading_validation_mode = config.IGNORE
    warnings.simplefilter("ignore")
    data = pydicom.dcmread(io.BytesIO(document), force=True)
    if getattr(data, "file_meta", None) is not None:
        yield _text(_said(data.file_meta, 0))
    yield _text(_said(data, 0))
    if _ENCAPSULATED in data:
        yield from member(1, "", bytes(data[_ENCAPSULATED].value))


def _text(lines: Iterator[str]) -> Part:
    text = "".join(f"{line}\n" for line in lines)
    return Part(name="attributes", data=text.encode("utf-8", "replace"), final=False)


def _said(data: Dataset, depth: int) -> Iterator[str]:
    for tag in sorted(data.keys()):
        if tag in _PIXELS or tag == _ENCAPSULATED:
            continue
        try:
            element = data[tag]
        except Exception:  # noqa: BLE001 - one value that makes no sense hides no other
            yield _raw(data.get_item(tag))
            continue
        if element.VR == "SQ":
            if depth < DEPTH:
                for item in element.value:
                    yield from _said(item, depth + 1)
            continue
        yield _line(element)


def _raw(element: object) -> str:
    value = getattr(element, "value", b"")
    return value.decode("latin-1") if isinstance(value, bytes) else ""


def _line(element: DataElement) -> str:
    # `PatientBirthDate` is said as people say it.
    name = _WORD.sub(" ", keyword_for_tag(element.tag)) or element.name
    value = element.value
    if element.VR in _BYTES:
        said = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    elif element.VR == "PN":
        said = str(value).replace("^", " ").strip()
    elif element.VR == "DA" and re.fullmatch(r"\d{8}", text := str(value)):
        said = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    else:
        said = str(value)
    return f"{name}: {said}"
