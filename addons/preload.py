"""What every worker needs, loaded once: workers are copies of a process that has imported this.

So they start in a fraction of the time, and share the memory of the detectors as long as nobody
writes to it.
"""

from __future__ import annotations

import gc

from addons import proxy
from dlp.detect.detectors import load_detectors

__all__ = ["proxy"]

load_detectors()
# The collector would write to every object there is, and so copy it.
gc.freeze()
