"""What `why` and `starts` do once everything is loaded: read their own arguments, ask, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from trialcal.cli.arguments import Arguments
from trialcal.cli.durations import durations_of
from trialcal.cli.names import Plain, StartsFormat
from trialcal.cli.output import is_device, printable, stop, tell, tell_problems
from trialcal.cli.planning import Asked
from trialcal.cli.screen import has_colour, width
from trialcal.files.dates import parse_date
from trialcal.files.daysets import parse_days
from trialcal.files.phrases import Mistake
from trialcal.horizon import settled_to_the_end
from trialcal.judge import unknown_holidays
from trialcal.problems import Problem
from trialcal.site import Weekdays
from trialcal.starts import Starts, starts_of
from trialcal.subject import Dated
from trialcal.uncertain import durations_told, ends_of, starts_with_uncertain, uncertain_steps
from trialcal.why import Answer, why

LONGEST_RANGE = 20  # years
_SUFFIXES = {".txt": StartsFormat.table, ".csv": StartsFormat.csv, ".json": StartsFormat.json}


def answered(case: Asked, visit: str, day: str) -> Answer:
    """Ask whether a visit can be on a date; ends the command where one of the two is wrong."""
    problems: list[Problem] = []
    _check_visit(case, "VISIT", visit, problems)
    when = _day("DATE", day, problems)
    if problems or when is None:
        tell_problems(problems)
        stop(2)
    return why(case.protocol, case.subject, case.site, visit, when)


def of_file(name: str, *, has_options: bool) -> Asked:
    """Give what a subject's file says to ask with; ends the command where anything is wrong."""
    from trialcal.amending import known_to
    from trialcal.cli.many import read_subjects

    if has_options:
        tell(f"error: {printable(name)} says the protocol, the dates and the site: leave their options out")
        stop(2)
    read = read_subjects([name])
    if len(read.files) != 1:
        if read.files:
            tell(f"error: {printable(name)} has {len(read.files)} subjects (name the file of one)")
        stop(read.code or 2)
    found = read.files[0]
    return Asked(found.protocol, known_to(found.protocol, found.subject), found.site, list(found.remarks))


def answer_written(case: Asked, answer: Answer, form: Plain) -> bytes:
    """Write an answer in words or as JSON."""
    from trialcal.writers.answer import answer_json, answer_text

    if form is Plain.json:
        return answer_json(case.protocol, answer).encode()
    return answer_text(answer, width=width(), colour=has_colour()).encode()


def looked_at(
    case: Asked, of: str | None, span: tuple[str, str], weekdays: str | None, uncertain: str | None
) -> tuple[Starts, Sequence[str]]:
    """Look at the start dates of a range; gives the verdicts, and what should be told of them."""
    problems: list[Problem] = []
    visit = of or case.protocol.start
    if of is not None:
        _check_visit(case, "--of", of, problems)
    if visit in case.subject.given:
        message = f"--start {visit}=...: the dates of {visit} are what is looked at"
        _error(problems, "given-start", message, "leave it out, or look at another visit with --of")
    begin, end = _day("--from", span[0], problems), _day("--to", span[1], problems)
    if begin is not None and end is not None and end < begin:
        _error(problems, "backwards", f"--to {end} is before --from {begin}", "swap the two dates")
    elif begin is not None and end is not None and end > _years_on(begin, LONGEST_RANGE):
        message = f"--from {begin} --to {end} is more than {LONGEST_RANGE} years"
        _error(problems, "too-long", message, "look at a shorter range")
    only = _weekdays(weekdays, problems)
    if problems or begin is None or end is None:
        tell_problems(problems)
        stop(2)
    days = [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
    days = [day for day in days if not only or day.weekday() in only]
    told = [problem.told() for problem in _of_the_last(case, visit, end)]
    about = case.protocol, case.subject, case.site, visit
    if uncertain is None:
        starts = tuple(starts_of(*about, days))
    else:
        step, durations = durations_of(case.protocol, case.subject, uncertain)
        if visit in ends_of(uncertain_steps(case.protocol)[step]):
            message = f"--of {visit}: its dates are what {step} says, and nobody can choose them"
            tell_problems([Problem("error", "uncertain-start", message, "look at the dates of another visit")])
            stop(2)
        starts = tuple(starts_with_uncertain(*about, days, step, durations))
        told.append(f"with {step} of {durations_told(durations)}: the worst verdict of them counts")
    return Starts(*about, begin, end, starts, only), told


def starts_written(
    found: Starts, told: Sequence[str], form: StartsFormat | None, output: Path | None, best: int | None
) -> bytes:
    """Write the verdicts in one of their forms; what is `told` of them stands on the page as well."""
    if form is None and output is not None and not is_device(output):
        form = _SUFFIXES.get(output.suffix.lower())
        if form is None:
            told = f"--output {printable(str(output))}: the suffix does not say the form"
            tell(f"error: {told} (use one of {', '.join(_SUFFIXES)}, or --format)")
            stop(2)
    if form is StartsFormat.csv:
        from trialcal.writers.starts_rows import starts_csv

        return starts_csv(found, best).encode()
    if form is StartsFormat.json:
        from trialcal.writers.starts_rows import starts_json

        return starts_json(found, best).encode()
    if form is StartsFormat.calendar:
        from trialcal.writers.starts_months import starts_calendar

        return starts_calendar(found, width=width(), colour=has_colour()).encode()
    from trialcal.writers.starts_table import starts_text

    return starts_text(found, width=width(), colour=has_colour(), best=best, told=told).encode()


def _of_the_last(case: Asked, visit: str, day: date) -> list[Problem]:
    """Give the warnings on public holidays of a start on the last date, which reaches farthest."""
    subject = replace(case.subject, given={**case.subject.given, visit: Dated(day)})
    settled, _ = settled_to_the_end(case.protocol, subject, case.site)
    return list(unknown_holidays(settled))


def _check_visit(case: Asked, what: str, visit: str, problems: list[Problem]) -> None:
    if visit not in case.protocol.by_id:
        arguments = Arguments(case.protocol, None)
        arguments.unknown_visit(what, visit)
        problems += arguments.problems


def _day(what: str, text: str, problems: list[Problem]) -> date | None:
    try:
        day, clock = parse_date(text)
        if clock is not None:
            raise Mistake(f"'{printable(text)}' has a clock time", f"write the date alone: {day}")
    except Mistake as mistake:
        _error(problems, "bad-date", f"{what}: {mistake.message}", mistake.hint)
        return None
    return day


def _weekdays(text: str | None, problems: list[Problem]) -> frozenset[int]:
    if text is None:
        return frozenset()
    try:
        days = parse_days(text)
        if not isinstance(days, Weekdays):
            raise Mistake(f"'{printable(text[:60])}' is no weekday", "write Mondays, Mon-Thu, or Mon, Wed")
    except Mistake as mistake:
        _error(problems, "bad-weekdays", f"--on: {mistake.message}", mistake.hint)
        return frozenset()
    return days.days


def _years_on(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _error(problems: list[Problem], code: str, message: str, hint: str) -> None:
    problems.append(Problem("error", code, message, hint))
