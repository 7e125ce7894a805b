"""What is timed must run: the empty command beside which trialcal's own is measured is made of trialcal's source."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("words", [("--help",), ("plan", "--protocol", "cc312", "--start", "2025-03-01")])
def test_the_empty_command_has_all_options(words, tmp_path):
    """Made in a process of its own, which may not import what the tests have imported."""
    made = f"import sys; sys.path.insert(0, {str(HERE)!r}); from benchmarks.commands import empty_command; "
    made += "print(empty_command([]))"
    source = subprocess.run([sys.executable, "-c", made], capture_output=True, check=True, timeout=60).stdout.decode()
    (tmp_path / "empty.py").write_text(source + "\napp()\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "empty.py", *words], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    if words == ("--help",):
        assert "simulate" in done.stdout.decode()
    else:
        assert done.stdout == b""
