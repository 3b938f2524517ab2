"""Reads policies and their tests from YAML; errors name line, column, field and reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from dlp.policy.model import Policy
from dlp.policy.names import closest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "DEFAULT",
    "PRESETS",
    "PolicyError",
    "Problem",
    "load_policy",
    "open_policy",
    "parse",
    "parse_policy",
    "preset",
    "preset_text",
    "read_text",
]

PRESETS = ("balanced", "monitor", "strict")
DEFAULT = "balanced"
# A policy of a thousand rules has some hundred kilobytes.
LARGEST = 4 * 1024 * 1024
MISSING = "is missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a file.

    Attributes:
        line: Its line, from 1; 0 where it is about the whole file.
        column: Its column, from 1; 0 likewise.
        field: Path of the field, as `rules.0.when.subjects`; empty likewise.
        reason: What is wrong with it.
    """

    line: int = 0
    column: int = 0
    field: str = ""
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}" if self.line else ""
        return ": ".join(part for part in (place, self.field, self.reason) if part)


class PolicyError(ValueError):
    """A file can't be used; the message is one line that names file, place, field and reason.

    Attributes:
        source: The file.
        problems: All that is wrong with it; the message has the first.
    """

    def __init__(self, source: str, problems: list[Problem]) -> None:
        more = len(problems) - 1
        rest = f" (and {more} more; see dlp policy check)" if more else ""
        first = problems[0]
        gap = " " if first.line else ": "
        super().__init__(f"{source}{gap}{first}{rest}")
        self.source = source
        self.problems = tuple(problems)


def preset(name: str) -> Policy:
    """Return a built-in policy."""
    return parse_policy(preset_text(name), f"preset {name}")


def preset_text(name: str) -> str:
    """Return a built-in policy as it is written."""
    return (resources.files("dlp.policy") / "presets" / f"{name}.yaml").read_text("utf-8")


def open_policy(name: str) -> Policy:
    """Return the policy of that name, or in that file.

    Raises:
        PolicyError: It can't be used.
    """
    if name in PRESETS:
        return preset(name)
    path = Path(name)
    if path.name == name and not path.suffix and not path.exists():
        reason = f"No such file, and none of those built in: {', '.join(PRESETS)}"
        raise PolicyError(f"policy {name}", [Problem(reason=reason)])
    return load_policy(path)


def load_policy(path: Path) -> Policy:
    """Read the policy in a file.

    Raises:
        PolicyError: The file can't be read, is not YAML or not a policy.
    """
    return parse_policy(read_text(path, "policy"), f"policy {path}")


def parse_policy(text: str, source: str) -> Policy:
    """Read a policy from YAML text.

    Args:
        text: The YAML.
        source: What to call it in an error.

    Raises:
        PolicyError: The text is not YAML or not a policy.
    """
    return parse(Policy, text, source)


def read_text(path: Path, kind: str) -> str:
    """Return what a file says.

    Raises:
        PolicyError: It can't be read, is no UTF-8 or far too large; `kind` says what it should be.
    """
    source = f"{kind} {path}"
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise PolicyError(source, [Problem(reason=f"larger than {LARGEST} bytes")])
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise PolicyError(source, [Problem(line=line, column=column, reason="not UTF-8")]) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PolicyError(source, [Problem(reason=reason)]) from None


def parse[M: BaseModel](model: type[M], text: str, source: str) -> M:
    """Read YAML text as a model.

    Raises:
        PolicyError: The text is not YAML, or not what the model asks.
    """
    try:
        raw: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"not YAML: {error.problem or error.context}"
        raise PolicyError(source, [_problem(mark, reason)]) from None
    except YAMLError as error:
        # What can't stand in YAML at all, as a control character.
        reason = f"not YAML: {getattr(error, 'reason', type(error).__name__)}"
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise PolicyError(source, [Problem(line=line, column=1, reason=reason)]) from None
    except (RecursionError, ValueError):
        raise PolicyError(source, [Problem(reason="not YAML that can be read")]) from None
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        found = [_invalid(model, raw, one) for one in error.errors(include_url=False)]
        # What is missing is often what another field's name was meant to be.
        found.sort(key=lambda one: (one.reason == MISSING, one.line, one.column))
        raise PolicyError(source, found) from None
    except RecursionError:
        raise PolicyError(source, [Problem(reason="an alias that holds itself")]) from None


def _problem(mark: Any, reason: str) -> Problem:
    return (
        Problem(line=mark.line + 1, column=mark.column + 1, reason=reason)
        if mark
        else Problem(reason=reason)
    )


def _invalid(model: type[BaseModel], raw: Any, error: ErrorDetails) -> Problem:
    path = error["loc"]
    line, column = _place(raw, path)
    return Problem(
        line=line,
        column=column,
        field=".".join(str(part) for part in path) or "the document",
        reason=_reason(model, error),
    )


def _reason(model: type[BaseModel], error: ErrorDetails) -> str:
    kind, message = error["type"], error["msg"]
    path = error["loc"]
    if kind == "extra_forbidden":
        known = _fields(model, path[:-1])
        return f"no such field{closest(str(path[-1]), known) or _one_of(known)}"
    if kind == "missing":
        return MISSING
    if kind == "string_pattern_mismatch":
        return "expected a name of a to z, 0 to 9 and -, at most 64 of them"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"expected fields as `name: value`{_one_of(_fields(model, path))}"
    if kind in ("tuple_type", "list_type"):
        return "expected a list"
    if kind == "enum":
        return f"expected {message.removeprefix('Input should be ')}"
    return (
        message.removeprefix("Value error, ")
        .replace("Input should be", "expected")
        .replace("\n", " ")
    )


def _one_of(known: list[str]) -> str:
    return f"; there are: {', '.join(known)}" if known else ""


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _fields(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the fields that there are in a place of a file, by the schema."""
    schema = _schema(model)
    nodes = [schema]
    for part in path:
        deeper = [_step(node, part) for node in _resolved(schema, nodes)]
        nodes = [node for node in deeper if node is not None]
    places = _resolved(schema, nodes)
    return sorted({name for place in places for name in place.get("properties", ())})


def _resolved(schema: dict[str, Any], nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for node in nodes:
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            found += _resolved(schema, [schema["$defs"][name]])
        elif "anyOf" in node:
            found += _resolved(schema, node["anyOf"])
        else:
            found.append(node)
    return found


def _step(node: dict[str, Any], part: int | str) -> dict[str, Any] | None:
    step: dict[str, Any] | None = (
        node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    )
    return step


def _place(raw: Any, path: tuple[int | str, ...]) -> tuple[int, int]:
    """Return line and column of the deepest part of `path` that the document has, from 1."""
    line = column = -1
    for part in path:
        marks = getattr(raw, "lc", None)
        if marks is None:
            break
        if isinstance(raw, list) and isinstance(part, int) and part < len(raw):
            line, column = marks.item(part)
        elif isinstance(raw, dict) and part in raw:
            try:
                line, column = marks.key(part)
            except KeyError:  # merged in from an alias, which stands elsewhere
                break
        else:
            break
        raw = raw[part]
    return line + 1, column + 1
