"""What `plan` does: load, read the arguments, plan, write. Imported by the command when it runs, never for --help.

Subjects' files are planned in `many`, tables of subjects in `roster`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from trialcal.cli.arguments import Arguments
from trialcal.cli.choosing import unchosen
from trialcal.cli.clock import now
from trialcal.cli.loading import loaded
from trialcal.cli.names import Format, Summary, Windows
from trialcal.cli.output import is_device, printable, stop, tell, tell_problems, write_result
from trialcal.cli.screen import has_colour, is_terminal, width
from trialcal.cli.siting import SiteWords, not_of_protocol, site_of
from trialcal.plan import plan
from trialcal.problems import has_errors
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.site import Site
from trialcal.subject import Subject

_SUFFIXES = {".ics": Format.ics, ".csv": Format.csv, ".json": Format.json, ".txt": Format.table}
_STANDS_IN = {  # where a subject's file says what an option says without one
    "--protocol": "`protocol`",
    "--start": "`given`, or `booked` or `actual` of the visit",
    "--end": "`end` of the visit",
    "--set": "`parameters`",
    "--arm": "`arm`",
    "--cohort": "`cohort`",
    "--cycles": "`cycles`",
    "--subject": "`subject`",
    "--site": "`site`",
    "--closed": "its site's file",
    "--holidays": "its site's file",
    "--time-zone": "its site's file",
}


def chosen_format(form: Format | None, output: Path | None) -> Format:
    """Choose the form: as said, else by the output's suffix, else a table on a terminal and iCalendar elsewhere."""
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as visits.ics)")
        stop(2)
    if form is not None:
        return form
    if output is not None:
        by_suffix = _SUFFIXES.get(output.suffix.lower())
        if by_suffix is None and not is_device(output):
            known = ", ".join(_SUFFIXES)
            told = f"--output {printable(str(output))}: the suffix does not say the form"
            tell(f"error: {told} (use one of {known}, or --format)")
            stop(2)
        return by_suffix or Format.ics
    return Format.table if is_terminal() else Format.ics


def check_usage(
    files: Sequence[str],
    protocol: str | None,
    roster: Path | None,
    of_one: Mapping[str, object],
    of_all: Mapping[str, object],
    *,
    changes: bool,
) -> str:
    """Give the protocol's name; ends the command where its options do not go together, with all of it told.

    `of_one` are the options of one plan, `of_all` those that a roster's subjects may share, with what was given.
    """
    wrong: list[str] = []
    if files:
        if protocol is not None:
            wrong += (
                f"'{printable(name)}' is an unexpected extra argument: there is no such file (a date is --start DATE)"
                for name in files
                if not Path(name).exists()
            )
        given = {"--protocol": protocol, "--roster": roster, **of_one, **of_all}
        for option in [option for option, value in given.items() if value]:
            where = _STANDS_IN.get(option)
            hint = f"leave it out: the file says it itself, in {where}" if where else "leave it out"
            wrong.append(f"{option} does not go with a subject's file ({hint})")
    elif protocol is None:
        what = "--protocol ID --start DATE, a subject's file, or --roster FILE --protocol ID"
        wrong.append(f"Missing option '--protocol' / '-p': say what to plan ({what})")
    elif roster is not None:
        columns = {"--start": "column `start`", "--end": "columns `VISIT end`", "--subject": "column `subject`"}
        for option in [option for option, value in of_one.items() if value]:
            hint = (
                f"leave it out: the table says it, in its {columns[option]}" if option in columns else "leave it out"
            )
            wrong.append(f"{option} does not go with --roster ({hint})")
    if changes and not files:
        wrong.append("--changes goes with a subject's file: only beside one is kept what was exported")
    for line in wrong:
        tell(f"error: {line}")
    if wrong:
        stop(2)
    return protocol or ""


class Words(NamedTuple):
    """What the command line says of the subject."""

    starts: Sequence[str] = ()
    ends: Sequence[str] = ()
    settings: Sequence[str] = ()
    subject: str | None = None


class Asked(NamedTuple):
    """What a command is about, read and checked; `told` is what should be told of it after the dates."""

    protocol: Protocol
    subject: Subject
    site: Site
    told: list[str]


def asked(
    name: str,
    words: Words,
    where: SiteWords,
    choose: Callable[[Protocol], Protocol],
    *,
    needs_date: bool = True,
    uncertain: str | None = None,
) -> Asked:
    """Load the protocol and the site and read the arguments; ends the command where anything is wrong.

    Where no durations of an `uncertain` step are asked for, it is told which steps nobody can choose.
    """
    protocol, told = loaded(name)
    protocol = choose(protocol)
    told += unchosen(protocol)
    site, problems = site_of(where)
    arguments = Arguments(protocol, site.zone)
    who = arguments.subject(words.subject, words.starts, words.ends, words.settings, needs_date=needs_date)
    if has_errors(arguments.problems):
        tell_problems(arguments.problems)
        stop(2)
    has_uncertain = any(rule.uncertain for rule in protocol.rules) or any(each.uncertain for each in protocol.visits)
    if uncertain is None and has_uncertain:
        from trialcal.cli.durations import not_chosen

        told += not_chosen(protocol, who)
    found = [*problems, *not_of_protocol(site, protocol), *arguments.problems]
    return Asked(protocol, who, site, [*told, *(problem.told() for problem in found if problem.level == "warning")])


def planned(
    name: str,
    words: Words,
    where: SiteWords,
    choose: Callable[[Protocol], Protocol],
    uncertain: str | None = None,
) -> tuple[Schedule, list[str]]:
    """Plan what the command line asks for; gives the schedule, and the remarks that are told after the dates."""
    protocol, subject, site, told = asked(name, words, where, choose, uncertain=uncertain)
    if uncertain is None:
        schedule = plan(protocol, subject, site)
    else:
        from trialcal.cli.durations import durations_of
        from trialcal.uncertain import with_uncertain

        step, durations = durations_of(protocol, subject, uncertain)
        schedule = with_uncertain(plan, protocol, subject, site, step, durations)
        told.append(f"the dates are those with {step} of {durations[-1]}, the longest asked for")
    if not schedule.feasible:
        from trialcal.relaxing import with_ways

        schedule = with_ways(schedule)
    return schedule, told


def plan_given(
    name: str,
    words: Words,
    where: SiteWords,
    choose: Callable[[Protocol], Protocol],
    uncertain: str | None,
    form: Format | None,
    windows: Windows,
    summary: Summary,
    output: Path | None,
) -> int:
    """Plan one subject from the dates of the command line and write the plan; gives the exit code."""
    in_form = chosen_format(form, output)
    schedule, told = planned(name, words, where, choose, uncertain)
    data = written(schedule, in_form, windows, summary)
    tell(schedule.understood)
    for remark in [*told, *remarks(schedule, in_form)]:
        tell(remark)
    if in_form is not Format.table:
        tell_problems(schedule.problems)
    write_result(data, output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    return 0 if schedule.feasible else 1


def written(schedule: Schedule, form: Format, windows: Windows, summary: Summary) -> bytes:
    """Write the plan in one of its forms."""
    if form is Format.ics:
        from trialcal.writers.ics import calendar_bytes

        return calendar_bytes(schedule, now=now(), windows=windows.value, summary=summary.value)
    if form is Format.json:
        from trialcal.writers.rows import json_text

        return json_text(schedule).encode()
    if form is Format.csv:
        from trialcal.writers.rows import csv_text

        return csv_text([schedule]).encode()
    from trialcal.writers.table import plan_text

    return plan_text(schedule, width=width(), colour=has_colour()).encode()


def remarks(schedule: Schedule, form: Format) -> Iterator[str]:
    """Give what should be known besides the result: assumed values, missing parameters, the subject's id."""
    protocol = schedule.protocol
    if form is not Format.table:
        assumed = sum(1 for visit in schedule.visits if visit.assumed)
        if assumed:
            yield f"assumed: {assumed} of {len(schedule.visits)} visits rest on assumed values, marked in the result"
        yield f"source: {protocol.source}"
    if form is Format.ics and not schedule.subject.id:
        yield (
            "warning: no --subject is given: another patient with the same dates would get the same events (UIDs), "
            "and a change of dates gives new ones"
        )
