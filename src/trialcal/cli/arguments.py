"""What the command line's arguments say: given dates, parameters, the subject, the time zone.

A room of its own because all that is wrong with them is told at once, before anything is planned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from trialcal.cli.output import printable
from trialcal.days import Duration
from trialcal.files.dated import Stated, check_clock, dated_of
from trialcal.files.dates import parse_date
from trialcal.files.personal import LONGEST_SUBJECT, is_subject_id, looks_personal
from trialcal.files.phrases import Mistake, parse_parameter
from trialcal.files.which_visit import unknown_visit
from trialcal.files.zones import parse_zone
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol
from trialcal.subject import Dated, Subject


class Arguments:
    """The arguments of one call, and the problems found in them."""

    def __init__(self, protocol: Protocol, zone: tzinfo | None) -> None:
        self.protocol = protocol
        self.zone = zone
        self.problems: list[Problem] = []
        self.failed: set[tuple[str, str]] = set()  # options and visits whose date was not understood

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

    def _dates(self, option: str, texts: Sequence[str], bare: str) -> dict[str, Stated]:
        """Read `VISIT=DATE` (or, for the protocol's own start, `DATE`); each visit once."""
        found: dict[str, Stated] = {}
        for text in texts:
            name, equals, when = text.rpartition("=")
            visit = name.strip() if equals else bare
            if not visit:
                hint = f"write {option} VISIT=DATE" + ("THH:MM" if option == "--end" else "")
                self._error("no-visit", f"{option} {_shown(text)} does not say which visit", hint)
            elif visit not in self.protocol.by_id:
                self.unknown_visit(option, visit)
            elif visit in found or (option, visit) in self.failed:
                self._error("two-dates", f"{option}: {visit} is given two dates", "give each visit one")
            else:
                try:
                    day, clock = parse_date(when)
                except Mistake as mistake:
                    self._error("bad-date", f"{option} {visit}: {mistake.message}", mistake.hint)
                    self.failed.add((option, visit))
                    continue
                if clock is None and option == "--end":
                    self._error(
                        "bad-date", f"--end {visit}: an end needs a clock time", f"as {day.isoformat()}T16:30"
                    )
                found[visit] = (day, self._in_zone(option, visit, clock))
        return found

    def _in_zone(self, option: str, visit: str, clock: datetime | None) -> datetime | None:
        if clock is not None:
            try:
                twice = check_clock(clock, self.zone)
            except Mistake as mistake:
                self._error("no-such-time", f"{option} {visit}: {mistake.message}", mistake.hint)
            else:
                if twice:
                    self.problems.append(Problem("warning", "time-occurs-twice", f"{option} {visit}: {twice}"))
        return clock

    def _dated(self, visit: str, start: Stated | None, end: Stated | None) -> Dated | None:
        if any(name == visit for _, name in self.failed):
            return None
        try:
            return dated_of(self.protocol.by_id[visit], start, end, self.zone)
        except Mistake as mistake:
            self._error("bad-date", f"{visit}: {mistake.message}", mistake.hint)
            return None

    def unknown_visit(self, option: str, visit: str) -> None:
        """Report a visit that is not there, and say which was probably meant."""
        mistake = unknown_visit(visit, self.protocol, more="add --cycles {}={}")
        self._error("unknown-visit", f"{option}: {mistake.message}", mistake.hint)

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
        if not is_subject_id(name):
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
