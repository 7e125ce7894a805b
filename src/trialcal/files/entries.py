"""Reading one table of a file by its shape: each key's value parsed, every mistake reported with its place.

It is a room of its own because all entries (visits, rules, periods, ...) are read in this one way; what they mean
together is the reader's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from trialcal.days import NO_TIME
from trialcal.files.keys import SHAPES, Key
from trialcal.files.phrases import (
    Mistake,
    is_id,
    parse_duration,
    parse_gap,
    parse_reference,
    parse_spans,
    parse_timing,
    parse_window,
)
from trialcal.files.tree import Items, Node, Table, Text
from trialcal.problems import Place, Problem
from trialcal.protocol import Offset

LONGEST_PHRASE = 200
LONGEST_NAME = 300
LARGEST_NUMBER = 36_525


class Fields(NamedTuple):
    """The values of one table by key, already parsed, and where each stands. A key that failed is left out."""

    values: dict[str, Any]
    places: dict[str, Place]
    place: Place
    names: tuple[str, ...]  # of every key that stands in the file, also of one whose value failed

    def get(self, key: str, default: Any = None) -> Any:
        """Give the value of a key."""
        return self.values.get(key, default)

    def has(self, key: str) -> bool:
        """Tell whether the key stands in the file."""
        return key in self.names

    def at(self, key: str) -> Place:
        """Give the place of a key's value, or of the table where the key does not stand."""
        return self.places.get(key, self.place)


class Report:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def error(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add an error."""
        self.problems.append(Problem("error", code, message, hint, place))

    def warning(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add a warning."""
        self.problems.append(Problem("warning", code, message, hint, place))


def read_fields(shape: str, node: Node, report: Report, *, what: str) -> Fields:
    """Read a table of the given shape; `what` names it in messages ("a visit")."""
    fields = Fields({}, {}, node.place, tuple(k.value for k, _ in node.entries) if isinstance(node, Table) else ())
    if not isinstance(node, Table):
        report.error(node.place, "wrong-kind", f"{what} is written as keys and values", _table_hint(shape))
        return fields
    keys = {key.name: key for key in SHAPES[shape]}
    for name, value in node.entries:
        key = keys.get(name.value)
        if key is None:
            report.error(name.place, "unknown-key", f"`{name.value}` is no key of {what}", nearest(name.value, keys))
            continue
        fields.places[key.name] = value.place
        parsed = read_value(key, value, report, keys)
        if parsed is not None:
            fields.values[key.name] = parsed
    for key in keys.values():
        if key.required and not fields.has(key.name):
            report.error(node.place, "missing-key", f"{what} lacks `{key.name}`", f"{key.name}: {key.says}")
    return fields


def read_value(key: Key, node: Node, report: Report, siblings: Iterable[str]) -> Any:
    """Parse the value of one key; None where it failed, which has then been reported."""
    if key.kind in ("entry", "entries", "list"):
        return node
    if key.kind == "texts":
        return _read_texts(key, node, report, siblings)
    if key.kind in ("names", "proses", "timings") and isinstance(node, Items):
        return _read_items(key, node, report)
    if not isinstance(node, Text):
        report.error(node.place, "wrong-kind", f"`{key.name}` is a single text", key.says)
        return None
    value = _read_text(key, node, report)
    return (value,) if key.kind in ("names", "proses") and value is not None else value


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known words: "did you mean `window`?"; or list them where none is near."""
    from difflib import get_close_matches

    words = list(known)
    found = get_close_matches(word.lower(), words, 3, 0.6)
    if found:
        return "did you mean " + " or ".join(f"`{name}`" for name in found) + "?"
    return "known here: " + ", ".join(words) if 0 < len(words) <= 20 else ""


def _read_items(key: Key, node: Items, report: Report) -> Any:
    if not node.items:
        report.error(node.place, "empty-value", f"`{key.name}` is an empty list", "leave the key out")
        return None
    values = []
    for item in node.items:
        if not isinstance(item, Text):
            report.error(item.place, "wrong-kind", f"an item of `{key.name}` is a single text", key.says)
            continue
        value = _read_text(key, item, report)
        if value is not None:
            values.append(value)
    return tuple(values) if key.kind != "timings" else values


def _read_texts(key: Key, node: Node, report: Report, siblings: Iterable[str]) -> dict[str, str] | None:
    if isinstance(node, Text):
        text = _prose(key, node, report)
        return {"at": text} if text is not None else None
    if isinstance(node, Items):
        report.error(node.place, "wrong-kind", f"`{key.name}` is a text, or texts by key", 'as {window: "..."}')
        return None
    found: dict[str, str] = {}
    known = {"at", *siblings}
    for name, value in node.entries:
        if name.value not in known:
            message = f"`{key.name}` speaks of `{name.value}`, which is no key here"
            report.error(name.place, "unknown-key", message, nearest(name.value, known))
        elif not isinstance(value, Text):
            report.error(value.place, "wrong-kind", f"`{name.value}` under `{key.name}` is a single text")
        elif (text := _prose(key, value, report)) is not None:
            found[name.value] = text
    return found


def _read_text(key: Key, node: Text, report: Report) -> Any:
    if not node.value.strip():
        report.error(node.place, "empty-value", f"`{key.name}` is empty", "write a value, or leave the key out")
        return None
    return _READERS[key.kind](key, node, report)


def _prose(key: Key, node: Text, report: Report) -> str | None:
    if not node.value.strip():
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
    shown = text if len(text) <= 40 else text[:40] + "..."
    message = f"{what} '{shown}' is not an id" if shown.isprintable() else f"{what} is not an id"
    report.error(place, "bad-id", message, "small letters and digits, with hyphens between: 'dose-1'")


def _choice(key: Key, node: Text, report: Report) -> str | None:
    if node.value in key.choices:
        return node.value
    listed = " or ".join(f"`{choice}`" for choice in key.choices)
    report.error(node.place, "bad-choice", f"`{key.name}` is '{node.value[:40]}'", f"write {listed}")
    return None


def _number(key: Key, node: Text, report: Report) -> int | None:
    text = node.value.strip()
    digits = text[1:] if text[:1] in "+-" else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 6 and int(digits) <= LARGEST_NUMBER:
        return int(text)
    message = f"`{key.name}` is '{text[:40]}'"
    report.error(node.place, "bad-number", message, f"write a whole number, at most {LARGEST_NUMBER}")
    return None


def _phrase(parse: Callable[[str], Any]) -> Callable[[Key, Text, Report], Any]:
    def read(key: Key, node: Text, report: Report) -> Any:
        try:
            if len(node.value) > LONGEST_PHRASE:
                raise Mistake(
                    f"`{key.name}` has {len(node.value)} characters", "phrases are short: '2 d after dose-1'"
                )
            return parse(node.value)
        except Mistake as mistake:
            report.error(node.place, f"bad-{key.kind}", mistake.message, mistake.hint)
            return None

    return read


def _parse_ending(text: str) -> Any:
    """Read a timing, or a reference alone, which means its day."""
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
    "timing": _phrase(parse_timing),
    "timings": _phrase(parse_timing),
    "ending": _phrase(_parse_ending),
    "reference": _phrase(parse_reference),
    "window": _phrase(parse_window),
    "duration": _phrase(parse_duration),
    "gap": _phrase(parse_gap),
    "spans": _phrase(parse_spans),
}


def _table_hint(shape: str) -> str:
    required = [f"{key.name}: ..." for key in SHAPES[shape] if key.required]
    return "write " + "{" + ", ".join(required or ["key: value"]) + "}"
