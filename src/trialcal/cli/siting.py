"""The site of a command: its file, and what the command line says besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.arguments import zone_of
from trialcal.cli.output import printable, stop, tell_problems
from trialcal.files.phrases import Mistake
from trialcal.opening import opening_of
from trialcal.problems import Problem, has_errors, nearest
from trialcal.protocol import Protocol
from trialcal.site import Site


class SiteWords(NamedTuple):
    """What the command line says of the site."""

    file: str | None = None
    closed: Sequence[str] = ()
    holidays: str | None = None
    zone: str | None = None


def site_of(words: SiteWords) -> tuple[Site, list[Problem]]:
    """Give the site, and what should be told of it; ends the command where anything is wrong, with all of it told.

    Ends with 2 where there is no such file or the command line is wrong, with 1 where the file has errors.
    """
    problems: list[Problem] = []
    site, zone, code = Site(), None, 2
    try:
        zone = zone_of(words.zone)
    except Mistake as mistake:
        problems.append(Problem("error", "unknown-zone", mistake.message, mistake.hint))
    if words.file is not None:
        from trialcal.files.library import NO_FILE
        from trialcal.files.sites import load_site

        read, of_file = load_site(words.file, Path.cwd())
        problems += of_file
        site = read or site
        if read is None and not any(problem.code in NO_FILE for problem in of_file) and len(problems) == len(of_file):
            code = 1
        if read is not None and words.zone is not None and str(read.zone) != words.zone:
            message = f"--time-zone {printable(words.zone[:60])}: the site's file says {read.zone}"
            problems.append(Problem("error", "two-zones", message, "leave --time-zone out"))
    elif zone is not None:
        site = Site(zone=zone)
    if words.closed or words.holidays is not None:
        from trialcal.files.sites import quick_site

        quick, of_words = quick_site(words.closed, words.holidays, zone, beside=site)
        problems += of_words
        site = _named(quick or site, words)
    if has_errors(problems):
        tell_problems(problem for problem in problems if problem.level == "error")
        stop(code)
    return site, problems


def _named(site: Site, words: SiteWords) -> Site:
    """Give a site the name by which outputs tell what was said of it on the command line."""
    told = [f"closed: {', '.join(words.closed)}"] if words.closed else []
    told += [f"public holidays: {words.holidays}"] if words.holidays is not None else []
    besides = printable("; ".join(told))
    return replace(site, name=f"{site.name} ({besides})" if site.name else f"no file; {besides}")


def not_of_protocol(site: Site, protocol: Protocol) -> Iterator[Problem]:
    """Warn of visits that the site's file names and the protocol does not have: what it says of them is not used."""
    opening = opening_of(site)
    used = {opening.kind_of(visit) for visit in protocol.visits}
    ways = ("site", "phone", "video", "home", "local-clinic", "email")
    known = [*protocol.types, *dict.fromkeys(visit.entry or visit.id for visit in protocol.visits)]
    for name, possible in site.possible.items():
        if name not in used and name not in ways and name not in known:
            message = f"the site says when `{name}` is possible; {protocol.id} has no such visit or type"
            yield Problem("warning", "not-in-protocol", message, nearest(name, known), possible.place)
