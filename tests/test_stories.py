"""Stories in examples: pages whose commands are run one after the other in one folder, and show what is printed.

UPDATE_EXAMPLES=1 writes what comes out into the page; blocks with `[...]`, which leave lines out, are edited by hand.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from pages import blocks
from shell import run_line

EXAMPLES = Path(__file__).parent.parent / "examples"
LEFT_OUT = "[...]\n"
STORIES = [
    page
    for page in sorted(EXAMPLES.glob("*/README.md"))
    if any(block.language == "console" for block in blocks(page.read_text(encoding="utf-8")))
]


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.parent.name)
def test_story(page, tmp_path):
    for path in page.parent.iterdir():
        if path.name != "README.md":
            (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    text = page.read_text(encoding="utf-8")
    for block in blocks(text):
        if block.language != "console":
            continue
        command, _, expected = block.text.partition("\n")
        assert command.startswith("$ ")
        done = run_line(f"({command[2:]}) 2>&1", tmp_path, SOURCE_DATE_EPOCH="1735689600")
        shown = done.stdout.decode().replace("\r\n", "\n")
        if os.environ.get("UPDATE_EXAMPLES") and LEFT_OUT not in expected:
            page.write_text(page.read_text(encoding="utf-8").replace(block.text, f"{command}\n{shown}"), "utf-8")
            continue
        begin = 0
        for part in expected.split(LEFT_OUT):
            at = shown.find(part, begin)
            assert at >= 0, f"{command}\nthis is not shown:\n{part}\nbut:\n{shown}"
            assert at == begin or begin or expected.startswith(LEFT_OUT), f"{command}\nmore is shown:\n{shown}"
            begin = at + len(part)
        assert begin == len(shown) or expected.endswith(LEFT_OUT), f"{command}\nmore is shown:\n{shown[begin:]}"


def test_there_are_stories():
    assert STORIES
