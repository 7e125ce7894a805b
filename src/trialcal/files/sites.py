"""From a site's file, or a few words on the command line, to a `Site`, with every problem and its place.

A room of its own because a site's file is a language of its own, small and read by the people of the site. Whether
what it says makes sense as a whole, `site_sense` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path

from trialcal.files.daysets import DAY_NAMES, parse_days, parse_hours
from trialcal.files.entries import Fields, read_entries, read_fields, read_list, shown
from trialcal.files.kinds import kind_of
from trialcal.files.library import in_order, told_path
from trialcal.files.phrases import Mistake
from trialcal.files.public_holidays import WHOLE_COUNTRY, CountryHolidays, parse_public, public_holidays
from trialcal.files.site_sense import check_closures, check_site, check_working_weekends
from trialcal.files.tree import Node, Table, Text, parse, read_bytes
from trialcal.files.visits import read_weight
from trialcal.problems import Place, Problem, Report, has_errors
from trialcal.site import (
    AnyDay,
    Closure,
    DayHours,
    Days,
    Hours,
    NthWeekday,
    Opened,
    Possible,
    Site,
    Weekdays,
    Weekend,
    WorkingWeekends,
)


def load_site(name: str, here: Path) -> tuple[Site | None, tuple[Problem, ...]]:
    """Read a site's file: the site, or None where there are errors, and all problems.

    What hinders the reading has one of the codes `library.NO_FILE`.
    """
    path = here / name
    file = told_path(path, here)
    data, problems = read_bytes(path)
    if problems:
        return None, tuple(replace(problem, place=Place(file)) for problem in problems)
    tree, of_yaml = parse(data, file)
    if tree is None:
        return None, of_yaml
    site, problems = read_site(tree, file)
    every = in_order(of_yaml, problems)
    return (None if has_errors(every) else site), every


def read_site(tree: Node, file: str) -> tuple[Site | None, tuple[Problem, ...]]:
    """Read the tree of a site's file: the site, or None where there are errors, and all problems."""
    report = Report()
    kind = kind_of(tree) if isinstance(tree, Table) else ""
    if kind == "subject":
        hint = "give it as trialcal plan FILE; a site's file has `time_zone`, `closed` and `hours`"
        report.error(tree.place, "subject-file", "this is a subject's file, not a site's", hint)
        return None, tuple(report.problems)
    if kind == "cohort":
        hint = "give it to trialcal cohort; a site's file has `time_zone`, `closed` and `hours`"
        report.error(tree.place, "cohort-file", "this is a cohort's file, not a site's", hint)
        return None, tuple(report.problems)
    if kind == "protocol":
        hint = "give it as --protocol FILE; a site's file has `time_zone`, `closed` and `hours`"
        report.error(tree.place, "protocol-file", "this is a protocol, not a site's file", hint)
        return None, tuple(report.problems)
    head = read_fields("site", tree, report, what="a site")
    public = _holidays(head, report)
    site = Site(
        name=head.get("name", ""),
        zone=head.get("time_zone"),
        public=public,
        closures=tuple(_closures(head, report)),
        opened=tuple(_opened(head, report)),
        hours=tuple(_week(head, report)),
        possible={possible.id: possible for possible in _possible(head, report)},
        file=file,
    )
    if not head.failed("holidays") and not (head.has("holidays") and public is None):
        check_site(site, head, report)
    return (None if has_errors(report.problems) else site), tuple(report.problems)


# --- the parts of the file ------------------------------------------------------------------------------------------


def _holidays(head: Fields, report: Report) -> CountryHolidays | None:
    node = head.get("holidays")
    if node is None:
        return None
    fields = read_fields("holidays", node, report, what="`holidays`", place=head.keys["holidays"])
    country, part = fields.get("country"), fields.get("subdivision")
    if country is None or fields.failed("subdivision"):
        return None
    at = fields.at("country")
    try:
        public = public_holidays(country, None)
        at = fields.at("subdivision")
        if part is not None:
            return public_holidays(country, part)
    except Mistake as mistake:
        report.error(at, "bad-holidays", mistake.message, mistake.hint)
        return None
    if public.parts and not fields.strange:
        hint = f"name the site's own, as `subdivision: {public.parts[0]}`; or write `subdivision: {WHOLE_COUNTRY}`"
        report.warning(fields.at("country"), "no-subdivision", _only_whole(public), hint)
    return public


def _only_whole(public: CountryHolidays) -> str:
    return f"only the holidays of all of {public.name} are closed; its parts have others"


def _closures(head: Fields, report: Report) -> Iterator[Closure]:
    for place, fields in read_list(head, "closed", "closure", report, what="a closure"):
        days: tuple[Days, ...] | None = fields.get("on")
        if days is None or not (fields.has("hours") or _not_all(days, fields, "closes", report)):
            continue
        if not fields.failed("hours"):
            yield Closure(days, fields.get("reason", ""), fields.get("hours", ()), place)


def _opened(head: Fields, report: Report) -> Iterator[Opened]:
    for place, fields in read_list(head, "open", "opened", report, what="an entry of `open`"):
        days: tuple[Days, ...] | None = fields.get("on")
        if days is None or not _not_all(days, fields, "opens", report):
            continue
        if not fields.failed("hours"):
            yield Opened(days, fields.get("reason", ""), fields.get("hours", ()), place)


def _not_all(days: Sequence[Days], fields: Fields, does: str, report: Report) -> bool:
    if any(isinstance(each, AnyDay) for each in days):
        hint = "name the days" + ("; a part of every day is closed with `hours: 12:00-13:00`" * (does == "closes"))
        report.error(fields.at("on"), "every-day", f"'any day' {does} every day", hint)
        return False
    return True


def _week(head: Fields, report: Report) -> Iterator[DayHours]:
    """Read the opening hours: a table of hours by days of the week."""
    node = head.get("hours")
    if node is None:
        return
    if not isinstance(node, Table) or not node.entries:
        is_empty = not node.value.strip() if isinstance(node, Text) else isinstance(node, Table)
        message = "`hours` is empty" if is_empty else "`hours` is a table of days with their hours"
        text = "Mon-Fri: 08:00-16:00" if not isinstance(node, Text) or is_empty else f"Mon-Fri: {shown(node.value)}"
        report.error(node.place, "wrong-kind", message, f"write {{{text}}}")
        return
    for name, value in node.entries:
        days, hours = _week_days(name, report), _week_hours(value, report)
        if days is not None and hours is not None:
            yield DayHours((days,), hours, name.place)


def _week_days(name: Text, report: Report) -> Days | None:
    try:
        days = parse_days(name.value)
        if not isinstance(days, Weekdays | Weekend | WorkingWeekends):
            raise Mistake(
                f"'{shown(name.value)}' is no day of the week",
                "`hours` says how the weeks are; put other hours under `open`, a closed part of a day under `closed`",
            )
    except Mistake as mistake:
        report.error(name.place, "bad-days", mistake.message, mistake.hint)
        return None
    return days


def _week_hours(value: Node, report: Report) -> Hours | None:
    if not isinstance(value, Text) or not value.value.strip():
        report.error(value.place, "wrong-kind", "the hours are one text", "write '08:00-12:00 and 13:00-16:00'")
        return None
    try:
        return parse_hours(value.value)
    except Mistake as mistake:
        report.error(value.place, "bad-hours", mistake.message, mistake.hint)
        return None


def _possible(head: Fields, report: Report) -> Iterator[Possible]:
    for name, place, fields in read_entries(head, "visits", "possible", report, what="an entry of `visits`"):
        if not fields.keys and not fields.strange:
            message, hint = f"`{name}` says nothing", "write {on: Mon-Thu}, or leave it out"
            report.error(place, "says-nothing", message, hint)
            continue
        weight = read_weight(fields, 1, report) if fields.get("weight") is not None else None
        yield Possible(
            name,
            fields.get("on", ()),
            fields.get("hours", ()),
            fields.get("reason", ""),
            fields.get("only_start", False),
            weight,
            place,
        )


# --- a few words on the command line --------------------------------------------------------------------------------


def quick_site(
    closed: Sequence[str], holidays: str | None, zone: tzinfo | None, *, beside: Site | None = None
) -> tuple[Site | None, tuple[Problem, ...]]:
    """Make a site of `--closed weekends --closed 2025-12-24 --holidays CN`, or add these to a site that was read.

    Gives the site, or None where there are errors, and all problems; they have no place. `zone` counts where the
    site that was read has none.
    """
    report = Report()
    known = beside if beside is not None else Site(zone=zone)
    public = known.public
    if holidays is not None:
        try:
            public = parse_public(holidays)
            if public.parts and public.subdivision is None and not holidays.strip().lower().endswith("-none"):
                hint = (
                    f"name the site's own, as {public.told}-{public.parts[0]}; or write {public.told}-{WHOLE_COUNTRY}"
                )
                report.warning(Place(), "no-subdivision", f"--holidays: {_only_whole(public)}", hint)
            if known.public is not None and known.public.told != public.told:
                hint = f"leave --holidays out, or change {known.file or 'the file'}"
                raise Mistake(f"the site keeps the holidays of {known.public.told}", hint)
        except Mistake as mistake:
            report.error(Place(), "bad-holidays", f"--holidays: {mistake.message}", mistake.hint)
    closures = [closure for text in dict.fromkeys(closed) if (closure := _quick_closure(text, report)) is not None]
    site = replace(
        known,
        zone=known.zone if known.zone is not None else zone,
        public=public,
        closures=(*known.closures, *closures),
    )
    if not has_errors(report.problems):
        if holidays is not None:
            check_working_weekends(site, {}, report)
        check_closures(site, {}, report)
    return (None if has_errors(report.problems) else site), tuple(report.problems)


def _quick_closure(text: str, report: Report) -> Closure | None:
    try:
        days = parse_days(text)
        if isinstance(days, AnyDay):
            raise Mistake("'any day' closes every day", "name the days, as weekends or 2025-12-24")
    except Mistake as mistake:
        report.error(Place(), "bad-days", f"--closed: {mistake.message}", mistake.hint)
        return None
    return Closure((days,), _quick_reason(days))


def _quick_reason(days: Days) -> str:
    if isinstance(days, Weekend):
        return "weekend"
    if isinstance(days, Weekdays) and len(days.days) == 1:
        return f"closed on {DAY_NAMES[min(days.days)]}s"
    return f"closed on {days.told}" if isinstance(days, Weekdays | NthWeekday) else "closed"
