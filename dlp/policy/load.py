"""Reads a policy from a file or a built-in preset, with errors that name the place."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlp.policy.model import Policy

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PRESETS", "PolicyError", "load_policy", "parse_policy", "preset"]

PRESETS = ("balanced", "monitor")


class PolicyError(ValueError):
    """A policy can't be used; the message names the file, the place and the reason."""


def preset(name: str) -> Policy:
    """Return a built-in policy."""
    file = resources.files("dlp.policy") / "presets" / f"{name}.yaml"
    return parse_policy(file.read_text("utf-8"), f"preset {name}")


def load_policy(path: Path) -> Policy:
    """Read the policy in a file.

    Raises:
        PolicyError: The file can't be read, is not YAML or not a policy.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"policy {path}: {_reason(error)}") from None
    return parse_policy(text, f"policy {path}")


def parse_policy(text: str, source: str) -> Policy:
    """Read a policy from YAML text.

    Args:
        text: The YAML.
        source: What to call it in an error.

    Raises:
        PolicyError: The text is not YAML or not a policy.
    """
    try:
        raw: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise PolicyError(f"{source}{place}: {error.problem}") from None
    except YAMLError:
        raise PolicyError(f"{source}: not YAML") from None
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = first["loc"]
        field = ".".join(str(part) for part in path) or "the document"
        place = _place(raw, path)
        raise PolicyError(f"{source}{place}: {field}: {first['msg']}") from None


def _place(raw: Any, path: tuple[int | str, ...]) -> str:
    """Return ` line N, column M` of the deepest part of `path` that the document has."""
    line = column = -1
    for part in path:
        marks = getattr(raw, "lc", None)
        if marks is None:
            break
        if isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            line, column = marks.item(part)
        elif isinstance(raw, dict) and part in raw:
            line, column = marks.key(part)
        else:
            break
        raw = raw[part]
    return "" if line < 0 else f" line {line + 1}, column {column + 1}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "not UTF-8 text"
