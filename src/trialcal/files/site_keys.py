"""The keys of a site's file, and what people write for them. A table of its own: no protocol has them.

The reader and the JSON Schema are made from it, as from that of protocols (`keys`).
"""

from __future__ import annotations

from trialcal.files.key import Key

SITE_SHAPES: dict[str, tuple[Key, ...]] = {
    "site": (
        Key("name", "name", "what people call the site", required=True),
        Key("time_zone", "zone", "its time zone, as Europe/Berlin", required=True),
        Key("holidays", "entry", "the country whose public holidays it keeps, as {country: DE, subdivision: BY}",
            of="holidays"),
        Key("hours", "week", "when visits can begin, as {Mon-Fri: 08:00-16:00}; other days are then closed"),
        Key("closed", "list", "when it is closed, as {on: weekends, reason: weekend}", of="closure"),
        Key("open", "list", "when it is open although it would be closed", of="opened"),
        Key("visits", "entries", "when some visits are possible, as dose: {on: Mon-Thu}", of="possible"),
        Key("notes", "prose", "anything else that people who read the file should know"),
    ),
    "holidays": (
        Key("country", "name", "its two letters, as DE, CN or US", required=True),
        Key("subdivision", "name", "the state, province or canton, as BY; or `none`: what the whole country has"),
    ),
    "closure": (
        Key("on", "days", "the days, as weekends, second Tuesday of the month, 2025-12-24", required=True),
        Key("hours", "hours", "a part of the day, as 12:00-16:00; the whole day where it is left out"),
        Key("reason", "name", "why, as a plan tells it", required=True),
    ),
    "opened": (
        Key("on", "days", "the days, as 2025-10-03", required=True),
        Key("hours", "hours", "when visits can begin then, as 09:00-12:00"),
        Key("reason", "name", "why, for people who read the file", required=True),
    ),
    "possible": (
        Key("on", "days", "on which days, as Mon-Thu; with `any day` also where the site is closed"),
        Key("hours", "hours", "when they can begin, as 08:00-14:00"),
        Key("only_start", "flag", "of a visit of several dates, only the first must be open"),
        Key("weight", "number", "what each day off target costs here, from 0 to 1000"),
        Key("reason", "name", "why, as a plan tells it"),
    ),
}  # fmt: skip

# The same for the keys of a site's file, where a protocol has no such key.
SITE_WORDS: dict[str, str] = {
    **dict.fromkeys(("timezone", "tz", "zone"), "time_zone"),
    **dict.fromkeys(("public_holidays", "holiday"), "holidays"),
    **dict.fromkeys(("opening_hours", "times", "time", "opening_times"), "hours"),
    **dict.fromkeys(("closures", "closed_on", "closed_days", "closing", "not_on"), "closed"),
    **dict.fromkeys(("exceptions", "opened", "open_on", "also_open"), "open"),
    **dict.fromkeys(("at", "when", "day", "days", "date", "dates"), "on"),
    **dict.fromkeys(("why", "because", "text"), "reason"),
    **dict.fromkeys(("state", "province", "region", "canton", "subdiv", "land"), "subdivision"),
    **dict.fromkeys(("code", "nation"), "country"),
    **dict.fromkeys(("title", "site"), "name"),
}
