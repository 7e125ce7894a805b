"""Reading one table of a file by its shape: each key's value parsed, every mistake reported with its place.

It is a room of its own because all entries (visits, rules, periods, ...) are read in this one way; what they mean
together is the reader's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, NamedTuple

from trialcal.days import NO_TIME
from trialcal.files.dates import parse_date, parse_day, parse_partial
from trialcal.files.keys import ALL_SHAPES, OTHER_WORDS, SITE_WORDS, SUBJECT_WORDS, Key
from trialcal.files.phrases import (
    RESERVED,
    Mistake,
    is_id,
    parse_duration,
    parse_gap,
    parse_reference,
    parse_spans,
    parse_window,
)
from trialcal.files.recurring import parse_count, parse_cycles, parse_length
from trialcal.files.sampling import parse_around, parse_mark, parse_tolerance
from trialcal.files.timings import parse_timing, placed
from trialcal.files.tree import Items, Node, Table, Text
from trialcal.files.zones import parse_zone
from trialcal.problems import LONGEST_WORD, Place, Report
from trialcal.timing import Offset

LONGEST_PHRASE = 200
LONGEST_NAME = 300
LARGEST_NUMBER = 36_525
MOST_VISITS = 2_000
# Kinds whose value is a list, or one of its items.
_LISTS = frozenset(
    ("names", "proses", "timings", "ids", "choices", "references", "cycles", "arounds", "marks", "days")
)

_SAID = ("zone", "days", "hours", "date", "moment", "partial")  # kinds whose keys say best what is to be written
_TABLES = frozenset(("entry", "entries", "list", "week", "moments", "words", "history"))  # read by who knows them


class Fields(NamedTuple):
    """The values of one table by key, already parsed, and where each stands. A key that failed is left out."""

    values: dict[str, Any]
    places: dict[str, Place]  # of the values
    place: Place  # of the entry: its name where it has one
    keys: dict[str, Place]  # of every key that stands in the file, also of one whose value failed
    items: dict[str, tuple[Place, ...]]  # of each item, where a value is a list of timings
    strange: bool  # whether a key was not understood: what seems to be missing may be meant by it

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value of a key."""
        return self.values.get(key, default)

    def has(self, key: str) -> bool:
        """Tell whether the key stands in the file."""
        return key in self.keys

    def failed(self, key: str) -> bool:
        """Tell whether the key stands in the file with a value that was not understood, and so reported."""
        return key in self.keys and key not in self.values

    def at(self, key: str) -> Place:
        """Give the place of a key's value, or of the entry where the key does not stand."""
        return self.places.get(key, self.place)


def read_fields(shape: str, node: Node, report: Report, *, what: str, place: Place | None = None) -> Fields:
    """Read a table of the given shape; `what` names it in messages ("a visit"), `place` is where its name stands."""
    fields = Fields({}, {}, place or node.place, {}, {}, not isinstance(node, Table))
    if not isinstance(node, Table):
        message = f"{what} is written as keys and values" if _has_content(node) else f"{what} is empty"
        report.error(node.place, "wrong-kind", message, _table_hint(shape))
        return fields
    keys = {key.name: key for key in ALL_SHAPES[shape]}
    meant: set[str] = set()
    for name, value in node.entries:
        key = keys.get(name.value)
        if key is None:
            meant.add(
                _nearest_key(name.value, keys, report, name.place, f"`{shown(name.value)}` is no key of {what}")
            )
            continue
        fields.places[key.name] = value.place
        fields.keys[key.name] = name.place
        if key.kind == "timings" and isinstance(value, Items):
            fields.items[key.name] = tuple(item.place for item in value.items)
        parsed = read_value(key, value, report, keys)
        if parsed is not None:
            fields.values[key.name] = parsed
    for key in keys.values():
        if key.required and not fields.has(key.name) and key.name not in meant:
            report.error(fields.place, "missing-key", f"{what} lacks `{key.name}`", f"add `{key.name}`: {key.says}")
    return fields._replace(strange=bool(meant))


def read_entries(
    head: Fields, key: str, shape: str, report: Report, *, what: str
) -> Iterator[tuple[str, Place, Fields]]:
    """Read a table of entries: each id, the place of the id, and the entry."""
    node = head.get(key)
    if node is None:
        return
    if not isinstance(node, Table):
        hint = f"write `{key}:` and below it, indented, `some-id: {{...}}`"
        message = f"`{key}` holds entries by their ids" if _has_content(node) else f"`{key}` is empty"
        report.error(node.place, "wrong-kind", message, hint)
        return
    for name, value in node.entries:
        if not is_id(name.value):
            report_id(name.value, name.place, report, f"the id of {what}")
            continue
        yield name.value, name.place, read_fields(shape, value, report, what=what, place=name.place)


def read_list(head: Fields, key: str, shape: str, report: Report, *, what: str) -> Iterator[tuple[Place, Fields]]:
    """Read a list of entries: the place of each, and the entry."""
    node = head.get(key)
    if node is None:
        return
    if not isinstance(node, Items):
        hint = f"write `{key}:` and below it lines that begin with `- `"
        report.error(node.place, "wrong-kind", f"`{key}` is {'a list' if _has_content(node) else 'empty'}", hint)
        return
    for item in node.items:
        yield item.place, read_fields(shape, item, report, what=what)


def read_value(key: Key, node: Node, report: Report, siblings: Iterable[str]) -> Any:
    """Parse the value of one key; None where it failed, which has then been reported."""
    if key.kind in _TABLES:
        return node
    if key.kind == "texts":
        return _read_texts(key, node, report, siblings)
    if key.kind in _LISTS and isinstance(node, Items):
        return _read_items(key, node, report)
    if not isinstance(node, Text):
        wanted = "one text or a list of texts" if key.kind in _LISTS else "one text"
        found = "a list" if isinstance(node, Items) else "keys and values"
        report.error(node.place, "wrong-kind", f"`{key.name}` is {wanted}, not {found}", key.says)
        return None
    value = _read_text(key, node, report)
    return (value,) if key.kind in _LISTS - {"timings"} and value is not None else value


def spoken(name: str) -> str:
    """Make a name of an id: `safety-check` is "Safety check"."""
    words = name.replace("-", " ")
    return words[:1].upper() + words[1:]


def shown(text: str) -> str:
    """Give a text of the file as a message can quote it."""
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text[:41])
    return plain if len(text) <= 40 else f"{plain[:40]}..."


def _nearest_key(word: str, keys: Iterable[str], report: Report, place: Place, message: str) -> str:
    """Report a key that is not known, and give the one that was probably meant, or ""."""
    from difflib import get_close_matches

    known = list(keys)
    if word.startswith("then every"):
        report.error(place, "unknown-key", message, "the comma ends a text in braces: put all of it in quotes")
        return "at"
    if "on" in known and _is_weekday(word):
        report.error(place, "unknown-key", message, "the comma ends a text in braces: write a list, as [Mon, Wed]")
        return "on"
    plain = word.lower().replace("-", "_").replace(" ", "_")
    if "status" in known and plain in ("missed", "skipped", "cancelled"):
        report.error(place, "unknown-key", message, f"write `status: {plain}`")
        return "status"
    words = (OTHER_WORDS, SITE_WORDS, SUBJECT_WORDS)
    meant = next((near for near in (plain, *(other.get(plain) for other in words)) if near in known), None)
    if meant is not None:
        report.error(place, "unknown-key", message, f"did you mean `{meant}`?")
        return meant
    if len(word.split()) > 3:
        report.error(
            place, "unknown-key", message, "if it goes on from a comma in braces, put the whole text in quotes"
        )
        return "?"
    report.error(place, "unknown-key", message, report.nearest(plain, known))
    found = get_close_matches(plain, known, 1, 0.6) if report.has_hints() and len(plain) <= LONGEST_WORD else ()
    return next(iter(found), "?")


def _has_content(node: Node) -> bool:
    return not (isinstance(node, Text) and _is_empty(node))


def _is_empty(node: Text) -> bool:
    return not node.value.strip() or (not node.quoted and node.value in ("~", "null", "Null", "NULL"))


def _read_items(key: Key, node: Items, report: Report) -> Any:
    if not node.items:
        report.error(node.place, "empty-value", f"`{key.name}` is an empty list", "leave the key out")
        return None
    most = MOST_VISITS if key.kind in ("timings", "references", "arounds", "marks") else key.most
    if len(node.items) > most:
        message = f"`{key.name}` is a list of {len(node.items):,}; at most {most:,} are read"
        report.error(node.place, "too-many", message, "check that this is the right list, or shorten it")
        return None
    values = []
    for item in node.items:
        if isinstance(item, Text):
            values.append(_read_text(key, item, report))
        else:
            report.error(item.place, "wrong-kind", f"an item of `{key.name}` is one text", key.says)
            values.append(None)
    if any(value is None for value in values):
        return None
    return values if key.kind == "timings" else tuple(values)


def _read_texts(key: Key, node: Node, report: Report, siblings: Iterable[str]) -> dict[str, str] | None:
    if isinstance(node, Text):
        text = _prose(key, node, report)
        return {"at": text} if text is not None else None
    if isinstance(node, Items):
        report.error(node.place, "wrong-kind", f"`{key.name}` is a text, or texts by key", 'as {window: "..."}')
        return None
    found: dict[str, str] = {}
    known = ["at", *(name for name in siblings if name not in ("at", "source", "assumed"))]
    for name, value in node.entries:
        if name.value not in known:
            message = f"`{key.name}` speaks of `{shown(name.value)}`, which is no key here"
            _nearest_key(name.value, known, report, name.place, message)
        elif not isinstance(value, Text):
            message = f"`{name.value}` under `{key.name}` is one text"
            report.error(value.place, "wrong-kind", message, f'write `{name.value}: "..."`')
        elif (text := _prose(key, value, report)) is not None:
            found[name.value] = text
    return found


def _read_text(key: Key, node: Text, report: Report) -> Any:
    if _is_empty(node):
        hint = key.says if key.required else "write a value, or leave the key out"
        report.error(node.place, "empty-value", f"`{key.name}` is empty", hint)
        return None
    return _READERS[key.kind](key, node, report)


def _prose(key: Key, node: Text, report: Report) -> str | None:
    if _is_empty(node):
        report.error(node.place, "empty-value", f"`{key.name}` is empty", "write a text, or leave the key out")
        return None
    return " ".join(node.value.split())


def _name(key: Key, node: Text, report: Report) -> str | None:
    text = node.value.strip()
    if "\n" in text or not text.isprintable():
        message = f"`{key.name}` has a line break or a character that cannot be printed"
        report.error(node.place, "not-one-line", message, "write it on one line")
        return None
    if len(text) > LONGEST_NAME:
        message = f"`{key.name}` has {len(text)} characters"
        report.error(node.place, "too-long", message, f"at most {LONGEST_NAME}; put the rest into `notes`")
        return None
    return text


def _id(key: Key, node: Text, report: Report) -> str | None:
    if is_id(node.value):
        return node.value
    report_id(node.value, node.place, report, f"`{key.name}`")
    return None


def report_id(text: str, place: Place, report: Report, what: str) -> None:
    """Report a text that cannot be an id."""
    rule = "an id has small letters, digits and single hyphens, and begins with a letter"
    near = near_id(text)
    if text in RESERVED:
        rule = f"`{text}` is a word of the language: choose another"
    elif "\u00a0" in text:
        rule = "a non-breaking space, copied from a document, stands in it: replace it with an ordinary space"
    elif near:
        rule = f"write `{near}`: {rule}"
    report.error(place, "bad-id", f"{what} cannot be '{shown(text)}'", rule)


def near_id(text: str) -> str:
    """Give the id that a text was probably meant to be, or ""."""
    near = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in text.lower()).split())
    return near if is_id(near) else ""


def _choice(key: Key, node: Text, report: Report) -> str | None:
    plain = node.value.strip().lower()
    if plain in key.choices:
        return plain
    listed = " or ".join(f"`{choice}`" for choice in key.choices)
    report.error(node.place, "bad-choice", f"`{key.name}` cannot be '{shown(node.value)}'", f"write {listed}")
    return None


def _flag(key: Key, node: Text, report: Report) -> bool | None:
    plain = node.value.strip().lower()
    if plain in ("true", "false"):
        return plain == "true"
    report.error(node.place, "bad-choice", f"`{key.name}` cannot be '{shown(node.value)}'", "write `true` or `false`")
    return None


def _number(key: Key, node: Text, report: Report) -> int | None:
    text = node.value.strip()
    digits = text[1:] if text[:1] in "+-" else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 6 and int(digits) <= LARGEST_NUMBER:
        return int(text)
    message = f"`{key.name}` cannot be '{shown(text)}'"
    report.error(node.place, "bad-number", message, f"write a whole number: {key.says}")
    return None


def _phrase(parse: Callable[[str], Any]) -> Callable[[Key, Text, Report], Any]:
    def read(key: Key, node: Text, report: Report) -> Any:
        try:
            if len(node.value) > LONGEST_PHRASE:
                hint = key.says if key.kind in _SAID else "phrases are short: '2 d after dose-1'"
                raise Mistake(f"`{key.name}` has {len(node.value)} characters", hint)
            value = parse(node.value)
        except Mistake as mistake:
            report.error(node.place, f"bad-{key.kind}", mistake.message, mistake.hint)
            return None
        return placed(value, node.place)

    return read


# These phrases are read by rooms that most protocols do not need, and that take time to load.
def _of(room: str, name: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        return getattr(import_module(f"trialcal.files.{room}"), name)(text)

    return parse


def _number_or(key: Key, node: Text, report: Report) -> Any:
    from trialcal.files.counted import parse_number_or

    return _phrase(lambda text: parse_number_or(text, key.choices))(key, node, report)


def _is_weekday(text: str) -> bool:
    from trialcal.files.daysets import is_weekday

    return is_weekday(text)


def _parse_ending(text: str) -> Any:
    """Read a timing, or a reference alone, which means its day; what is spelled as an id is one, also `day-9`."""
    if is_id(text.strip()):
        return Offset(NO_TIME, 1, parse_reference(text))
    try:
        return parse_timing(text)
    except Mistake as mistake:
        try:
            return Offset(NO_TIME, 1, parse_reference(text))
        except Mistake:
            raise mistake from None


_READERS: dict[str, Callable[[Key, Text, Report], Any]] = {
    "id": _id,
    "name": _name,
    "names": _name,
    "prose": _prose,
    "proses": _prose,
    "choice": _choice,
    "number": _number,
    "flag": _flag,
    "ids": _id,
    "choices": _choice,
    "timing": _phrase(parse_timing),
    "timings": _phrase(parse_timing),
    "ending": _phrase(_parse_ending),
    "reference": _phrase(parse_reference),
    "references": _phrase(parse_reference),
    "cycles": _phrase(parse_cycles),
    "length": _phrase(parse_length),
    "count": _phrase(parse_count),
    "arounds": _phrase(parse_around),
    "tolerance": _phrase(parse_tolerance),
    "marks": _phrase(parse_mark),
    "window": _phrase(parse_window),
    "duration": _phrase(parse_duration),
    "gap": _phrase(parse_gap),
    "spans": _phrase(parse_spans),
    "zone": _phrase(parse_zone),
    "days": _phrase(_of("daysets", "parse_days")),
    "hours": _phrase(_of("daysets", "parse_hours")),
    "date": _phrase(parse_day),
    "moment": _phrase(parse_date),
    "partial": _phrase(parse_partial),
    "positions": _phrase(_of("counted", "parse_positions")),
    "counts": _phrase(_of("counted", "parse_counts")),
    "then": _phrase(_of("counted", "parse_then")),
    "number-or": _number_or,
}


def _table_hint(shape: str) -> str:
    required = [f"{key.name}: ..." for key in ALL_SHAPES[shape] if key.required]
    return "write " + "{" + ", ".join(required or [f"{ALL_SHAPES[shape][0].name}: ..."]) + "}"
