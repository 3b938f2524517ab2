"""Logs: one event a line, JSON for machines, readable on a terminal; never a value of a message."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import Processor

__all__ = ["configure", "get", "printable", "unnumbered"]

# A name may spell an identifier; an address has no number so long.
_NUMBERS = re.compile(r"\d(?:[_-]{0,2}\d){5,}")


class _EngineHandler(logging.Handler):
    """Passes on that the engine complained, and where in its code, never what it quoted.

    Its messages may hold request lines, headers or whole exceptions with bytes of a body.
    """

    def emit(self, record: logging.LogRecord) -> None:
        extra = {}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)
            extra["exception"] = type(error).__name__
            extra["raised"] = " < ".join(
                f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-3:])
            )
        structlog.get_logger().log(
            record.levelno,
            "engine.message",
            source=f"{record.name}:{record.funcName}:{record.lineno}",
            **extra,
        )


def configure() -> None:
    """Set logging up for this process, on standard error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        shared.append(structlog.dev.ConsoleRenderer())
    else:
        shared.append(structlog.processors.JSONRenderer(ensure_ascii=False))
    structlog.configure(
        processors=shared,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_EngineHandler(level=logging.WARNING)]
    root.setLevel(logging.WARNING)


def get() -> structlog.typing.FilteringBoundLogger:
    """Return the logger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def unnumbered(host: str) -> str:
    """Return a host that somebody named, as `printable`, without numbers that a name may spell."""
    return _NUMBERS.sub("…", printable(host))


def printable(text: str) -> str:
    """Return what a client typed without what would speak to a terminal or break an encoder."""
    return "".join(c if c.isprintable() else f"%{ord(c):02X}" for c in text)
