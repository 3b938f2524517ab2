"""Libraries that others import, and that nobody here needs of them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["without"]


@contextmanager
def without(*libraries: str) -> Iterator[None]:
    """Let what is imported meanwhile find empty types, of whatever name, in the place of modules.

    It is for libraries of which another names types when it is imported, and which are too large to
    be loaded, and shipped in the image, for that.

    Args:
        libraries: Names of modules, each after what it is in.
    """
    real = {name: sys.modules.get(name) for name in libraries}
    for name in libraries:
        stand_in = sys.modules[name] = ModuleType(name)
        stand_in.__getattr__ = cache(lambda wanted: type(wanted, (), {}))  # type: ignore[method-assign]
        package, _, last = name.rpartition(".")
        if package:
            setattr(sys.modules[package], last, stand_in)
    try:
        yield
    finally:
        for name, module in real.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module
