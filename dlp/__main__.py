"""`python -m dlp`: the command."""

from __future__ import annotations

from dlp.cli import main

if __name__ == "__main__":
    main()
