"""Running a line as a user types it: in a shell, in a folder, without settings of the user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def settings(folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "XDG_CONFIG_HOME": str(folder / "no-settings"),
        "COLUMNS": "100",
        "PYTHONUTF8": "1",
        **more,
    }


def run_line(line: str, folder: Path, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        line, shell=True, cwd=folder, env=settings(folder, **more), capture_output=True, check=False
    )
