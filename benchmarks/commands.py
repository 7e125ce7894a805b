"""Whole commands: what trialcal needs beside an empty typer command with the same options.

The empty command is made from trialcal's own source, so that it always has the same commands, options and help texts:
the bodies are taken out, and `plan` instead imports the third-party modules that a real run was seen to import. Both
are started in the same way, in turn, with compiled modules in a cache of their own.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import trialcal

ROUNDS = 31
LIMIT = 1.35
PLAN = ("plan", "--protocol", "cc312", "--start", "2025-03-01")
COMMANDS = Path(trialcal.__file__).parent / "cli"
HEAD = ast.parse((COMMANDS / "__init__.py").read_text(encoding="utf-8"))
TRIALCALS = [  # a file per command, named like it
    node.module.rpartition(".")[2]
    for node in HEAD.body
    if isinstance(node, ast.ImportFrom) and node.module and node.names[0].name == node.module.rpartition(".")[2]
]
SEEN = """
import atexit, pathlib, sys
from trialcal.cli import main

seen = pathlib.Path(sys.argv.pop())

def tell():
    specs = {name: getattr(module, "__spec__", None) for name, module in sys.modules.items()}
    names = [name for name, spec in specs.items() if "site-packages" in str(getattr(spec, "origin", ""))]
    seen.write_text("\\n".join(names), encoding="utf-8")

atexit.register(tell)
main()
"""


def report() -> list[tuple[str, str]]:
    """Time `plan` to iCalendar and `--help` against the empty command; give a name and a line for each."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        modules = third_party(here)
        (here / "empty_command.py").write_text(empty_command(modules), encoding="utf-8")
        (here / "empty.py").write_text("from empty_command import app\napp()\n", encoding="utf-8")
        (here / "whole.py").write_text("from trialcal.cli import main\nmain()\n", encoding="utf-8")
        return [
            (f"trialcal {' '.join(PLAN)}", _compared(here, PLAN)),
            ("trialcal --help", _compared(here, ("--help",))),
        ]


def third_party(here: Path) -> list[str]:
    """The modules that a run of `plan` imports from where packages are installed, trialcal's own left out."""
    (here / "seen.py").write_text(SEEN, encoding="utf-8")
    _run(here, "seen.py", (*PLAN, str(here / "seen.txt")))
    names = (here / "seen.txt").read_text(encoding="utf-8").split("\n")
    return [name for name in names if name.partition(".")[0] != "trialcal" and "__editable__" not in name]


def empty_command(modules: list[str]) -> str:
    """Source of a typer program with trialcal's commands, options and help, in which `plan` only imports."""
    head = HEAD
    parts = [
        "from __future__ import annotations\nfrom enum import StrEnum\nfrom pathlib import Path",
        "from typing import Annotated\nimport typer",
        *_classes(ast.parse((COMMANDS / "names.py").read_text(encoding="utf-8"))),
        *_assigned(ast.parse((COMMANDS / "options.py").read_text(encoding="utf-8"))),
    ]
    parts += _assigned(ast.parse((COMMANDS / "record.py").read_text(encoding="utf-8")))
    for command in TRIALCALS:
        tree = ast.parse((COMMANDS / f"{command}.py").read_text(encoding="utf-8"))
        parts += _classes(tree)  # choices of its options
        parts += [_emptied(node, modules if command == "plan" else []) for node in _functions(tree, command)]
    for node in head.body:
        if isinstance(node, ast.FunctionDef) and node.name != "main":
            parts.append(_emptied(node, []))
        elif isinstance(node, ast.Assign | ast.For):
            parts.append(ast.unparse(node))
    return "\n\n".join(parts) + "\n"


def _classes(tree: ast.Module) -> list[str]:
    return [ast.unparse(node) for node in tree.body if isinstance(node, ast.ClassDef)]


def _assigned(tree: ast.Module) -> list[str]:
    return [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]


def _functions(tree: ast.Module, name: str) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]


def _emptied(function: ast.FunctionDef, modules: list[str]) -> str:
    imports = [ast.parse(f"import {module}").body[0] for module in modules]
    kept = function.body[:1] if ast.get_docstring(function) else []
    function.body = [*kept, *imports, ast.Pass()]
    return ast.unparse(function)


def _compared(here: Path, arguments: tuple[str, ...]) -> str:
    spent: dict[str, list[float]] = {"whole.py": [], "empty.py": []}
    for script in spent:
        _run(here, script, arguments)  # compiles the modules
        _run(here, script, arguments)
    for number in range(ROUNDS):
        scripts = list(spent) if number % 2 else list(reversed(spent))
        for script in scripts:
            begun = perf_counter()
            _run(here, script, arguments)
            spent[script].append(perf_counter() - begun)
    whole, empty = (median(times) * 1000 for times in spent.values())
    ratio = whole / empty
    verdict = "ok" if ratio <= LIMIT else "TOO SLOW"
    return f"{whole:.0f} ms, empty command {empty:.0f} ms: {ratio:.2f} times (limit {LIMIT}) {verdict}"


def _run(here: Path, script: str, arguments: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(here / "compiled")
    command = [sys.executable, str(here / script), *arguments]
    subprocess.run(
        command, check=True, cwd=here, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")
