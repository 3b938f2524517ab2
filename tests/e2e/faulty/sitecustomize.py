"""Makes a call of a running proxy fail or hang: the one whose name stands in a file.

Python imports a module of this name at its start from wherever PYTHONPATH says.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
import os
import time
from pathlib import Path
from typing import Any

_run = asyncio.run


def _fail(how: str) -> None:
    if how == "full":
        raise OSError(28, "No space left on device")
    if how == "raise":
        raise RuntimeError("quoting 255081416802538")
    while how == "spin":
        pass


def _broken(file: Path, name: str, function: Any) -> Any:
    def fault() -> str:
        wanted, _, how = file.read_text().partition(" ")
        return how if wanted == name else ""

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def slow(*args: Any, **kwargs: Any) -> Any:
            _fail(how := fault())
            if how == "hang":
                await asyncio.sleep(60)
            return await function(*args, **kwargs)

        return slow

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        _fail(how := fault())
        if how == "hang":
            time.sleep(4)
        return function(*args, **kwargs)

    return call


def _break(main: Any, **kwargs: Any) -> Any:
    """Run `main` once everything is imported, with every call that is named in the environment."""
    file = Path(os.environ["FAULT_FILE"])
    for name in os.environ["FAULT_CALLS"].split():
        module, _, path = name.partition(":")
        owner, _, method = path.rpartition(".")
        target: Any = getattr(importlib.import_module(module), owner)
        setattr(target, method, _broken(file, name, getattr(target, method)))
    return _run(main, **kwargs)


vars(asyncio)["run"] = _break
