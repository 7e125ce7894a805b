"""The pages say what is so: their examples plan to the dates beside them, their commands run, nothing is left out."""

from __future__ import annotations

import doctest
import importlib
import json
import os
import pkgutil
import re
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
import typer
from pages import Block, blocks, tables
from shell import run_line, settings

import trialcal
from trialcal.cli import app
from trialcal.files.keys import SHAPES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
LANGUAGE = blocks(TEXTS["language.md"])
USERS = [page for page in PAGES if page.name != "CONTRIBUTING.md"]
STARTED = "--start 2025-03-03"
KINDS = {"visit", "period", "lookback", "timepoint"}


@pytest.fixture
def folder(tmp_path):
    """A folder as a clone of the project has it, with the examples, but without its protocols and settings."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


# --- the language ---------------------------------------------------------------------------------------------------


def told(row: dict[str, object], column: str) -> str:
    """What a table of dates says of a visit, period or lookback."""
    if column == "window":
        return " to ".join(str(row[end]) for end in ("window_start", "window_end") if row[end] is not None)
    value = row[column.replace(" ", "_")]
    return "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@pytest.mark.parametrize("block", LANGUAGE, ids=lambda block: f"line {block.line}")
def test_language_example(block: Block, tmp_path):
    assert block.language == "yaml"
    whole = LANGUAGE[0].text
    (tmp_path / "example.yaml").write_text(whole, encoding="utf-8")
    is_whole = block.text.startswith("id:") or "extends:" in block.text
    text = block.text if is_whole else f"extends: example\n{block.text}"
    (tmp_path / "this.yaml").write_text(text, encoding="utf-8")
    checked = run_line("trialcal check this.yaml", tmp_path)
    assert checked.returncode == 0, (checked.stdout + checked.stderr).decode()
    dates = [table for table in tables(block.after) if KINDS & set(table[0])]
    assert dates, "an example has a table of its dates"
    arguments = re.search(r"^With `(--[^`]*)`", block.after, re.M)
    planned = run_line(
        f"trialcal plan --protocol this.yaml --format json {arguments[1] if arguments else STARTED}", tmp_path
    )
    assert planned.returncode == 0, planned.stderr.decode()
    found = json.loads(planned.stdout)
    for table in dates:
        kind = next(iter(table[0]))
        rows = {row["id"]: row for row in found[f"{kind}s"]}
        for expected in table:
            row = rows[expected.pop(kind)]
            assert {column: told(row, column) for column in expected} == expected, row["id"]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_has_an_example(shape):
    examples = "\n".join(block.text for block in LANGUAGE)
    for key in SHAPES[shape]:
        assert re.search(rf"(?:^|[\s{{,-]){key.name}:", examples), f"docs/language.md has no example of `{key.name}`"


# --- commands -------------------------------------------------------------------------------------------------------


def is_set_up(line: str) -> bool:
    """Whether a line installs: the README's two have tests of their own."""
    return ".venv" in line


def commands(page: Path) -> list[tuple[int, str]]:
    """Every line of a page's `sh` blocks, with its line number."""
    return [
        (block.line + number, line)
        for block in blocks(TEXTS[page.name])
        if block.language == "sh"
        for number, line in enumerate(block.text.splitlines(), 1)
        if line.strip() and not line.startswith("#") and not is_set_up(line)
    ]


@pytest.mark.parametrize("page", USERS, ids=lambda page: page.name)
def test_commands_run(page, folder):
    for number, line in commands(page):
        done = run_line(line, folder)
        assert done.returncode == 0, f"{page.name}:{number}: {line}\n{done.stderr.decode()}"


def inline(page: Path) -> list[str]:
    """Commands in the running text, as `trialcal check FILE`."""
    prose = re.sub(r"^```.*?^```$", "", TEXTS[page.name], flags=re.M | re.S)
    return sorted(set(re.findall(r"`(trialcal [^`]*)`", prose)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_text_run(page, folder):
    site = "examples/site-windows/cc312-site-07.yaml"
    for command in inline(page):
        words = [site if word in ("FILE", "FILE...") else word for word in shlex.split(command)]
        done = run_line(
            shlex.join(words if len(words) > 2 or words[1] in ("schema", "protocols") else [*words, "-h"]), folder
        )
        assert done.returncode == 0, f"{page.name}: {command}\n{done.stderr.decode()}"


def on_terminal(command: str, folder: Path) -> str:
    """What a terminal of 100 columns shows."""
    pty, fcntl, termios = (pytest.importorskip(name) for name in ("pty", "fcntl", "termios"))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    plain = settings(folder, NO_COLOR="1", TERM="xterm")
    process = subprocess.Popen(command, shell=True, cwd=folder, env=plain, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    return "\n".join(line.rstrip() for line in shown.decode().replace("\r\n", "\n").split("\n"))


def terminals() -> list[tuple[str, Block]]:
    return [(name, block) for name, text in TEXTS.items() for block in blocks(text) if block.language == "console"]


@pytest.mark.parametrize(("page", "block"), terminals(), ids=lambda value: getattr(value, "line", value))
def test_terminal_shows_what_the_page_shows(page, block, folder):
    command, _, expected = block.text.partition("\n")
    assert command.startswith("$ ")
    shown = on_terminal(command[2:], folder)
    assert all(len(line) <= 100 for line in shown.split("\n"))
    assert all(len(line) <= 100 for line in expected.split("\n"))
    begin = 0
    for part in expected.split("[...]\n"):  # lines that the page leaves out
        at = shown.find(part, begin)
        assert at >= 0, f"{page}: this is not shown:\n{part}\nbut:\n{shown}"
        begin = at + len(part)


# --- setting up -----------------------------------------------------------------------------------------------------


def set_up() -> list[str]:
    lines = [
        line for block in blocks(TEXTS["README.md"]) if block.language == "sh" for line in block.text.splitlines()
    ]
    return [line for line in lines if is_set_up(line)]


def test_readme_sets_up_in_two_lines():
    first, second = set_up()
    assert first.startswith("python3 -m venv .venv && ")
    assert first.endswith("trialcal plan --protocol cc312 --start 2025-03-01 > visits.ics")
    assert second.endswith(".venv/bin/pytest")


@pytest.mark.slow
def test_first_command_of_the_readme(tmp_path):
    checkout = Path(os.environ.get("TRIALCAL_CHECKOUT", ROOT))
    if not (checkout / "src").is_dir():
        pytest.skip("no checkout: only the wheel is here")
    for name in ("src", "protocols"):
        shutil.copytree(checkout / name, tmp_path / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(checkout / name, tmp_path)
    done = run_line(set_up()[0], tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "visits.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


# --- nothing is left out --------------------------------------------------------------------------------------------


def options() -> list[tuple[str, str]]:
    found = []
    for name, command in typer.main.get_command(app).commands.items():
        found.append((name, ""))
        found += [
            (name, max(parameter.opts, key=len)) for parameter in command.params if parameter.opts[0][:1] == "-"
        ]
    return found


@pytest.mark.parametrize(("command", "option"), options())
def test_every_command_and_option_is_told(command, option):
    pages = "\n".join(TEXTS[page.name] for page in USERS)
    assert f"trialcal {command}" in pages
    assert option in pages, f"{command} {option} is in no page"


def test_every_link_leads_somewhere():
    for page in PAGES + list((ROOT / "examples").rglob("*.md")) + [ROOT / "CHANGELOG.md"]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists() or link in ("LICENSE", "protocols", "src"), f"{page.name}: {link}"


def test_contributing_names_every_room():
    package = Path(trialcal.__file__).parent
    for path in package.iterdir():
        if (path.suffix == ".py" and not path.name.startswith("__")) or (path / "__init__.py").is_file():
            assert f"`{path.stem}`" in TEXTS["CONTRIBUTING.md"], (
                f"CONTRIBUTING.md does not say what {path.name} is for"
            )


# --- docstrings -----------------------------------------------------------------------------------------------------


def test_examples_in_docstrings():
    tried = 0
    for module in pkgutil.walk_packages(trialcal.__path__, "trialcal."):
        if module.name != "trialcal.__main__":
            results = doctest.testmod(importlib.import_module(module.name))
            assert not results.failed, module.name
            tried += results.attempted
    assert tried
