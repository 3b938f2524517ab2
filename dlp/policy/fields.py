"""The kinds of values that the fields of a policy file hold, and how people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from dlp.extract.formats import KINDS
from dlp.policy.facts import host_name, network
from dlp.policy.names import detectors

if TYPE_CHECKING:
    from enum import StrEnum

    from pydantic.json_schema import JsonSchemaValue

__all__ = ["DAY", "STRICT", "WEEKDAYS", "Bounds", "Cidrs", "Clock", "Count", "Detectors", "Globs",
           "Hosts", "Kinds", "Methods", "Name", "Ports", "Size", "SizeBounds", "Sizes", "Suffixes",
           "Users", "Weekdays", "glob", "one_or_many"]  # fmt: skip

STRICT = ConfigDict(extra="forbid", frozen=True)
DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))? ?([a-z]{1,3})?")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00")
_METHOD = re.compile(r"[A-Z][A-Z0-9!#$%&'*+.^_`|~-]{0,31}")

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


def glob(pattern: str) -> str:
    """Return the expression for a pattern in which `*` is any text, and all else itself."""
    return "(?s)" + ".*".join(re.escape(part) for part in pattern.split("*"))


def _many(value: Any) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    if not values:
        raise ValueError("an empty list holds for nothing; leave the field out")
    return values


def _list_schema(item: JsonSchemaValue) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]})


@dataclass(frozen=True, slots=True)
class _OneOrMany:
    """Marks a field that takes one of the words of an enumeration, or a list of them."""

    words: tuple[str, ...]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def _read(self, value: Any) -> tuple[Any, ...]:
        values = _many(value)
        for one in values:
            if one not in self.words:
                raise ValueError(f"{one!r} is none of {', '.join(self.words)}")
        return values

    def __get_pydantic_json_schema__(
        self, _schema: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        one = {"enum": list(self.words)}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def one_or_many(words: type[StrEnum]) -> _OneOrMany:
    """Take one of `words`, or a list of them."""
    return _OneOrMany(tuple(words))


def _each(read: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: tuple(read(one) for one in _many(value)))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected a text in quotes")
    return value


def _suffix(value: Any) -> str:
    return host_name(_text(value).removeprefix("*").removeprefix("."))


def _port(value: Any) -> tuple[int, int]:
    first, _, last = str(value).partition("-")
    # isdecimal alone takes digits of all scripts.
    if not isinstance(value, int | str) or isinstance(value, bool) or not first.isascii():
        raise ValueError("expected a port as 443, or ports as 8000-8999")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise ValueError("expected a port as 443, or ports as 8000-8999") from None
    if not 0 < low <= high <= 65535:
        raise ValueError(f"{value} is no port from 1 to 65535, nor a range of them")
    return low, high


def _method(value: Any) -> str:
    method = _text(value).upper()
    if not _METHOD.fullmatch(method):
        raise ValueError("expected an HTTP method or FTP command, as POST or STOR")
    return method


def _detector(value: Any) -> str:
    name = _text(value)
    detectors(name)
    return name


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"{value!r} is none of {', '.join(sorted(KINDS))}")
    return str(value)


def _size(value: Any) -> int:
    match = _SIZE.fullmatch(str(value).strip().lower())
    if isinstance(value, bool) or not match or (match[3] or "b") not in _UNITS:
        raise ValueError("expected bytes as 500000, or a size as 10 MB or 512 KiB")
    thousandths = int(match[1]) * 1000 + int((match[2] or "0").ljust(3, "0"))
    return thousandths * _UNITS[match[3] or "b"] // 1000


def _clock(value: Any) -> int:
    # YAML 1.1 reads 22:00 as a number in base sixty; 1.2, read here, does not.
    match = _TIME.fullmatch(str(value))
    if not match:
        raise ValueError("expected a time of the day, as '07:30'")
    return int(match[1] or 0) * 60 + int(match[2] or 0)


def _days(value: Any) -> tuple[int, ...]:
    days: set[int] = set()
    for one in _many(value):
        first, _, last = str(one).lower().partition("-")
        if first not in WEEKDAYS or (last and last not in WEEKDAYS):
            raise ValueError("expected days as mon, or as mon-fri")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days |= (
            set(range(start, end + 1))
            if start <= end
            else set(range(start, 7)) | set(range(end + 1))
        )
    return tuple(sorted(days))


_STRING = {"type": "string", "minLength": 1}
_DAY = {
    "type": "string",
    "pattern": "^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$",
}
_PORT = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 65535},
                   {"type": "string", "pattern": "^[0-9]{1,5}(-[0-9]{1,5})?$"}]}  # fmt: skip
_BYTES = {"anyOf": [{"type": "integer", "minimum": 0},
                    {"type": "string", "pattern": "^[0-9.]+ ?([kKmMgG]?[iI]?[bB])?$"}]}  # fmt: skip

Hosts = Annotated[tuple[str, ...], _each(lambda v: host_name(_text(v))), _list_schema(_STRING)]
Suffixes = Annotated[tuple[str, ...], _each(_suffix), _list_schema(_STRING)]
Cidrs = Annotated[tuple[str, ...], _each(lambda v: str(network(_text(v)))), _list_schema(_STRING)]
Ports = Annotated[tuple[tuple[int, int], ...], _each(_port), _list_schema(_PORT)]
Methods = Annotated[tuple[str, ...], _each(_method), _list_schema(_STRING)]
Users = Annotated[tuple[str, ...], _each(lambda v: _text(v).casefold()), _list_schema(_STRING)]
Globs = Annotated[tuple[str, ...], _each(_text), _list_schema(_STRING)]
Detectors = Annotated[tuple[str, ...], _each(_detector), _list_schema(_STRING)]
Kinds = Annotated[tuple[str, ...], _each(_kind), _list_schema({"enum": sorted(KINDS)})]
Weekdays = Annotated[tuple[int, ...], BeforeValidator(_days), _list_schema(_DAY)]
Clock = Annotated[int, BeforeValidator(_clock), WithJsonSchema(
    {"type": "string", "pattern": f"^({_TIME.pattern})$"})]  # fmt: skip
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(_BYTES)]


class Bounds(BaseModel):
    """How many: `2` means at least two, `{most: 0}` none.

    Attributes:
        least: At least so many.
        most: At most so many.
    """

    model_config = STRICT

    least: Annotated[int, Field(ge=0)] | None = None
    most: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Bounds:
        return _ordered(self)

    def holds(self, number: int) -> bool:
        """Tell whether `number` lies within."""
        return (self.least or 0) <= number and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        return _words(self.least, self.most)


class SizeBounds(Bounds):
    """How large, in bytes or as `10 MB`.

    Attributes:
        least: At least so many bytes.
        most: At most so many bytes.
    """

    least: Size | None = None
    most: Size | None = None


def _ordered[B: Bounds](bounds: B) -> B:
    if bounds.least is None and bounds.most is None:
        raise ValueError("expected `least`, `most` or both")
    if bounds.least is not None and bounds.most is not None and bounds.least > bounds.most:
        raise ValueError("`least` is above `most`")
    return bounds


def _words(least: int | None, most: int | None) -> str:
    if least is not None and most is not None:
        return f"= {least}" if least == most else f"{least} to {most}"
    return f">= {least}" if most is None else f"<= {most}"


def _count(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 1:
            raise ValueError("at least none always holds; write {most: 0} for none")
        return {"least": value}
    if not isinstance(value, dict | Bounds):
        raise ValueError("expected a number, or {least: …, most: …}")  # noqa: TRY004
    return value


def _sizes(value: Any) -> Any:
    return value if isinstance(value, dict | SizeBounds) else {"least": value}


Count = Annotated[
    Bounds, BeforeValidator(_count, json_schema_input_type=Annotated[int, Field(ge=1)] | Bounds)
]
Sizes = Annotated[SizeBounds, BeforeValidator(_sizes, json_schema_input_type=Size | SizeBounds)]
