"""The protocol and the site that a subject's or a cohort's file names: found, read once, and their problems told.

A room of its own because many files name the same ones, and because what is wrong with them is told where they are
named.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from trialcal.files.entries import Fields, shown
from trialcal.files.library import Folder, Found, read_file, told_path
from trialcal.files.sites import load_site
from trialcal.files.versions import find_version, meant_by
from trialcal.problems import Place, Problem, Report
from trialcal.protocol import Protocol
from trialcal.site import Site

_NO_SITE = Site()


class Named:
    """What one file names, whose paths count from its folder. `remarks` are what should be told of it."""

    def __init__(self, path: Path, here: Path, report: Report) -> None:
        self.path = path
        self.here = here
        self.report = report
        self.remarks: list[str] = []

    def site(self, head: Fields) -> Site | None:
        """Give the site; None where it cannot be had, and a site that never closes where none is named."""
        name = head.get("site")
        if name is None:
            return None if head.failed("site") else _NO_SITE
        path = self.path.parent / name
        site, problems = _site(path, _stamp(path), self.here)
        for problem in problems:
            if problem.level != "error" or problem.place.line:
                self.report.problems.append(problem)
            else:  # there is no such file, or it cannot be read
                message = f"the site's file {shown(name)}: {problem.message}"
                self.report.error(head.at("site"), problem.code, message, "its path counts from this file's folder")
        return site

    def protocol(self, head: Fields, version: str, *, at: Place | None = None) -> Protocol | None:
        """Give a version of the protocol, in all its breadth; what hinders it is told where the file names it."""
        name = head.get("protocol")
        if name is None:
            return None
        wanted, places = meant_by(name, self.path, self.here)
        stamps = tuple(_stamp(place.path) for place in places)
        found, problems = _version(wanted, version, places, self.here, stamps)
        if found is None:
            for problem in problems:
                is_version = problem.code != "unknown-protocol" and head.has("version")
                place = at or head.at("version" if is_version else "protocol")
                self.report.error(place, problem.code, problem.message, problem.hint)
            return None
        protocol, problems = _protocol(found.path, _stamp(found.path), places, self.here)
        self._tell_of(found, protocol, problems, at or head.at("protocol"))
        return protocol

    def _tell_of(self, found: Found, protocol: Protocol | None, problems: Sequence[Problem], place: Place) -> None:
        told = [problem for problem in problems if problem.level == "error"]
        if protocol is None and told:
            first = told[0]
            more = f", and {len(told) - 1} more" if len(told) > 1 else ""
            where = ":".join(str(part) for part in (first.place.file, first.place.line, first.place.column) if part)
            message = f"the protocol has errors: {where}: {first.message}{more}"
            self.report.error(place, "protocol-errors", message, f"trialcal check {told_path(found.path, self.here)}")
        if protocol is not None:
            self.remarks.append(f"file: {protocol.file} ({found.called})")
            if found.hidden:
                others = ", ".join(told_path(path, self.here) for path in found.hidden)
                self.remarks.append(f"warning: {protocol.file} ({found.called}) hides {others}")
            self.remarks += (problem.told() for problem in problems if problem.level == "warning")


# --- what does not differ from subject to subject is read once ------------------------------------------------------


@lru_cache(maxsize=64)
def _protocol(
    path: Path, stamp: tuple[int, int], places: tuple[Folder, ...], here: Path
) -> tuple[Protocol | None, tuple[Problem, ...]]:
    return read_file(path, places, here)


@lru_cache(maxsize=64)
def _site(path: Path, stamp: tuple[int, int], here: Path) -> tuple[Site | None, tuple[Problem, ...]]:
    return load_site(str(path), here)


@lru_cache(maxsize=256)
def _version(
    name: str, version: str, places: tuple[Folder, ...], here: Path, stamps: tuple[tuple[int, int], ...]
) -> tuple[Found | None, tuple[Problem, ...]]:
    return find_version(name, version, places, here)


def _stamp(path: Path) -> tuple[int, int]:
    """Give what changes when a file does: time and size; zeros where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return 0, 0
    return found.st_mtime_ns, found.st_size
