"""Expressions of `re` that are compiled by the first text that asks for them.

The longest take the interpreter 2 to 10 ms each, which a command that reads one small file would
wait for; what serves compiles all of them before it is ready.
"""

from __future__ import annotations

import re
from typing import Any, cast

__all__ = ["compile_all", "late"]

_METHODS = ("finditer", "fullmatch", "match", "search")
_made: list[_Late] = []


class _Late:
    """Stands for an expression; its methods are those of the compiled one from the first use on."""

    def __init__(self, pattern: Any, flags: re.RegexFlag) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        return getattr(self.compile(), name)

    def compile(self) -> re.Pattern[Any]:
        """Return it compiled, whose methods are its own from now on."""
        compiled = re.compile(self.pattern, self._flags)
        self.__dict__.update({one: getattr(compiled, one) for one in _METHODS})
        return compiled


def late[T: (str, bytes)](pattern: T, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[T]:
    """Return what `re.compile` does, once it is used."""
    expression = _Late(pattern, flags)
    _made.append(expression)
    return cast("re.Pattern[T]", expression)


def compile_all() -> None:
    """Compile those that were not used yet."""
    for expression in _made:
        expression.compile()
