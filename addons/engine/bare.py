"""Lets each of mitmproxy's own addons be imported by itself.

Their package imports all of them, and so Flask, Werkzeug and Jinja, of which nothing is used here.
"""

from __future__ import annotations

import importlib.util
import sys

import mitmproxy

__all__: list[str] = []

PACKAGE = "mitmproxy.addons"

if PACKAGE not in sys.modules:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    # Known, but not run.
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    setattr(mitmproxy, "addons", sys.modules[PACKAGE])  # noqa: B010 - it is not declared there
