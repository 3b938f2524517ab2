"""Messages about one patient with nothing but a name, and others that a hospital sends."""

from __future__ import annotations

import tomllib
from pathlib import Path

__all__ = ["OF_PATIENTS", "OTHERS"]

_TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
OF_PATIENTS = {f"message {n}": text for n, text in enumerate(_TEXTS["patients"])}
OTHERS = {f"other message {n}": text for n, text in enumerate(_TEXTS["others"])}
