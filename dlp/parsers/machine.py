"""The machine that a pickle is a program for, without what it calls."""

from __future__ import annotations

from typing import Any

__all__ = ["Machine", "Made"]


class Made(list[Any]):
    """What is made by a call: its arguments; or of something, by its state: both."""


# Values in the key of a dictionary that tell it apart.
LONGEST_KEY = 100

_VALUES = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING"
    " UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8"
    " BYTEARRAY8".split()
)
_MARK = object()
_NEW = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_CONTAINERS = {"EMPTY_LIST": list, "EMPTY_TUPLE": list, "EMPTY_SET": list, "EMPTY_DICT": dict}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_KEPT = frozenset(("MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT"))
_AGAIN = frozenset(("GET", "BINGET", "LONG_BINGET"))
# What is called, or asked of whoever reads it.
_CALLED = frozenset(("GLOBAL", "PERSID", "EXT1", "EXT2", "EXT4", "NEXT_BUFFER"))
_NOTHING = frozenset(("PROTO", "FRAME", "STOP", "READONLY_BUFFER"))


class Machine:
    """A stack and a memo.

    Attributes:
        stack: What was put there and not taken; at the end of a pickle, its value.
    """

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Do one operation, by the name that `pickletools` gives it.

        Raises:
            LookupError, TypeError, AttributeError, ValueError: No pickle says so here.
        """
        stack = self.stack
        if name in _VALUES:
            stack.append(argument)
        elif name in _KEPT:
            self._memo[len(self._memo) if argument is None else int(argument)] = stack[-1]
        elif name in _AGAIN:
            stack.append(self._memo[int(argument)])
        elif name in _NEW:
            stack.append(_NEW[name])
        elif name in _CONTAINERS:
            stack.append(_CONTAINERS[name]())
        elif name == "MARK":
            stack.append(_MARK)
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [stack[-_TUPLES[name] :]]
        elif name in _CALLED:
            stack.append(None)
        elif name in _NOTHING:
            pass
        else:
            getattr(self, f"_{name.lower()}")()

    # Containers.

    def _items(self) -> list[Any]:
        """Take what was put on the stack since the last mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def _list(self) -> None:
        self.stack.append(self._items())

    _tuple = _frozenset = _list

    def _dict(self) -> None:
        items = self._items()
        self.stack.append({})
        self._put(items)

    def _append(self) -> None:
        value = self.stack.pop()
        self.stack[-1].append(value)

    def _appends(self) -> None:
        items = self._items()
        self.stack[-1].extend(items)

    _additems = _appends

    def _setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._put([key, value])

    def _setitems(self) -> None:
        self._put(self._items())

    def _put(self, items: list[Any]) -> None:
        into = self.stack[-1]
        if isinstance(into, Made):
            # A dictionary of another kind.
            if not (into and isinstance(into[-1], dict)):
                into.append({})
            into = into[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            into[_key(key)] = value

    # Calls.

    def _reduce(self) -> None:
        arguments, _ = self.stack.pop(), self.stack.pop()
        match arguments:
            case [str(text), "latin1"]:
                # Bytes, before the third protocol.
                self.stack.append(text.encode("latin-1"))
            case _:
                self.stack.append(Made(arguments))

    _newobj = _reduce

    def _newobj_ex(self) -> None:
        named, arguments, _ = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.stack.append(Made([*arguments, named]))

    def _obj(self) -> None:
        self.stack.append(Made(self._items()))

    _inst = _obj

    def _build(self) -> None:
        state = self.stack.pop()
        if isinstance(self.stack[-1], Made):
            # What refers to it has to see it, too.
            self.stack[-1].append(state)
        else:
            self.stack[-1] = Made([self.stack[-1], state])

    # The rest.

    def _stack_global(self) -> None:
        self.stack[-2:] = [None]

    def _binpersid(self) -> None:
        self.stack[-1] = None

    def _dup(self) -> None:
        self.stack.append(self.stack[-1])

    def _pop(self) -> None:
        self.stack.pop()

    def _pop_mark(self) -> None:
        self._items()


def _key(value: Any) -> Any:
    """Return what stands for a value as the key of a dictionary: what is in it, up to a length."""
    if not isinstance(value, list):
        return value
    rest = [value]
    flat: list[Any] = []
    for _ in range(LONGEST_KEY):
        if not rest:
            break
        one = rest.pop()
        if isinstance(one, list):
            rest += one
        elif not isinstance(one, dict | bytearray):
            flat.append(one)
    return tuple(reversed(flat))
