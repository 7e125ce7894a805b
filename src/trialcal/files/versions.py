"""The versions of a protocol: a file for each, with the same `id`, another `version`, and the date it counts from.

A room of its own because an id alone no longer says which file is meant once a protocol is amended. The file named
like the id is one of them; the others' names begin with it (`gc012f-2.0.yaml`), or they are named by their path. An
overlay is a version where it states one; without its own `version` it is a site's variant of what it extends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from trialcal.files.dates import parse_day
from trialcal.files.entries import shown
from trialcal.files.kinds import kind_of
from trialcal.files.library import SUFFIXES, Folder, Found, available, find, folders, told_path
from trialcal.files.phrases import Mistake
from trialcal.files.tree import Node, Table, Text, parse, read_bytes
from trialcal.problems import Problem, nearest

DEEPEST = 8  # files that extend one another; the library tells it where there are more
_SUBJECT = re.compile(rb"^(?:\xef\xbb\xbf)?[\"']?subject[\"']?[ \t]*:", re.MULTILINE)


class Version(NamedTuple):
    """A version of a protocol: as the file states it ("" where it does not), and the date from which it counts."""

    version: str
    effective: date | None
    path: Path
    called: str = "a file"


class Pick(NamedTuple):
    """The version that was asked for, and the files that it hides; or what is wrong with the question."""

    version: Version | None
    hidden: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Head(NamedTuple):
    """What the head of a file says; `is_version`: it says its version itself; `is_whole`: it can be read."""

    path: Path
    called: str
    id: str
    version: str
    effective: date | None
    is_version: bool
    is_whole: bool = True


def versions(name: str, places: Sequence[Folder], here: Path) -> list[Version]:
    """Give the versions of a protocol by id or file: of each the file that counts, by date, then by number.

    What states no version is there as "". Of a file, those beside it with the same id are its versions, too.
    """
    found: dict[str, Version] = {}
    for head in _heads(name, places, here):
        if head.is_whole:
            found.setdefault(head.version, _version(head))
    return sorted(found.values(), key=lambda each: (each.effective or date.min, natural(each.version)))


def find_version(
    name: str, version: str, places: Sequence[Folder], here: Path
) -> tuple[Found | None, tuple[Problem, ...]]:
    """Find the file of a protocol's version by id or path; `version` "" is the only one there is.

    A path's own version must agree, else one beside it is taken that does.
    """
    picked = pick_version(name, version, places, here)
    if picked.version is None:
        return None, picked.problems
    return Found(picked.version.path, picked.version.called, picked.hidden), ()


def pick_version(name: str, version: str, places: Sequence[Folder], here: Path) -> Pick:
    """Choose a version as `find_version` does, with the date from which it counts."""
    wanted = version.strip()
    heads = _heads(name, places, here)
    if not heads:
        return _unknown(name, places, here)
    matching = _matching(name, wanted, heads)
    if not matching:
        broken = _broken(heads, name, wanted)
        if broken is not None:  # its own errors are told when it is read
            return Pick(_version(broken))
        return Pick(None, problems=(_which(name, wanted, versions(name, places, here), here),))
    first = matching[0]
    same = [head for head in matching if head.path.parent == first.path.parent]
    if len(same) > 1 and first.version:
        return Pick(None, problems=(_twice(name, first.version, same, here),))
    return Pick(_version(first), tuple(head.path for head in matching[1:]))


def _matching(name: str, wanted: str, heads: Sequence[_Head]) -> list[_Head]:
    """Give the files that can be meant; those after the first are hidden by it, or contradict it."""
    is_broken = _is_path(name) and not heads[0].is_whole
    if _is_path(name) and (is_broken or wanted in ("", heads[0].version)):
        return [] if is_broken else list(heads[:1])
    heads = [head for head in heads if head.is_whole]
    if wanted:
        return [head for head in heads if head.version == wanted]
    own = [head for head in heads if head.path.stem == name]
    if own and not own[0].version:
        return own
    return list(heads) if len({head.version for head in heads}) == 1 else []


def meant_by(name: str, subject: Path, here: Path) -> tuple[str, tuple[Folder, ...]]:
    """Give the name and the folders by which a subject's file means its protocol: a path counts from the file."""
    beside = subject.parent
    places = (
        Folder(beside, "beside the subject's file"),
        Folder(beside / "protocols", "protocols beside the subject's file"),
        *folders(here),
    )
    return (str(beside / name) if _is_path(name) else name), places


def natural(version: str) -> tuple[tuple[int, str], ...]:
    """Give a key that sorts versions as people do: 2.0 before 10.0.

    >>> sorted(["10.0", "2.0", "2.0a"], key=natural)
    ['2.0', '2.0a', '10.0']
    """
    parts = re.findall("[0-9]{1,9}|[^0-9]+", version)
    return tuple((int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts)


def versions_told(known: Sequence[Version], here: Path) -> str:
    """Name versions with their files: `there are 1.0 (gc012f.yaml), 2.0 (gc012f-2.0.yaml, from 2025-05-01)`."""
    told = []
    for each in known:
        since = f", from {each.effective.isoformat()}" if each.effective is not None else ""
        name = shown(each.version) if each.version else "one that states no version"
        told.append(f"{name} ({told_path(each.path, here)}{since})")
    return f"there {'is' if len(told) == 1 else 'are'} {', '.join(told)}" if told else ""


# --- what is told ---------------------------------------------------------------------------------------------------


def _unknown(name: str, places: Sequence[Folder], here: Path) -> Pick:
    if _is_path(name):
        told = shown(told_path(here / name, here))
        problem = Problem("error", "unknown-protocol", f"there is no protocol file '{told}'", "check its path")
    else:
        known = [other.path.stem for other in available(places) if _is_protocol(other.path)]
        hint = nearest(name, known)
        problem = Problem("error", "unknown-protocol", f"there is no protocol '{shown(name)}'", hint)
    return Pick(None, problems=(problem,))


def _which(name: str, wanted: str, known: Sequence[Version], here: Path) -> Problem:
    """Say that a version is not there, or that it must be said which one is meant."""
    called = shown(told_path(here / name, here)) if _is_path(name) else shown(name)
    if not wanted:
        message = f"there are several versions of {called}, and none is stated"
        return Problem("error", "which-version", message, f"say which with `version`: {versions_told(known, here)}")
    if len(known) == 1 and not known[0].version:
        message = f"{told_path(known[0].path, here)} states no version; version '{shown(wanted)}' is asked for"
        hint = f'add `version: "{shown(wanted)}"` to that file if it is this version'
        return Problem("error", "unknown-version", message, hint)
    message = f"there is no version '{shown(wanted)}' of {called}"
    return Problem("error", "unknown-version", message, versions_told(known, here))


def _twice(name: str, version: str, heads: Sequence[_Head], here: Path) -> Problem:
    files = " and ".join(told_path(head.path, here) for head in heads)
    called = shown(told_path(here / name, here)) if _is_path(name) else shown(name)
    message = f"{len(heads)} files are version '{shown(version)}' of {called}: {files}"
    return Problem("error", "two-versions", message, "give each its own `version`, or take one of them away")


# --- the files ------------------------------------------------------------------------------------------------------


def _heads(name: str, places: Sequence[Folder], here: Path) -> list[_Head]:
    """Give the heads of all files that may be versions of a protocol, those that count first first."""
    if not _is_path(name):
        found = list(_in_folders(name, name, places, places))
        if found:
            return found
        alone = find(name, places, here)  # a file in the present folder without a suffix
        return [] if alone is None else [head for head in [_head(alone.path, "a file", places)] if head]
    first = _head(here / name, "a file", places)
    if first is None:
        return []
    beside = Folder(first.path.parent, "a file")
    others = _in_folders(first.id, first.path.stem, [beside], places) if first.id else ()
    return [first, *(head for head in others if not _is_same(head.path, first.path))]


def _in_folders(id: str, stem: str, folders: Sequence[Folder], places: Sequence[Folder]) -> Iterator[_Head]:
    seen: set[Path] = set()
    for folder in folders:
        for path in _files(folder.path, id):
            if path.resolve() in seen:
                continue
            seen.add(path.resolve())
            head = _head(path, folder.called, places)
            is_own = path.stem == stem
            if head is not None and (is_own or not head.is_whole or (head.id == id and head.is_version)):
                yield head


def _files(folder: Path, id: str) -> list[Path]:
    """Give the files of a folder whose names begin with an id, the one that is named like it first."""
    try:
        named = [path for path in folder.iterdir() if path.name.startswith(id) and path.suffix in SUFFIXES]
        files = [path for path in named if path.is_file()]
    except (OSError, ValueError):
        return []
    return sorted(files, key=lambda path: (path.stem != id, natural(path.stem), SUFFIXES.index(path.suffix)))


def _head(path: Path, called: str, places: Sequence[Folder], depth: int = 0) -> _Head | None:
    """Read a file's head, with what it inherits; None where there is no such file, or it is no protocol."""
    data, problems = read_bytes(path)
    if problems:
        return _Head(path, called, "", "", None, False, is_whole=False) if path.is_file() else None
    if _SUBJECT.search(data):
        return None
    tree = _parsed(data)
    if not isinstance(tree, Table):
        return _Head(path, called, "", "", None, False, is_whole=False)
    if kind_of(tree) in ("site", "subject", "cohort"):
        return None
    own = _Head(path, called, _text(tree, "id"), _text(tree, "version"), _date(tree), bool(_text(tree, "version")))
    extends = _text(tree, "extends")
    if not extends or (own.id and own.version) or depth >= DEEPEST:
        return own
    below = _base_of(extends, path, places)
    base = _head(below, called, places, depth + 1) if below is not None else None
    if base is None:
        return own
    if own.is_version:  # the date from which another version counts is not this one's
        return own._replace(id=own.id or base.id)
    return own._replace(id=own.id or base.id, version=base.version, effective=own.effective or base.effective)


@lru_cache(maxsize=64)
def _parsed(data: bytes) -> Node | None:
    """Parse a file that every subject of a study asks for."""
    return parse(data, "")[0]


def _base_of(name: str, path: Path, places: Sequence[Folder]) -> Path | None:
    """Find what a file extends, as the library does."""
    found = find(name, [Folder(path.parent, "beside it"), *places], path.parent)
    if found is not None and _is_same(found.path, path):
        others = places[1:] if places and _is_same(places[0].path, path.parent) else places
        found = find(name, others, path.parent)
    return None if found is None or _is_same(found.path, path) else found.path


def _text(tree: Table, key: str) -> str:
    node = tree.get(key)
    return node.value.strip() if isinstance(node, Text) else ""


def _date(tree: Table) -> date | None:
    try:
        return parse_day(_text(tree, "effective"))
    except Mistake:
        return None


def _version(head: _Head) -> Version:
    return Version(head.version, head.effective, head.path, head.called)


def _broken(heads: Sequence[_Head], name: str, wanted: str) -> _Head | None:
    """Give the file that cannot be read and by its name may be the one that is asked for."""
    broken = [head for head in heads if not head.is_whole]
    named = [head for head in broken if wanted and wanted in head.path.stem]
    own = [head for head in broken if _is_path(name) or head.path.stem == name]
    return next(iter([*named, *own]), None)


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith(SUFFIXES)


def _is_protocol(path: Path) -> bool:
    data, problems = read_bytes(path)
    return not problems and not _SUBJECT.search(data)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
