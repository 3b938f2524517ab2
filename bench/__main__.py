"""Runs a measurement: `python -m bench NAME [ARGUMENTS]`."""

from __future__ import annotations

import runpy
import sys
from importlib import import_module

MEASUREMENTS = {
    "detection": "bench.detection",
    "extraction": "bench.extraction",
    "memory": "bench.memory",
    "policy": "bench.policy",
    "endurance": "bench.proxying.endurance",
    "proxy": "bench.proxying",
    "throughput": "bench.scanning",
    "dense": "bench.scanning.dense",
    "people": "bench.scanning.people",
    "hostile": "bench.hostile",
    "bombs": "bench.hostile.bombs",
}

if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "detection"
    if name not in MEASUREMENTS:
        sys.exit(f"bench: no measurement {name!r}; there are: {', '.join(MEASUREMENTS)}")
    sys.argv[1:] = sys.argv[2:]
    if {"-h", "--help"} & set(sys.argv):
        told = import_module(MEASUREMENTS[name])
        if hasattr(told, "__path__"):
            told = import_module(f"{MEASUREMENTS[name]}.__main__")
        print((told.__doc__ or "").strip())
        sys.exit()
    runpy.run_module(MEASUREMENTS[name], run_name="__main__", alter_sys=True)
