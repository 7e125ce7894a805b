"""What the command line's arguments say: given dates, parameters, the subject, the time zone.

A room of its own because all that is wrong with them is told at once, before anything is planned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from trialcal.cli.choosing import more_cycles, named, not_for_them
from trialcal.cli.output import printable
from trialcal.days import Duration, clock_of, exists, minute_of, occurs_twice
from trialcal.files.dates import YEARS, parse_date
from trialcal.files.phrases import Mistake, parse_parameter
from trialcal.files.zones import parse_zone
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol
from trialcal.subject import Dated, Subject

LONGEST_SUBJECT = 64


class Arguments:
    """The arguments of one call, and the problems found in them."""

    def __init__(self, protocol: Protocol, zone: tzinfo | None) -> None:
        self.protocol = protocol
        self.zone = zone
        self.problems: list[Problem] = []

    def subject(
        self,
        name: str | None,
        starts: Sequence[str],
        ends: Sequence[str],
        settings: Sequence[str],
        *,
        needs_date: bool = True,
    ) -> Subject:
        """Read the subject with all given dates and parameters; with `needs_date` there must be one."""
        started = self._dates("--start", starts, self.protocol.start)
        ended = self._dates("--end", ends, "")
        given = {visit: self._dated(visit, started.get(visit), ended.get(visit)) for visit in {**started, **ended}}
        if needs_date and not given and not self.problems:
            hint = f"write --start DATE for {self.protocol.start}, or --start VISIT=DATE"
            self._error("no-date-given", "no date is given", hint)
        return Subject(
            self._name(name), {visit: dated for visit, dated in given.items() if dated}, self._parameters(settings)
        )

    # --- dates --------------------------------------------------------------------------------------------------

    def _dates(self, option: str, texts: Sequence[str], bare: str) -> dict[str, tuple[str, datetime | None]]:
        """Read `VISIT=DATE` (or, for the protocol's own start, `DATE`); each visit once."""
        found: dict[str, tuple[str, datetime | None]] = {}
        for text in texts:
            name, equals, when = text.rpartition("=")
            visit = name.strip() if equals else bare
            if not visit:
                hint = f"write {option} VISIT=DATE" + ("THH:MM" if option == "--end" else "")
                self._error("no-visit", f"{option} {_shown(text)} does not say which visit", hint)
            elif visit not in self.protocol.by_id:
                self.unknown_visit(option, visit)
            elif visit in found:
                self._error("two-dates", f"{option}: {visit} is given two dates", "give each visit one")
            else:
                try:
                    day, clock = parse_date(when)
                except Mistake as mistake:
                    self._error("bad-date", f"{option} {visit}: {mistake.message}", mistake.hint)
                    found[visit] = ("", None)
                    continue
                if clock is None and option == "--end":
                    self._error(
                        "bad-date", f"--end {visit}: an end needs a clock time", f"as {day.isoformat()}T16:30"
                    )
                found[visit] = (day.isoformat(), self._in_zone(option, visit, clock))
        return found

    def _in_zone(self, option: str, visit: str, clock: datetime | None) -> datetime | None:
        if clock is None or self.zone is None:
            return clock
        told = f"{option} {visit}: {clock:%Y-%m-%d %H:%M}"
        if not exists(clock, self.zone):
            self._error("no-such-time", f"{told} does not exist in {self.zone}: the clocks skip it", "check the time")
        elif occurs_twice(clock, self.zone):
            message = f"{told} occurs twice in {self.zone}; the first, before the clocks go back, is taken"
            self.problems.append(Problem("warning", "time-occurs-twice", message))
        return clock

    def _dated(
        self, visit: str, start: tuple[str, datetime | None] | None, end: tuple[str, datetime | None] | None
    ) -> Dated | None:
        starts, ends = (start or ("", None))[1], (end or ("", None))[1]
        if (start and not start[0]) or (end and not end[0]):
            return None
        lasts = self.protocol.by_id[visit].lasts
        if start:
            day = date.fromisoformat(start[0])
        else:
            assert end is not None
            day = date.fromisoformat(end[0])
            if lasts is not None and lasts.needs_clock and ends is not None:
                starts = clock_of(minute_of(ends, self.zone) - lasts.minutes, self.zone).replace(tzinfo=None)
                day = starts.date()
            else:
                day -= timedelta(days=self.protocol.by_id[visit].more_days)
            if not YEARS[0] <= day.year <= YEARS[1]:
                message = f"--end {visit}: it would have started in the year {day.year}"
                self._error("bad-date", message, f"years from {YEARS[0]} to {YEARS[1]}")
                return None
        self._check_day(visit, day, starts)
        is_early = starts and ends and minute_of(ends, self.zone) < minute_of(starts, self.zone)
        if ends is not None and (ends.date() < day or is_early):
            self._error("ends-before-start", f"{visit} ends before it starts", "check --start and --end")
        return Dated(day, starts, ends)

    def _check_day(self, visit: str, day: date, starts: datetime | None) -> None:
        """Report a date that the time zone skips as a whole, as Samoa did in 2011 when it changed sides."""
        if (
            starts is None
            and self.zone is not None
            and not exists(datetime(day.year, day.month, day.day, 12), self.zone)
        ):
            message = f"{visit}: {day.isoformat()} does not exist in {self.zone}: the calendar there skips it"
            self._error("no-such-date", message, "check the date")

    def unknown_visit(self, option: str, visit: str) -> None:
        """Report a visit that is not there, and say which was probably meant."""
        members = [known.id for known in self.protocol.visits if known.series == visit]
        if members:
            message = f"{option}: {visit} is a series of {len(members)}"
            self._error("unknown-visit", message, f"name one of {', '.join(members[:12])}")
            return
        message = f"{option}: there is no visit {_shown(visit)} in {self.protocol.id}"
        hint = more_cycles(visit, self.protocol) or not_for_them(visit, self.protocol)
        hint = hint or named(visit, self.protocol)
        self._error("unknown-visit", message, hint or nearest(visit, self.protocol.by_id))

    # --- the rest -----------------------------------------------------------------------------------------------

    def _parameters(self, settings: Iterable[str]) -> dict[str, Duration]:
        known = [parameter.id for parameter in self.protocol.parameters]
        found: dict[str, Duration] = {}
        for text in settings:
            name, equals, value = text.partition("=")
            if not equals:
                self._error("bad-parameter", f"--set {_shown(text)} gives no value", "write --set half-life=21d")
            elif name not in known:
                hint = nearest(name, known) or f"{self.protocol.id} has no parameters"
                self._error("unknown-parameter", f"--set: there is no parameter {_shown(name)}", hint)
            elif name in found:
                self._error("two-values", f"--set: {name} is given two values", "give it one")
            else:
                try:
                    found[name] = parse_parameter(value)
                except Mistake as mistake:
                    self._error("bad-parameter", f"--set {name}: {mistake.message}", mistake.hint)
        return found

    def _name(self, name: str | None) -> str:
        if name is None:
            return ""
        if not name.strip() or not name.isprintable() or len(name) > LONGEST_SUBJECT:
            message = "--subject is empty, too long, or has characters that cannot be printed"
            self._error("bad-subject", message, f"the study number, at most {LONGEST_SUBJECT} characters")
            return ""
        if looks_personal(name):
            message = f"--subject {name} looks like a person's name or birth date"
            hint = "use the study number: calendars are shared, and a study number is already a pseudonym"
            self.problems.append(Problem("warning", "looks-personal", message, hint))
        return name.strip()

    def _error(self, code: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem("error", code, printable(message), printable(hint)))


def looks_personal(text: str) -> bool:
    """Tell whether a subject's id looks like a person's name or a birth date.

    Study numbers have digits or are in capitals with hyphens; a number of site and subject is no date.

    >>> [looks_personal(text) for text in ("01-003", "S-2025-0112", "ABC-DEF", "GIVEN FAMILY", "1961-04-30")]
    [False, False, False, True, True]
    """
    words = [] if re.search(r"\d", text) else re.findall(_WORD, text)
    apart = bool(re.search(r"[\s,]", text.strip())) and (all(len(word) > 1 for word in words) or "." in text)
    is_name = (apart and len(words) > 1 and any(len(word) > 2 for word in words)) or any(
        len(word) > 2 and word.istitle() for word in words
    )
    return is_name or bool(re.search(_DATE, text))


_WORD = r"[^\W\d_]+"
_MONTH, _DAY_OF_MONTH, _CENTURY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])", "(?:19|20)"
_DATE = (
    rf"(?<![0-9])(?:{_CENTURY}[0-9]{{2}}([-./ ]){_MONTH}\1{_DAY_OF_MONTH}"  # 1961-04-30
    rf"|{_CENTURY}[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"  # 19610430
    rf"|{_DAY_OF_MONTH}([-./ ]){_MONTH}\2{_CENTURY}[0-9]{{2}}"  # 30.04.1961
    rf"|{_MONTH}([-./ ]){_DAY_OF_MONTH}\3{_CENTURY}[0-9]{{2}}"  # 04/30/1961
    rf"|{_DAY_OF_MONTH}([./]){_MONTH}\4[0-9]{{2}})(?![0-9])"  # 30.04.61
)


def zone_of(name: str | None) -> tzinfo | None:
    """Give the time zone of an IANA name. Raises Mistake."""
    if name is None:
        return None
    try:
        return parse_zone(name)
    except Mistake as mistake:
        raise Mistake(f"--time-zone: {mistake.message}", mistake.hint) from None


def _shown(text: str) -> str:
    return f"'{printable(text[:60])}'"
