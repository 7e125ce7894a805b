"""The small phrases of the protocol language: `2 d after priming`, `-1/+3 d`, `longer of 4 weeks and 5 x half-life`.

Text in, values out; a `Mistake` says what is wrong and what to write instead. People paste from PDFs, so dashes,
plus-minus signs, spaces and capital letters of every kind are understood. It is a room of its own because the same
phrases are read from files and from the command line, and because the JSON Schema is made from the same patterns.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple, cast

from trialcal.days import Duration, Unit
from trialcal.problems import printable_line
from trialcal.protocol import Multiple
from trialcal.timing import Edge, Pick, Reference, Window

UNITS: dict[str, Unit] = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
    **dict.fromkeys(("mo", "mos", "month", "months"), "months"),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "years"),
}
# No schedule needs more; beyond it, dates leave the years that are understood (1900 to 2200).
LARGEST: dict[Unit, int] = {
    "minutes": 1_000_000, "hours": 100_000, "days": 36_525, "weeks": 5_218, "months": 1_200, "years": 100,
}  # fmt: skip
LONGEST_PARAMETER: dict[Unit, int] = {
    "minutes": 1_000_000, "hours": 87_600, "days": 3_652, "weeks": 520, "months": 120, "years": 10,
}  # fmt: skip
LAST_DAY = 36_525

ID = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
# Words that stand before a name, or for one: as an id they could be read in two ways.
RESERVED = ("first", "last", "each", "previous", "the", "pending")
_NUMBER = r"[0-9]+"
_UNIT = r"[a-z]+"
_AMOUNT = rf"({_NUMBER})\s*({_UNIT})"
DAY = r"(?:day|d)\s*([+-]?\s?[0-9]+)"

DURATION = _AMOUNT
ON_DAY = DAY
RANGE = rf"({_NUMBER})\s*({_UNIT})?\s*(?:-|to)\s*({_NUMBER})\s*({_UNIT})"
REFERENCE = rf"(?:the\s+)?(?:(start|end)\s+of\s+)?(?:the\s+)?(?:(first|last|each|previous)\s+)?({ID})"
_EVEN_WINDOW = rf"±\s*{_AMOUNT}"
_ONE_SIDED = rf"([+-])\s*{_AMOUNT}"
_TWO_SIDED = rf"([+-])\s*({_NUMBER})\s*({_UNIT})?\s*[/,]\s*([+-])\s*({_NUMBER})\s*({_UNIT})"
_NOTHING = rf"0\s*({_UNIT})"
_LONGER = r"(?:the\s+)?longer\s+of\s+(.+)"
_MULTIPLE = rf"({_NUMBER})\s*(?:x|×|\*)\s*({ID})"
_DECIMAL = rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s*({_UNIT})"

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_OTHER_SIGNS = "\ufe62\ufe63\uff0b\uff0d"  # small and full-width + and -


class Mistake(ValueError):
    """What is wrong with a phrase (`message`) and what to write instead (`hint`)."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Gap(NamedTuple):
    """The two ends of `48-72 h`, both inclusive."""

    least: Duration
    most: Duration


def tidy(text: str) -> str:
    """Make one spelling of what was pasted: plain hyphens and spaces, `±`, small letters. Raises Mistake.

    >>> tidy("+/- 1\u00a0Day"), tidy("48\u201372 h")
    ('± 1 day', '48-72 h')
    """
    check_digits(text)
    plain = " ".join(text.translate(_DASHES).split()).lower()
    return plain.replace("+/-", "±").replace("+-", "±").replace("-/+", "±")


def check_digits(text: str) -> None:
    """Refuse the digits and signs of other scripts, as full-width ones. Raises Mistake.

    Which number they mean would be a guess, and no message or calendar would show the difference.
    """
    for character in () if text.isascii() else text:
        if character in _OTHER_SIGNS:
            raise Mistake(f"'{_beginning(text)}' has the sign '{character}'", "type an ordinary + or -")
        if character.isnumeric() and not character.isascii():
            raise Mistake(f"'{_beginning(text)}' has the digit '{character}'", "type the digits 0-9")


def _beginning(text: str) -> str:
    return printable_line(text[:40])


# --- durations ------------------------------------------------------------------------------------------------


def parse_duration(text: str) -> Duration:
    """Read `4 weeks`. Raises Mistake."""
    plain = tidy(text)
    found = re.fullmatch(DURATION, plain)
    if found:
        return _duration(found[1], found[2])
    if re.fullmatch(r"[+-].*", plain):
        raise Mistake(f"'{text}' has a sign, but a duration has none", f"write '{plain.lstrip('+- ')}'")
    if re.fullmatch(_NUMBER, plain):
        raise Mistake(f"'{text}' has no unit", f"write '{plain} d' for days, '{plain} h' for hours")
    if re.fullmatch(_DECIMAL, plain.replace(",", ".")):
        raise Mistake(f"'{text}' is not a whole number", "use a smaller unit, as '36 h' for one and a half days")
    if re.fullmatch(RANGE, plain):
        raise Mistake(f"'{text}' is a range", "write one duration here, as '4 weeks' or '48 h'")
    if found := re.fullmatch(
        r"(at least|at most|minimum|maximum|min\.?|max\.?|no more than|up to|>=|<=|[≥≤<>])\s*(.+)", plain
    ):
        hint = f"write '{found[2]}' here; minimum and maximum gaps stand under `rules`"
        raise Mistake(f"'{text}' is not one duration", hint)
    raise Mistake(f"'{text}' is not a duration", "write a number and a unit, as '4 weeks' or '48 h'")


def parse_gap(text: str) -> Gap:
    """Read `48-72 h`, `1 d to 4 weeks`, or `7 d` for 0 to 7 days. Raises Mistake."""
    found = re.fullmatch(RANGE, tidy(text))
    if not found:
        most = parse_duration(text)
        return Gap(Duration(0, most.unit), most)
    least = _duration(found[1], found[2] or found[4])
    most = _duration(found[3], found[4])
    if _runs_backwards(least, most):
        raise Mistake(f"'{text}' runs backwards", f"write the smaller one first: '{most} to {least}'")
    return Gap(least, most)


def parse_parameter(text: str) -> Duration:
    """Read a parameter's value, `21d` or `2.5 d`; parts of a day or week become exact hours. Raises Mistake."""
    plain = tidy(text)
    found = re.fullmatch(_DECIMAL, plain)
    value = _in_parts(text, found[1], found[2]) if found and "." in found[1] else parse_duration(text)
    if value.count > LONGEST_PARAMETER[value.unit]:
        raise Mistake(f"'{text}' is too long", f"at most {LONGEST_PARAMETER[value.unit]} {value.unit}")
    return value


def _in_parts(text: str, number: str, symbol: str) -> Duration:
    unit = _unit(symbol)
    hours_each = {"minutes": Fraction(1, 60), "hours": Fraction(1), "days": Fraction(24), "weeks": Fraction(168)}
    if unit not in hours_each:
        raise Mistake(f"'{text}': a part of a {unit[:-1]} has no fixed length", "give it in days or hours")
    minutes = Fraction(number) * hours_each[unit] * 60
    if minutes.denominator != 1:
        raise Mistake(f"'{text}' is not a whole number of minutes", "give it in hours or minutes")
    whole = minutes.numerator
    return _duration(str(whole // 60), "hours") if whole % 60 == 0 else _duration(str(whole), "minutes")


def parse_spans(text: str) -> tuple[Duration | Multiple, ...]:
    """Read `8 weeks`, `5 x half-life` or `longer of 4 weeks and 5 x half-life`. Raises Mistake."""
    longer = re.fullmatch(_LONGER, tidy(text))
    if not longer:
        return (_span(text),)
    spans = tuple(_span(part) for part in re.split(r"\s+and\s+|\s*,\s*", longer[1]) if part)
    if len(spans) < 2:
        raise Mistake(f"'{text}' names one span only", "write 'longer of 4 weeks and 5 x half-life'")
    return spans


def _span(text: str) -> Duration | Multiple:
    plain = tidy(text)
    found = re.fullmatch(_MULTIPLE, plain)
    if found:
        return Multiple(whole(found[1], 100, f"{found[1][:12]} x", "100 x"), found[2])
    if re.fullmatch(r"[0-9]+\s*half-?\s?li(fe|ves)", plain):
        raise Mistake(f"'{text}' does not name a parameter", f"write '{plain.split()[0]} x half-life'")
    return parse_duration(text)


def _duration(number: str, unit: str) -> Duration:
    known = _unit(unit)
    largest = LARGEST[known]
    return Duration(whole(number, largest, f"{number[:12]} {known}", f"{largest} {known}"), known)


def _unit(text: str) -> Unit:
    unit = UNITS.get(text)
    if unit is None:
        hint = "write 'min', 'h', 'd', 'weeks', 'months' or 'years'"
        if text == "m":
            hint = "'m' may be minutes or months: write 'min' or 'months'"
        raise Mistake(f"'{text}' is not a unit of time", hint)
    return unit


def whole(number: str, largest: int, told: str, most: str) -> int:
    """Read a whole number up to `largest`; `told` and `most` are its words in the message. Raises Mistake."""
    digits = number.lstrip("0") or "0"
    if len(digits) > 9 or int(digits) > largest:
        raise Mistake(f"{told} is more than a schedule can hold", f"at most {most}")
    return int(digits)


_FEWEST_MINUTES: dict[Unit, int] = {
    "minutes": 1, "hours": 60, "days": 1440, "weeks": 10_080, "months": 28 * 1440, "years": 365 * 1440,
}  # fmt: skip
_MOST_MINUTES: dict[Unit, int] = {**_FEWEST_MINUTES, "months": 31 * 1440, "years": 366 * 1440}


def _runs_backwards(least: Duration, most: Duration) -> bool:
    """Tell whether the first end is surely beyond the second, whichever months are meant."""
    return least.count * _FEWEST_MINUTES[least.unit] > most.count * _MOST_MINUTES[most.unit]


# --- windows --------------------------------------------------------------------------------------------------


def parse_window(text: str) -> Window:
    """Read `±1 d`, `-1/+3 d`, `+7 d`, `-2 d` or `0 d`. Raises Mistake."""
    plain = tidy(text)
    if even := re.fullmatch(_EVEN_WINDOW, plain):
        both = _duration(even[1], even[2])
        return Window(both, both)
    if one := re.fullmatch(_ONE_SIDED, plain):
        amount = _duration(one[2], one[3])
        nothing = Duration(0, amount.unit)
        return Window(nothing, amount) if one[1] == "+" else Window(amount, nothing)
    if two := re.fullmatch(_TWO_SIDED, plain):
        if two[1] == two[4]:
            raise Mistake(f"'{text}' has the same sign twice", f"write '-{two[2]}/+{two[5]} {two[6]}'")
        first, second = _duration(two[2], two[3] or two[6]), _duration(two[5], two[6])
        return Window(first, second) if two[1] == "-" else Window(second, first)
    if nothing_at_all := re.fullmatch(_NOTHING, plain):
        none = _duration("0", nothing_at_all[1])
        return Window(none, none)
    if amount_only := re.fullmatch(DURATION, plain):
        told = f"{amount_only[1]} {amount_only[2]}"
        raise Mistake(f"'{text}' has no sign", f"write '±{told}', '+{told}' or '-{told}'")
    if plain in ("none", "not stated", "no", "n/a", "-", "na", "unknown", "tbd"):
        raise Mistake(f"'{text}' is not a window", "leave `window` out where none is stated; '0 d' allows no day off")
    if re.fullmatch(r"[±+-]\s*[0-9]+", plain):
        number = plain.replace(" ", "")
        raise Mistake(f"'{text}' has no unit", f"write '{number} d' for days, '{number} h' for hours")
    if re.fullmatch(r"([±+-])\s*[0-9]+[.,][0-9]+\s*\w+.*", plain):
        raise Mistake(f"'{text}' is not in whole numbers", "use a smaller unit, as '±36 h' for one and a half days")
    if re.search(r"day\s*[+-]?[0-9]+\s*(to|-)", plain):
        raise Mistake(
            f"'{text}' names days", "say how far from the target it may be, as '-1/+3 d'; or put the days into `at`"
        )
    raise Mistake(f"'{text}' is not a window", "write '±1 d', '-1/+3 d', '+7 d', '-2 d' or '0 d'")


# --- references -----------------------------------------------------------------------------------------------


def parse_reference(text: str) -> Reference:
    """Read `priming`, `last dose`, `end of last lymphodepletion`; not yet resolved (`members` is empty)."""
    plain = tidy(text)
    found = re.fullmatch(REFERENCE, plain)
    if not found:
        raise _no_reference(text, plain)
    edge, pick, name = found.groups()
    return Reference(name, (), cast(Pick, pick or "only"), cast(Edge, edge or "start"))


def _no_reference(text: str, plain: str) -> Mistake:
    if re.fullmatch(ON_DAY, plain) or re.fullmatch(r"day\s*[+-]?[0-9]+", plain):
        return Mistake(f"'{text}' is a study day, not a visit", "name the visit on that day by its id")
    if re.search(r"[0-9]\s*[a-z]+\s+(after|before)\b", plain):
        return Mistake(
            f"'{text}' is an offset, not a visit", "name one visit, as 'dose-1', 'last dose' or 'end of infusion'"
        )
    if re.search(r",|\band\b|\bor\b", plain):
        return Mistake(f"'{text}' is more than one visit", "name one visit, or write an entry for each")
    near = re.sub("[^a-z0-9]+", "-", plain).strip("-")
    hint = f"as '{near}', " if re.fullmatch(ID, near) and near != plain else ""
    return Mistake(f"'{text}' names no visit", f"write a visit's id, {hint}or 'last dose', 'end of infusion'")


def is_id(text: str) -> bool:
    """Tell whether a text can be an id: small letters, digits, single hyphens, and no word of the language."""
    return len(text) <= 64 and bool(re.fullmatch(ID, text)) and text not in RESERVED
