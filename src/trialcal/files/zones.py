"""Time zones by their IANA names, with the nearest one where a name is wrong.

A room of its own because a site's file and the command line both name them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import tzinfo

from trialcal.files.phrases import Mistake
from trialcal.problems import printable_line

# What stands in the folder of time zones and means another one on every computer, or counts leap seconds.
_NO_ZONES = ("localtime", "posixrules", "Factory")
_NO_FOLDERS = ("right/", "posix/")


def parse_zone(name: str) -> tzinfo:
    """Give the time zone of an IANA name. Raises Mistake."""
    from zoneinfo import ZoneInfo, available_timezones

    known = {zone for zone in available_timezones() if zone not in _NO_ZONES and not zone.startswith(_NO_FOLDERS)}
    if name not in known:
        raise Mistake(f"there is no time zone '{printable_line(name[:60])}'", nearest_zone(name, known))
    return ZoneInfo(name)


def nearest_zone(name: str, zones: Iterable[str]) -> str:
    """Suggest the nearest names of time zones: by the city, else by the whole name."""
    if re.match(r"(?:utc|gmt)?\s*[+-]\s*[0-9]", name.lower()):
        return "write a place, as Europe/Berlin: an offset knows no daylight saving"
    wanted = name.lower().replace(" ", "_")
    cities = {zone.rpartition("/")[2].lower(): zone for zone in sorted(zones) if "/" in zone}
    if wanted in cities:
        return f"did you mean `{cities[wanted]}`?"
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(zones), 3, 0.6)
    return (
        "did you mean " + " or ".join(f"`{zone}`" for zone in found) + "?" if found else "write it as Europe/Berlin"
    )
