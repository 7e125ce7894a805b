"""Where protocols are found, and reading one with everything that it extends.

A path is taken as it is; an id is looked for in `./protocols`, in the user's configuration folder, then in the
bundled library. Which file was used is always told, and so is every other one that it hides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from trialcal.files.entries import shown
from trialcal.files.kinds import kind_of
from trialcal.files.overlay import lay_over
from trialcal.files.phrases import is_id
from trialcal.files.reader import read_protocol
from trialcal.files.tree import Node, Table, Text, parse, read_bytes
from trialcal.problems import Place, Problem, Report, has_errors, nearest
from trialcal.protocol import Protocol

SUFFIXES = (".yaml", ".yml")
DEEPEST = 8
NO_FILE = ("no-such-file", "not-a-file", "not-readable")  # the codes that say: there is nothing to be read
SITE_FILE = "site-file"  # the code that says: this is no protocol, but a site's file
SUBJECT_FILE = "subject-file"  # the same of a subject's file
COHORT_FILE = "cohort-file"  # the same of a cohort's file
LONGEST_TOLD = 200


class Folder(NamedTuple):
    """A folder in which protocols are looked for, and what people call it."""

    path: Path
    called: str


class Found(NamedTuple):
    """The file of a protocol, which folder it lies in, and the files that it hides."""

    path: Path
    called: str
    hidden: tuple[Path, ...] = ()


class Loaded(NamedTuple):
    """A protocol that was read (None where it has errors), all problems, and where it was found (None: nowhere)."""

    protocol: Protocol | None
    problems: tuple[Problem, ...]
    found: Found | None


def folders(here: Path) -> tuple[Folder, ...]:
    """Give the folders in which an id is looked for, in this order."""
    from platformdirs import user_config_path

    return (
        Folder(here / "protocols", "./protocols"),
        Folder(user_config_path("trialcal") / "protocols", "your own protocols"),
        Folder(bundled(), "bundled with trialcal"),
    )


def bundled() -> Path:
    """Give the folder of the bundled library: inside the package, in a checkout beside pyproject.toml."""
    package = Path(__file__).parent.parent
    inside = package / "protocols"
    return inside if inside.is_dir() else package.parent.parent / "protocols"


def find(name: str, places: Sequence[Folder], here: Path) -> Found | None:
    """Find a protocol by path or id; None where there is none."""
    if "/" in name or "\\" in name or name.endswith(SUFFIXES):
        return Found(here / name, "a file")
    files = [
        Found(path, place.called)
        for place in places
        for suffix in SUFFIXES
        if _is_file(path := place.path / f"{name}{suffix}")
    ]
    if not files:
        return Found(here / name, "a file") if name and _exists(here / name) else None
    first = files[0]
    hidden = tuple(other.path for other in files[1:] if not _is_same(other.path, first.path))
    return first._replace(hidden=hidden)


def available(places: Sequence[Folder]) -> Iterator[Found]:
    """Give every protocol file of the folders that an id can name, in their order and by name."""
    seen: set[Path] = set()  # in a checkout ./protocols is the bundled library
    for place in places:
        if place.path.is_dir():
            for path in sorted(place.path.iterdir()):
                if path.suffix in SUFFIXES and is_id(path.stem) and _is_file(path) and path.resolve() not in seen:
                    seen.add(path.resolve())
                    yield Found(path, place.called)


def load(name: str, places: Sequence[Folder], here: Path) -> Loaded:
    """Find and read a protocol, with everything that it extends."""
    found = find(name, places, here)
    if found is None:
        known = [other.path.stem for other in available(places)]
        problem = Problem("error", "unknown-protocol", f"there is no protocol '{shown(name)}'", nearest(name, known))
        return Loaded(None, (problem,), None)
    protocol, problems = read_file(found.path, places, here)
    return Loaded(protocol, problems, found)


def read_file(path: Path, places: Sequence[Folder], here: Path) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """Read a protocol file: the protocol, or None where there are errors, and all problems."""
    from hashlib import sha256

    report = Report()
    digest = sha256()
    overlays: list[str] = []
    tree = _read_tree(path, places, here, report, digest.update, (), overlays)
    if tree is None:
        return None, tuple(report.problems)
    protocol, problems = read_protocol(
        tree, file=told_path(path, here), sha256=digest.hexdigest(), left_out=report.left_out
    )
    if protocol is not None and overlays:
        protocol = replace(protocol, source=replace(protocol.source, changed_by=" and ".join(overlays)))
    every = in_order(report.problems, problems)
    return (None if has_errors(every) else protocol), every


def in_order(of_yaml: Sequence[Problem], of_language: Sequence[Problem]) -> tuple[Problem, ...]:
    """Put the problems of a file in its order, without those that only come from what YAML already had."""
    every = [*of_yaml, *(problem for problem in of_language if not _follows(problem, of_yaml))]
    return tuple(sorted(every, key=lambda problem: (problem.place.file, problem.place.line, problem.place.column)))


def _follows(problem: Problem, earlier: Sequence[Problem]) -> bool:
    """Tell whether a problem only comes from one that YAML already had: the same place, or entries left out there."""
    place = problem.place
    lost = {f"{place.path}.<<".lstrip("."), place.path} if problem.code == "missing-key" else set()
    return any(
        (other.place.file, other.place.line, other.place.column) == (place.file, place.line, place.column)
        or (other.code in ("yaml-merge", "yaml-key") and other.place.path in lost)
        for other in earlier
        if other.level == "error"
    )


def _read_tree(
    path: Path,
    places: Sequence[Folder],
    here: Path,
    report: Report,
    update: Callable[[bytes], None],
    above: tuple[Path, ...],
    overlays: list[str],
) -> Node | None:
    """Read a file's tree and lay it over the tree of what it extends.

    `above` are the files that extend this one; the names of those that extend another are added to `overlays`.
    """
    data, problems = read_bytes(path)
    if problems:
        report.problems += (replace(problem, place=Place(told_path(path, here))) for problem in problems)
        return None
    update(data)
    tree, problems = parse(data, told_path(path, here))
    report.problems += problems
    kind = kind_of(tree) if isinstance(tree, Table) else ""
    top = Place(told_path(path, here), 1, 1)
    if kind == "site":
        code = SITE_FILE if not above else "extends-a-site"
        report.error(top, code, "this is a site's file, not a protocol", "give it as --site FILE")
        return None
    if kind == "subject":
        hint = f"give it without --protocol: trialcal plan {path.name}"
        report.error(top, SUBJECT_FILE, "this is a subject's file, not a protocol", hint)
        return None
    if kind == "cohort":
        hint = f"give it to the command of cohorts: trialcal cohort {path.name}"
        report.error(top, COHORT_FILE, "this is a cohort's file, not a protocol", hint)
        return None
    extends = tree.get("extends") if isinstance(tree, Table) else None
    if not isinstance(tree, Table) or extends is None:
        return _without_base(tree, report)
    base = _base(extends, path, places, here, report, above)
    if base is None:
        return None
    overlays.append(told_path(path, here))
    below = _read_tree(base, places, here, report, update, (*above, path), overlays)
    return lay_over(below, tree, report) if isinstance(below, Table) else None


def _without_base(tree: Node | None, report: Report) -> Node | None:
    stray = tree.get("without") if isinstance(tree, Table) else None
    if stray is not None:
        report.error(stray.place, "stray-key", "`without` goes with `extends`", "leave `without` out")
    return tree


def _base(
    extends: Node, path: Path, places: Sequence[Folder], here: Path, report: Report, above: tuple[Path, ...]
) -> Path | None:
    """Find the file that an overlay extends: beside it, then where every protocol is found."""
    if not isinstance(extends, Text) or not extends.value.strip():
        report.error(extends.place, "wrong-kind", "`extends` is a protocol's id or file", "as `extends: cc312`")
        return None
    name = extends.value.strip()
    others = [Folder(path.parent, "beside it"), *places]
    found = find(name, others, path.parent)
    if found is not None and _is_same(found.path, path):  # a site's own cc312.yaml may extend the bundled cc312
        found = find(name, places[1:] if _is_same(places[0].path, path.parent) else places, path.parent)
    if found is None or not _is_file(found.path):
        known = [other.path.stem for other in available(others) if not _is_same(other.path, path)]
        message, hint = f"there is no protocol '{shown(name)}' to extend", report.nearest(name, known)
        if found is not None:
            message, hint = (
                f"there is no file '{shown(name)}' to extend",
                "its path counts from the folder of this file",
            )
        report.error(extends.place, "unknown-protocol", message, hint)
        return None
    if any(_is_same(found.path, other) for other in (*above, path)):
        message = f"this goes in a circle: {found.path.name} would extend itself"
        report.error(extends.place, "circular-extends", message, "extend a protocol that does not extend this one")
        return None
    if len(above) >= DEEPEST:
        report.error(extends.place, "too-deep", f"more than {DEEPEST} files extend one another")
        return None
    return found.path


def told_path(path: Path, here: Path) -> str:
    """Give a file's name as people see it and can print it: below the present folder, or in the bundled library."""
    told = str(path)
    for folder, above in ((bundled(), "trialcal/protocols/"), (here, "")):
        if path.is_relative_to(folder):
            told = above + path.relative_to(folder).as_posix()
            break
    short = told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}..."
    return "".join(c if c.isprintable() else "?" for c in short)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
