"""The JSON Schema: valid by itself, true to the reader on good files, and of use on files whose form is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from command import run

from trialcal.files.keys import OTHER_WORDS, SHAPES
from trialcal.files.library import bundled
from trialcal.files.schema import schema
from trialcal.files.tree import parse

TESTS = Path(__file__).parent
LANGUAGE = TESTS.parent / "docs" / "language.md"
GOOD = [*sorted(bundled().glob("*.yaml")), TESTS / "bad" / "bases" / "good.yaml"]


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft202012Validator(schema())


def mistakes(validator, text):
    """Tell what an editor would show. A date without quotes is text to YAML 1.2, as to JSON; to PyYAML it is none."""
    value = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return [error.message for error in validator.iter_errors(value)]


def test_it_is_a_schema_of_2020_12():
    ran = run("schema")
    assert ran.code == 0
    printed = json.loads(ran.out)
    assert printed == schema()
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(printed)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_protocols_are_valid(validator, path):
    assert mistakes(validator, path.read_text(encoding="utf-8")) == []


def test_the_examples_of_the_language_are_valid(validator):
    blocks = re.findall(r"^```yaml\n(.+?)^```", LANGUAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    whole = [block for block in blocks if block.startswith(("id:", "extends:"))]
    assert whole
    for block in whole:
        assert mistakes(validator, block) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_every_key_has_words_and_stands_once(shape):
    keys = SHAPES[shape]
    assert len({key.name for key in keys}) == len(keys)
    for key in keys:
        assert len(key.says.split()) >= 2, key.name
        assert not key.says.endswith(".")
        assert not key.of or key.of in SHAPES
        assert (key.kind in ("choice", "choices", "number-or")) is bool(key.choices)


def test_other_words_are_for_keys_that_exist():
    names = {key.name for keys in SHAPES.values() for key in keys}
    assert set(OTHER_WORDS.values()) <= names


def test_every_key_has_its_description():
    found = schema()
    for name, keys in SHAPES.items():
        properties = (found if name == "protocol" else found["$defs"][name])["properties"]
        assert {key.name: key.says for key in keys} == {
            name: value["description"] for name, value in properties.items()
        }


# What is wrong with the form of a file an editor can show; what phrases mean, only the reader knows.
FORM = [
    "unknown-key", "unknown-key-in-head", "unknown-key-far-from-all", "key-with-capital", "no-study-day", "no-visits",
    "no-id-no-title", "id-with-capitals", "visits-as-a-list", "visits-empty", "visit-as-text", "visit-empty",
    "visit-without-at", "at-empty-list", "at-as-table", "at-list-in-list", "day-zero-as-yes", "study-day-as-text",
    "source-as-text", "on-tie-unknown", "prefer-unknown", "epoch-unknown", "window-as-list", "type-as-list",
    "rules-as-table", "rule-as-text", "rule-without-visit", "rule-misspelt-key", "period-without-from",
    "lookback-without-event", "not-expressed-without-reason", "not-expressed-as-text", "source-as-list",
    "source-of-unknown-key", "activities-as-table", "overlay-visits-as-list", "overlay-entry-as-text",
    "yaml-list-on-top", "anchor-missing", "anchor-number-missing", "visit-id-with-capital", "at-too-long",
]  # fmt: skip
MEANING = {"epoch-unknown", "day-zero-as-yes"}  # YAML itself takes `yes` for true


@pytest.mark.parametrize("case", [case for case in FORM if case not in MEANING])
def test_a_wrong_form_is_shown(validator, case):
    assert mistakes(validator, (TESTS / "bad" / f"{case}.yaml").read_text(encoding="utf-8"))


def test_the_reader_takes_no_file_that_the_schema_refuses(validator):
    """Where `check` finds nothing but warnings, an editor shows nothing either."""
    for path in sorted((TESTS / "bad").glob("*.txt")):
        if ": error: " not in path.read_text(encoding="utf-8"):
            text = path.with_suffix(".yaml").read_text(encoding="utf-8")
            assert parse(text.encode(), path.name)[1] == ()
            assert mistakes(validator, text) == [], path.name


def test_overlays_need_only_what_differs(validator):
    assert mistakes(validator, "extends: cc312\nid: site\nvisits:\n  dose: {window: ±2 d}\n") == []
    assert mistakes(validator, "extends: cc312\nvisits:\n  dose: {windw: ±2 d}\n")
    assert mistakes(validator, "id: site\nvisits:\n  dose: {window: ±2 d}\n")
