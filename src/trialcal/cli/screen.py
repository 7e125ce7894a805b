"""The terminal: how wide it is, and whether it shows colours."""

from __future__ import annotations

import os
import shutil
import sys


def width() -> int:
    """Give the width in cells; 100 where there is no terminal. COLUMNS sets it."""
    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 200))


def is_terminal() -> bool:
    """Tell whether standard output is a terminal; it may be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def has_colour() -> bool:
    """Tell whether standard output shows colours (https://no-color.org is honoured)."""
    return is_terminal() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
