"""The house stands: floors, a core that touches nothing, rooms that say what they are and stay small."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import trialcal

PACKAGE = Path(trialcal.__file__).parent
LONGEST = 420

FLOORS = {
    0: ("days", "problems", "propagation", "mincut", "cheapest", "network"),
    1: ("timing", "escalation", "protocol", "site", "subject", "schedule", "cohort"),
    2: (
        *("naming", "cycling", "repeating", "resolving", "expanding"),
        *(
            "opening",
            "stating",
            "stopping",
            "holding",
            "model",
            "modelling",
            "hours",
            "ending",
            "standing",
            "choice",
            "settle",
            "clocks",
            "judge",
            "telling",
        ),
        *(
            "horizon",
            "feasible",
            "recorded",
            "visits",
            "spans",
            "sampled",
            "plan",
            "starts",
            "why",
            "relaxing",
            "uncertain",
            "check",
            "findings",
            "amending",
            "difference_fields",
            "differences",
            "agenda",
            "admitting",
            "stepping",
            "ruled",
            "taking",
            "gating",
            "cohort_facts",
            "cohort_findings",
            "cohort_plan",
            "start_days",
            "simulated",
            "simulating",
        ),
    ),
    3: ("files", "writers"),
    4: ("cli", "__main__"),
}
FLOOR = {room: floor for floor, rooms in FLOORS.items() for room in rooms} | {"__init__": 0}
CORE = [room for floor in (0, 1, 2) for room in FLOORS[floor]]
OUTSIDE = {"os", "sys", "io", "pathlib", "time", "shutil", "subprocess", "socket", "locale", "random", "tempfile"}
TOUCHING = {"open", "print", "input", "now", "today", "utcnow", "exec", "eval", "breakpoint"}

MODULES = {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(module: str) -> str:
    """The room on a floor: a module of the package, or one of its folders."""
    return module.partition(".")[0]


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imported(node: ast.AST) -> list[str]:
    """Full names of what a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are written with their full names"
        return (
            [node.module or ""] if node.module != "trialcal" else [f"trialcal.{alias.name}" for alias in node.names]
        )
    return []


def imports_of(module: str, *, for_types: bool = True) -> set[str]:
    """All that a module imports, also inside functions; with or without what it imports for type checkers only."""
    found: set[str] = set()
    left: list[ast.AST] = [tree_of(module)]
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not for_types:
            left += node.orelse
            continue
        found.update(imported(node))
        left += ast.iter_child_nodes(node)
    return found


def own_imports(module: str, *, for_types: bool = True) -> set[str]:
    """What a module imports from the package itself, without the package's name."""
    names = {
        name.removeprefix("trialcal.")
        for name in imports_of(module, for_types=for_types)
        if name.partition(".")[0] == "trialcal"
    }
    return {"__init__" if name in ("trialcal", "__version__") else name for name in names}


def test_every_room_has_its_floor():
    rooms = {room_of(module) for module in MODULES}
    assert rooms == set(FLOOR), (
        "a new room: say in FLOORS on which floor it is, and in CONTRIBUTING.md what it is for"
    )


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    floor = FLOOR[room_of(module)]
    for name in own_imports(module):
        above = FLOOR[room_of(name)]
        assert above <= floor, f"{module} (floor {floor}) imports {name} (floor {above})"
        neighbours = {room_of(module), room_of(name)}
        assert neighbours != {"files", "writers"}, f"{module} imports {name}: neither knows the other"


def test_no_imports_in_circles():
    known = {name.removesuffix(".__init__"): name for name in MODULES}
    graph = {name: {known.get(other, other) for other in own_imports(name, for_types=False)} for name in MODULES}
    list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("module", CORE)
def test_core_touches_nothing(module):
    outside = {name.partition(".")[0] for name in imports_of(module)} & OUTSIDE
    assert not outside, f"{module} imports {outside}: files, streams and clocks are for the floors above"
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            assert called not in TOUCHING, f"{module}, line {node.lineno}: calls {called}"


def test_only_files_know_yaml():
    users = {
        room_of(module)
        for module in MODULES
        if {"yaml", "ruamel"} & {n.partition(".")[0] for n in imports_of(module)}
    }
    assert users <= {"files"}


@pytest.mark.parametrize("module", MODULES)
def test_module_says_what_it_is(module):
    assert ast.get_docstring(tree_of(module)), f"{module} has no docstring"


@pytest.mark.parametrize("module", MODULES)
def test_module_is_one_room(module):
    lines = len(MODULES[module].read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{module} has {lines} lines: it is two rooms"


def test_benchmarks_still_fit():
    program = (
        "import benchmarks.__main__ as all, benchmarks.commands as c; compile(c.empty_command([]), 'empty', 'exec')"
    )
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parent.parent, check=True)
