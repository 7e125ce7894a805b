"""The JSON Schemas of protocols, sites', subjects' and cohorts' files, made from the same tables as the readers.

Editors complete and check with it. It knows the form of a file (keys, kinds, choices, ids); what the phrases mean and
whether visits exist, only the reader knows: `trialcal check`.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from trialcal.files.keys import ALL_SHAPES, COHORT_SHAPES, SHAPES, SITE_SHAPES, SUBJECT_SHAPES, Key
from trialcal.files.phrases import ID, RESERVED

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ID = rf"^(?!(?:{'|'.join(RESERVED)})$){ID}$"
# A scalar without quotes may be a number, a date or a truth value to YAML; to the language it is text.
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_PHRASE: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
_EXAMPLES = {
    "timing": ["Day 1"],
    "timings": ["Day 1", "Day -5 to Day -3 daily", "2 d after priming", "48-72 h after end of infusion", "pending"],
    "ending": ["28 d after infusion", "last dose", "Day 28", "pending"],
    "reference": ["dose-1", "last dose", "each dose", "the previous dose", "end of infusion"],
    "window": ["±1 d", "-1/+3 d", "+7 d", "0 d"],
    "duration": ["2 d", "4 weeks", "48 h"],
    "gap": ["48-72 h", "7 d"],
    "references": ["dose-1", "each dose"],
    "cycles": ["cycle 1", "cycle 2 and beyond", "every 2nd cycle from 3"],
    "length": ["21 d", "35-42 d", "at least 35 d"],
    "count": ["6", "1-6"],
    "arounds": ["30 min before", "2 h after", "15 min after end", "48-96 h after"],
    "tolerance": ["±15 min", "±10 %"],
    "marks": ["screening", "v1 (P)", "all"],
    "zone": ["Europe/Berlin", "Asia/Shanghai", "America/New_York"],
    "days": [
        "weekends",
        "Mon-Fri",
        "second Tuesday of the month",
        "2025-12-24",
        "2025-12-24 to 2026-01-01",
        "24 December every year",
        "working weekend days",
        "any day",
    ],
    "hours": ["08:00-16:00", "08:00-12:00 and 13:00-16:00", "all day"],
    "date": ["2025-03-01"],
    "moment": ["2025-03-01", "2025-03-01T16:30"],
    "partial": ["2025-03-12", "2025-03-12T09:00", "2025-03"],
    "positions": ["2", "2-3", "2 and on"],
    "counts": ["0", "0-1", "2 or more"],
    "then": ["add 3", "escalate", "stop", "discuss"],
    "spans": ["4 weeks", "longer of 4 weeks and 5 x half-life"],
}


def schema() -> dict[str, Any]:
    """Give the JSON Schema as a value."""
    shapes = {name: _shape(name) for name in SHAPES if name != "protocol"}
    overlay = {"required": ["extends"]}
    whole = {"required": [key.name for key in SHAPES["protocol"] if key.required]}
    return {
        "$schema": DRAFT,
        "title": "trialcal protocol",
        "description": "A clinical trial's timeline: visits, windows, rules, periods and lookbacks.",
        **_shape("protocol", required=False),
        "anyOf": [whole, overlay],
        "$defs": {
            **shapes,
            **{f"overlaid_{name}": _shape(name, required=False) for name in SHAPES if name != "protocol"},
        },
        "if": overlay,
        "then": {"properties": _properties("protocol", prefix="overlaid_")},
        "else": {"properties": _properties("protocol")},
    }


def site_schema() -> dict[str, Any]:
    """Give the JSON Schema of a site's file as a value."""
    return {
        "$schema": DRAFT,
        "title": "trialcal site",
        "description": "A site: its time zone, when it is closed, and when which visits are possible.",
        **_shape("site"),
        "$defs": {name: _shape(name) for name in SITE_SHAPES if name != "site"},
    }


def subject_schema() -> dict[str, Any]:
    """Give the JSON Schema of a subject's file as a value."""
    return {
        "$schema": DRAFT,
        "title": "trialcal subject",
        "description": "One subject: the protocol, given and booked dates, and what happened. No names.",
        **_shape("subject"),
        "$defs": {name: _shape(name) for name in SUBJECT_SHAPES if name != "subject"},
    }


def cohort_schema() -> dict[str, Any]:
    """Give the JSON Schema of a cohort's file as a value."""
    return {
        "$schema": DRAFT,
        "title": "trialcal cohort",
        "description": "Several subjects: the order of dosing, and what people decided for them together. No names.",
        **_shape("cohort"),
        "$defs": {name: _shape(name) for name in COHORT_SHAPES if name != "cohort"},
    }


def schema_text(*, of: Literal["protocol", "site", "subject", "cohort"] = "protocol") -> str:
    """Give the JSON Schema of protocols, or of a site's, a subject's or a cohort's file, as text."""
    made = {"protocol": schema, "site": site_schema, "subject": subject_schema, "cohort": cohort_schema}
    found = made[of]()
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _shape(name: str, *, required: bool = True) -> dict[str, Any]:
    needed = [key.name for key in ALL_SHAPES[name] if key.required and required]
    shape: dict[str, Any] = {"type": "object", "additionalProperties": False}
    if name == "protocol":  # the properties depend on whether the file extends another: see "then" and "else"
        shape["properties"] = {key.name: {"description": key.says} for key in SHAPES[name]}
    else:
        shape["properties"] = _properties(name)
    if needed:
        shape["required"] = needed
    return shape


def _dated(kind: str) -> dict[str, Any]:
    """A date: text, or what YAML itself takes for a number (a year alone)."""
    scalar = {"type": ["string", "integer"]} if kind == "partial" else {"type": "string"}
    return {**scalar, "examples": _EXAMPLES[kind]}


def _or_list(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def _properties(name: str, prefix: str = "") -> dict[str, Any]:
    return {key.name: {"description": key.says, **_value(key, ALL_SHAPES[name], prefix)} for key in ALL_SHAPES[name]}


def _value(key: Key, siblings: tuple[Key, ...], prefix: str) -> dict[str, Any]:
    of = {"$ref": f"#/$defs/{prefix}{key.of}"}
    match key.kind:
        case "entry":
            return of
        case "entries":
            return {"type": "object", "propertyNames": {"pattern": _ID}, "additionalProperties": of}
        case "list":
            return {"type": "array", "items": of}
        case "id":
            return {"type": "string", "pattern": _ID, "maxLength": 64}
        case "choice":
            return {
                "enum": [*key.choices, *(choice == "true" for choice in key.choices if choice in ("true", "false"))]
            }
        case "number":
            return {"type": ["integer", "string"]}
        case "flag":
            return {"enum": [True, False, "true", "false"]}
        case "ids":
            return _or_list({"type": "string", "pattern": _ID, "maxLength": 64})
        case "choices":
            return _or_list({"enum": [*key.choices]})
        case "positions" | "counts":
            return {"type": ["integer", "string"], "examples": _EXAMPLES[key.kind]}
        case "number-or":
            return {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "minLength": 1}]}
        case "count":
            return {"type": ["integer", "string"], "examples": _EXAMPLES["count"]}
        case "week":
            return {"type": "object", "additionalProperties": {**_PHRASE, "examples": _EXAMPLES["hours"]}}
        case "words":
            return {"type": "object", "additionalProperties": _SCALAR}
        case "moments":
            return {"type": "object", "propertyNames": {"pattern": _ID}, "additionalProperties": _dated("moment")}
        case "date" | "moment" | "partial":
            return _dated(key.kind)
        case "history":
            return {"type": "array", "items": {"type": "object"}}
        case "references" | "cycles" | "arounds" | "marks" | "days":
            return {**_or_list(_PHRASE), "examples": _EXAMPLES[key.kind]}
        case "name" | "prose":
            return _SCALAR
        case "names" | "proses":
            return {"anyOf": [_SCALAR, {"type": "array", "items": _SCALAR, "minItems": 1}]}
        case "texts":
            known = {sibling.name: _SCALAR for sibling in siblings} | {"at": _SCALAR}
            table = {"type": "object", "properties": known, "additionalProperties": False}
            return {"anyOf": [_SCALAR, table]}
        case "timings":
            several = {"type": "array", "items": _PHRASE, "minItems": 1}
            return {"anyOf": [_PHRASE, several], "examples": _EXAMPLES["timings"]}
        case _:
            return {**_PHRASE, "examples": _EXAMPLES[key.kind]}
