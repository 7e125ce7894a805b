"""Overlays: what a site sets differently, laid over the tree of the protocol that it extends.

Whatever an overlay changes loses the provenance that its base stated for it, and says instead where it was set: a
quotation must never stand beside a value that it does not support. It works on trees, before anything is read, so
that a merged file is read and checked like any other and every value keeps the line of the file that it stands in.
"""

from __future__ import annotations

from trialcal.files.entries import shown
from trialcal.files.tree import Items, Node, Table, Text
from trialcal.problems import Report

BY_ID = (
    *("epochs", "types", "parameters", "arms", "cohorts", "cycles"),
    *("visits", "periods", "lookbacks", "timepoints", "activities"),
    *("dose_groups", "staggers", "reviews", "gates", "decisions"),
)
# Setting one key of a group takes the others of the base away: they are other ways to say the same.
_INSTEAD: dict[str, tuple[str, ...]] = {
    "at": ("waits_for", "horizon"),
    "count": ("horizon",),
    "until": ("lasts", "waits_for"),
    "lasts": ("until", "waits_for", "or_until", "whichever"),
    "within": ("at_least", "at_most"),
    "at_least": ("within",),
    "at_most": ("within",),
    "after": ("before",),
    "before": ("after",),
    **{
        kind: tuple(
            other for other in ("none_within", "discontinued_for", "stable_for", "exposed_for") if other != kind
        )
        for kind in ("none_within", "discontinued_for", "stable_for", "exposed_for")
    },
}
MOST_LEFT_OUT = 200
_PROVENANCE = ("source", "assumed")
_WORDS_ONLY = (
    *(
        "name",
        "short",
        "number",
        "notes",
        "activities",
        "section",
        "exceptions",
        "applies_to",
        "if",
        "by",
        "optional",
    ),
    *("waits_for", "type", "epoch", "prefix", "overlaps"),
)


def lay_over(base: Table, over: Table, report: Report) -> Table:
    """Give the base's tree with everything replaced or added that the overlay states."""
    merged = dict(_by_key(base))
    for key, (name, value) in _by_key(over).items():
        if key in ("extends", "without"):
            continue
        there = merged.get(key)
        if there is not None:
            value = _merged(key, there[1], value)
        merged[key] = (name, value)
    for key in ("extends", "without"):
        merged.pop(key, None)
    if over.get("version") is not None and over.get("effective") is None:
        merged.pop("effective", None)  # that is the date of the version below
    table = Table(tuple(merged.values()), over.place)
    without = over.get("without")
    return _leave_out(table, without, report) if without is not None else table


def _merged(key: str, base: Node, over: Node) -> Node:
    if key == "rules" and isinstance(base, Items) and isinstance(over, Items):
        return _merged_rules(base, over)
    if key == "not_expressed" and isinstance(base, Items) and isinstance(over, Items):
        return Items(base.items + over.items, over.place)
    if key in ("study_day", "escalation") and isinstance(base, Table) and isinstance(over, Table):
        return merged_entry(base, over)
    if key not in BY_ID or not isinstance(base, Table) or not isinstance(over, Table):
        return over
    entries = dict(_by_key(base))
    for name, (text, value) in _by_key(over).items():
        there = entries.get(name)
        if there is not None and isinstance(there[1], Table) and isinstance(value, Table):
            value = merged_entry(there[1], value)
        entries[name] = (text, value)
    return Table(tuple(entries.values()), over.place)


def _merged_rules(base: Items, over: Items) -> Items:
    """Replace the rules whose ids the overlay names, and add its others at the end."""
    rules = list(base.items)
    places = {_id(rule): number for number, rule in enumerate(rules) if _id(rule)}
    for rule in over.items:
        number = places.get(_id(rule))
        there = rules[number] if number is not None else None
        if number is not None and isinstance(there, Table) and isinstance(rule, Table):
            rules[number] = merged_entry(there, rule)
        else:
            rules.append(rule)
    return Items(tuple(rules), over.place)


def merged_entry(base: Table, over: Table) -> Table:
    """Merge one entry key by key, and its provenance with it."""
    entries = dict(_by_key(base))
    changed = [key for key in _by_key(over) if key not in (*_PROVENANCE, "id")]
    for key in changed:
        for other in _INSTEAD.get(key, ()):
            entries.pop(other, None)
    entries.update(_by_key(over))
    dates = [key for key in changed if key not in _WORDS_ONLY]
    speaks_of_timing = "at" in dates or (base.get("at") is None and dates)
    stale = {*changed, *(["at"] if speaks_of_timing else [])}
    stated = {key for kind in _PROVENANCE for key in _texts(over.get(kind))}
    for kind in _PROVENANCE:
        if not _is_texts(over.get(kind)):
            continue  # stays as it is written, for the reader to report
        texts = {key: text for key, text in _texts(base.get(kind)).items() if key not in stale}
        texts.update(_texts(over.get(kind)))
        if kind == "source":
            texts.update({key: _set_here(over, key) for key in dates if not stated & {key, "at"}})
        entries.pop(kind, None)
        if texts:
            named = tuple((Text(key, text.place, False), text) for key, text in texts.items())
            entries[kind] = (Text(kind, over.place, False), Table(named, over.place))
    return Table(tuple(entries.values()), over.place)


def _set_here(over: Table, key: str) -> Text:
    place = next(name.place for name, _ in over.entries if name.value == key)
    return Text(f"set in {place.file}, line {place.line}", place, False)


def _is_texts(node: Node | None) -> bool:
    if isinstance(node, Table):
        return all(isinstance(value, Text) for _, value in node.entries)
    return node is None or isinstance(node, Text)


def _texts(node: Node | None) -> dict[str, Text]:
    """Read `source` or `assumed` as texts by key."""
    if isinstance(node, Text):
        return {"at": node}
    if isinstance(node, Table):
        return {name.value: value for name, value in node.entries if isinstance(value, Text)}
    return {}


def _leave_out(table: Table, without: Node, report: Report) -> Table:
    paths = without.items if isinstance(without, Items) else (without,)
    if len(paths) > MOST_LEFT_OUT:
        message = f"`without` is a list of {len(paths):,}; at most {MOST_LEFT_OUT} are read"
        report.error(without.place, "too-many", message, "write a protocol of its own instead of an overlay")
        return table
    entries = _by_key(table)
    for path in paths:
        if not isinstance(path, Text):
            report.error(path.place, "wrong-kind", "an item of `without` is a single text", "as visits.safety-check")
            continue
        group, _, name = path.value.partition(".")
        known = _names(entries[group][1]) if group in entries else {}
        if name not in known:
            hint = report.nearest(
                path.value, [f"{key}.{each}" for key in (*BY_ID, "rules") for each in _known(entries, key)]
            )
            report.error(path.place, "unknown-entry", f"there is no `{shown(path.value)}` to leave out", hint)
            continue
        entries[group] = (entries[group][0], _dropped(entries[group][1], known[name]))
        report.left_out[path.value] = path.place
    return Table(tuple(entries.values()), table.place)


def _known(entries: dict[str, tuple[Text, Node]], group: str) -> list[str]:
    return list(_names(entries[group][1])) if group in entries else []


def _names(node: Node) -> dict[str, int]:
    if isinstance(node, Table):
        return {name.value: number for number, (name, _) in enumerate(node.entries)}
    if isinstance(node, Items):
        return {_id(item): number for number, item in enumerate(node.items) if _id(item)}
    return {}


def _dropped(node: Node, number: int) -> Node:
    if isinstance(node, Table):
        return Table(node.entries[:number] + node.entries[number + 1 :], node.place)
    assert isinstance(node, Items)
    return Items(node.items[:number] + node.items[number + 1 :], node.place)


def _id(node: Node) -> str:
    given = node.get("id") if isinstance(node, Table) else None
    return given.value if isinstance(given, Text) else ""


def _by_key(table: Table) -> dict[str, tuple[Text, Node]]:
    return {name.value: (name, value) for name, value in table.entries}
