"""Public holidays of a country or a part of it, from the package `holidays`.

A room of its own because nothing else knows that package: its names of countries and parts, the years that it knows,
and how it marks what is estimated. It is imported when a country is named, never before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, date, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from trialcal.files.phrases import Mistake, check_digits
from trialcal.problems import LONGEST_WORD, printable_line

if TYPE_CHECKING:
    from holidays import HolidayBase

# Some weekends were moved: of the Emirates in 2022, of Johor in 2025. Plans are for days after that.
_A_WEEK_OF_NOW = tuple(date(2026, 6, 1) + timedelta(days=day) for day in range(7))
_KNOWN_UNTIL = {"IN": 2035}  # the package warns of other years, as the Hindu calendar is not worked out for them
_AMERICAN_DATE = re.compile(r"\b([0-9]{2})/([0-9]{2})/([0-9]{4})\b")
WHOLE_COUNTRY = "none"  # as a subdivision: only what holds in the whole country
MOST_LISTED = 30  # parts of a country in a message
_FORM = "write the country's two letters, as DE, CN or US"


class CountryHolidays:
    """The public holidays of a country or a part of it, as `trialcal.site.PublicHolidays` wants them.

    `name` is the country's in English; `parts` are the codes of its parts that have holidays of their own;
    `swaps` tells whether people there work on some days of the weekend instead of others.
    """

    def __init__(self, country: str, subdivision: str | None, name: str) -> None:
        self.country, self.subdivision, self.name = country, subdivision, name
        self.told = f"{country}-{subdivision}" if subdivision else country
        known = self._asked(())
        self.parts: tuple[str, ...] = known.subdivisions
        self.swaps: bool = known.has_substituted_holidays
        self.weekend = frozenset(day.weekday() for day in _A_WEEK_OF_NOW if known.is_weekend(day))
        self.last_year = _last_year(known)
        label = known.tr(known.estimated_label) if hasattr(known, "estimated_label") else ""
        self._estimated = label.replace("%s", "").strip(" ()")
        self._years: dict[int, tuple[dict[date, str], frozenset[date]]] = {}

    def of(self, year: int) -> Mapping[date, str]:
        """Give the holidays of a year, with their English names where the package has them."""
        return self._known(year)[0]

    def working_weekends(self, year: int) -> frozenset[date]:
        """Give the days of the weekend on which people work instead of another day, as in China."""
        return self._known(year)[1]

    def is_estimated(self, day: date) -> bool:
        """Tell whether a holiday's date is estimated, as by the sighting of the moon."""
        return bool(self._estimated) and self._estimated in self.of(day.year).get(day, "")

    def _known(self, year: int) -> tuple[dict[date, str], frozenset[date]]:
        if year not in self._years:
            # A holiday may be observed, or a day swapped, over the new year: both neighbours have their say.
            found = self._asked(range(max(MINYEAR, year - 1), min(MAXYEAR, year + 1) + 1))
            named = {day: _plain(name) for day, name in sorted(found.items()) if day.year == year}
            # The package notes the swapped days of every year; that they are days of the weekend is tested.
            self._years[year] = named, frozenset(day for day in found.weekend_workdays if day.year == year)
        return self._years[year]

    def _asked(self, years: Iterable[int]) -> HolidayBase:
        """Ask the package. `expand=False`: no further year is filled in while one is being filled."""
        from holidays import country_holidays

        kind = _class_of(self.country)
        options: dict[str, Any] = {}
        if "islamic_show_estimated" in kind.get_supported_options():  # some countries would not say so
            options["islamic_show_estimated"] = True
        with catch_warnings():
            simplefilter("ignore")  # it warns of years that it does not know; `last_year` says so
            return country_holidays(
                self.country, subdiv=self.subdivision, years=years, expand=False, language="en_US", **options
            )


def public_holidays(country: str, subdivision: str | None) -> CountryHolidays:
    """Give the public holidays of a country by its two letters, and of a part of it by its code or name.

    Raises Mistake, with the nearest names.

    >>> public_holidays("DE", "Bayern").told
    'DE-BY'
    """
    names = _countries()
    code = country.strip().upper()
    if code not in names:
        raise _no_country(country.strip(), names)
    if subdivision is None or subdivision.strip().lower() == WHOLE_COUNTRY:
        return CountryHolidays(code, None, names[code])
    return CountryHolidays(code, _part(subdivision.strip(), code, names[code]), names[code])


def parse_public(text: str) -> CountryHolidays:
    """Read `CN`, `DE-BY` or `US-CA`. Raises Mistake."""
    check_digits(text)
    country, dash, part = text.strip().partition("-")
    if dash and not part.strip():
        raise Mistake(f"'{_shown(text)}' names no part of the country", "write it as DE-BY, or the country alone")
    return public_holidays(country, part if dash else None)


# --- names ------------------------------------------------------------------------------------------------------


def _countries() -> dict[str, str]:
    """Give the English name of each country by its two letters."""
    from holidays.registry import COUNTRIES

    return {names[1]: _title(module) for module, names in COUNTRIES.items()}


def _title(module: str) -> str:
    small = ("and", "of", "the")
    return " ".join(word if word in small else word.capitalize() for word in module.split("_"))


def _no_country(text: str, names: Mapping[str, str]) -> Mistake:
    """Say that there is no such country; other names that people have for one lead to its two letters."""
    from holidays.registry import COUNTRIES

    message = f"there is no country '{_shown(text)}'"
    if not text or len(text) > LONGEST_WORD:
        return Mistake(message, _FORM)
    codes = {names[code].lower(): code for code in names}
    for _, _, code, *others in ((*known[:1], known[0], *known[1:]) for known in COUNTRIES.values()):
        codes |= {other.lower(): code for other in others}
    wanted = text.lower().replace("_", " ")
    near = [wanted] if wanted in codes else get_close_matches(wanted, codes, 3, 0.8)
    if not near and len(text) > 2 and text[2] == "-" and text[:2].upper() in names:
        return Mistake(message, f"write `country: {text[:2].upper()}` and `subdivision: {text[3:]}`")
    found = list(dict.fromkeys(codes[each] for each in near))
    if not found:
        return Mistake(message, _FORM)
    return Mistake(message, "did you mean " + " or ".join(f"`{code}` ({names[code]})" for code in found) + "?")


def _part(text: str, country: str, name: str) -> str:
    kind = _class_of(country)
    others: dict[str, str] = kind.subdivisions_aliases
    codes: dict[str, str] = {**others, **{code: code for code in kind.subdivisions}}
    told = f"{name} ({country})"
    if not codes:
        raise Mistake(f"{told} has no parts with holidays of their own", "leave the subdivision out")
    if text in codes:
        return codes[text]
    by_small = {known.lower(): code for known, code in codes.items()}
    small = text.lower()
    if small in by_small:
        return by_small[small]
    message = f"{told} has no part '{_shown(text)}'"
    if small.startswith(f"{country.lower()}-") and small[3:] in by_small:
        raise Mistake(message, f"did you mean `{by_small[small[3:]]}`?")
    near = get_close_matches(small, by_small, 3, 0.6) if len(text) <= LONGEST_WORD else []
    if near:
        found = dict.fromkeys(by_small[each] for each in near)
        raise Mistake(message, "did you mean " + " or ".join(f"`{code}`{_of(code, others)}" for code in found) + "?")
    few = len(kind.subdivisions) <= MOST_LISTED
    listed = ", ".join(kind.subdivisions if few else kind.subdivisions[:5])
    raise Mistake(message, f"known here: {listed}" if few else f"write its code, as one of {listed}")


def _of(code: str, others: Mapping[str, str]) -> str:
    """Give the name of a part in brackets, where the package has one."""
    name = next((alias for alias, known in others.items() if known == code), "")
    return f" ({name})" if name else ""


def _class_of(country: str) -> Any:
    import holidays

    return getattr(holidays, country).get_entity()


def _last_year(known: Any) -> int | None:
    """Give the last year that is known; where days are swapped year by year, the last one that was announced."""
    announced = getattr(known, "special_public_holidays", {}) if known.has_substituted_holidays else {}
    end: int | None = getattr(known, "end_year", None)
    last = _KNOWN_UNTIL.get(known.country, max(announced, default=end))
    return last if end is None or last is None else min(last, end)


def _plain(name: str) -> str:
    """Give a holiday's name as a reason: dates as everywhere here, several names with `and`."""
    return _AMERICAN_DATE.sub(r"\3-\1-\2", name).replace("; ", " and ")


def _shown(text: str) -> str:
    return printable_line(text[:40])
