"""Bytes to a tree: every place and message here was worked out by hand from the text of the case."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trialcal.files import tree
from trialcal.files.tree import Items, Node, Table, Text, parse, read_bytes
from trialcal.problems import Place


@pytest.fixture(params=["libyaml", "python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with the C parser, and with PyYAML's own for machines that have no libyaml."""
    if request.param == "python":
        monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return str(request.param)


def told(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    return [problem.told() for problem in parse(data, "f")[1]]


def codes(data: bytes) -> list[str]:
    return [problem.code for problem in parse(data, "f")[1]]


def table(text: str) -> Table:
    found, problems = parse(text.encode(), "f")
    assert problems == ()
    assert isinstance(found, Table)
    return found


def value(text: str, key: str = "a") -> str:
    found = table(text).get(key)
    assert isinstance(found, Text)
    return found.value


def plain(node: Node | None) -> object:
    """Strip the places."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return None if node is None else [(key.value, plain(item)) for key, item in node.entries]


# --- the tree -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
def test_tree_with_places() -> None:
    assert parse(b"id: x\nvisits:\n  dose:\n    at: [Day 1, 'Day 4']\n", "cc312.yaml") == (
        Table(
            (
                (
                    Text("id", Place("cc312.yaml", 1, 1, "id"), False),
                    Text("x", Place("cc312.yaml", 1, 5, "id"), False),
                ),
                (
                    Text("visits", Place("cc312.yaml", 2, 1, "visits"), False),
                    Table(
                        (
                            (
                                Text("dose", Place("cc312.yaml", 3, 3, "visits.dose"), False),
                                Table(
                                    (
                                        (
                                            Text("at", Place("cc312.yaml", 4, 5, "visits.dose.at"), False),
                                            Items(
                                                (
                                                    Text(
                                                        "Day 1",
                                                        Place("cc312.yaml", 4, 10, "visits.dose.at[1]"),
                                                        False,
                                                    ),
                                                    Text(
                                                        "Day 4", Place("cc312.yaml", 4, 17, "visits.dose.at[2]"), True
                                                    ),
                                                ),
                                                Place("cc312.yaml", 4, 9, "visits.dose.at"),
                                            ),
                                        ),
                                    ),
                                    Place("cc312.yaml", 4, 5, "visits.dose"),
                                ),
                            ),
                        ),
                        Place("cc312.yaml", 3, 3, "visits"),
                    ),
                ),
            ),
            Place("cc312.yaml", 1, 1, ""),
        ),
        (),
    )


@pytest.mark.usefixtures("parser")
def test_paths_of_lists_count_from_one() -> None:
    rules = table("rules:\n  - {visit: a}\n  - {visit: b}\n  - [x, [y]]\n").get("rules")
    assert isinstance(rules, Items)
    second, third = rules.items[1], rules.items[2]
    assert isinstance(second, Table)
    visit = second.get("visit")
    assert visit and visit.place == Place("f", 3, 13, "rules[2].visit")
    assert isinstance(third, Items)
    assert third.items[1].place == Place("f", 4, 9, "rules[3][2]")


def test_get_gives_none_for_an_absent_name() -> None:
    assert table("a: 1\n").get("b") is None


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    "written",
    [
        "no",
        "yes",
        "16:30",
        "1e3",
        "2025-03-01",
        "null",
        "~",
        "0x10",
        "010",
        ".inf",
        "1_000",
        "±1 d",
        "-3 d",
        "=",
        "a#b",
    ],
)
def test_scalars_are_text(written: str) -> None:
    assert value(f"a: {written}\n") == written


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "expected", "quoted"),
    [
        ("a:\n", "", False),
        ("a: ''\n", "", True),
        ("a:   x  \n", "x", False),
        ("a: '  x '\n", "  x ", True),
        ('a: "\\u00b1 1"\n', "± 1", True),
        ("a: |\n  x\n  y\n", "x\ny\n", True),
        ("a: >-\n  x\n  y\n", "x y", True),
        ("a: x\n  y\n", "x y", False),
        ("a: x # y\n", "x", False),
        ("a: x#y\n", "x#y", False),
        ("a: Ünï 中 🎈\n", "Ünï 中 🎈", False),
        ("? a\n: x\n", "x", False),
        ("---\na: x\n...\n", "x", False),
        ("%YAML 1.1\n---\na: x\n", "x", False),
        ("a: x", "x", False),
        ("'<<': 1\na: x\n", "x", False),
    ],
)
def test_values(text: str, expected: str, quoted: bool) -> None:
    found = table(text).get("a")
    assert isinstance(found, Text)
    assert (found.value, found.quoted) == (expected, quoted)


def test_empty_value_has_the_place_after_its_name() -> None:
    found = table("v:\n  a:\n  b: 1\n").get("v")
    assert isinstance(found, Table)
    assert found.get("a") == Text("", Place("f", 2, 5, "v.a"), False)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    found, problems = parse(f"a: 1{end}# x{end}b: |{end}  c{end}  d{end}e: 2{end}".encode(), "f")
    assert problems == ()
    assert plain(found) == [("a", "1"), ("b", "c\nd\n"), ("e", "2")]
    assert isinstance(found, Table)
    assert [key.place.line for key, _ in found.entries] == [1, 3, 6]


@pytest.mark.usefixtures("parser")
def test_utf8_byte_order_mark_is_accepted_and_takes_no_column() -> None:
    found, problems = parse(b"\xef\xbb\xbfa: 1\n", "f")
    assert problems == ()
    assert isinstance(found, Table)
    assert found.entries[0][0].place == Place("f", 1, 1, "a")


@pytest.mark.usefixtures("parser")
def test_columns_count_characters() -> None:
    assert told("é🎈: {x: *y}\n") == [
        "f:1:9: error: é🎈.x: '*y' is a YAML alias, which is not read"
        " (write the value out again; if '*' belongs to the text, put the whole text in quotes)"
    ]


def test_long_and_unprintable_names_are_shortened_in_paths_only() -> None:
    long = table(f"{'k' * 50}: 1\n").entries[0][0]
    assert (long.value, long.place.path) == ("k" * 50, "k" * 39 + "…")
    assert told('"\\e[31m": {a: !x 1}\n')[1].startswith("f:1:15: error: \ufffd[31m.a: '!x' is a YAML tag")


# --- what YAML allows and trialcal does not -------------------------------------------------------------------------

ALIAS = "write the value out again; if '*' belongs to the text, put the whole text in quotes"
ANCHOR = "delete it; if '&' belongs to the text, put the whole text in quotes"
TAG = "delete it, every value is read as it is written; if '!' belongs to the text, put it in quotes"
TWICE = "(keep one of the two; the first is read)"
KEY = "write a plain text before ':'; if the bracket belongs to a text, put the whole text in quotes"

REFUSED: list[tuple[str, object, list[str]]] = [
    ("a: &x 1\n", [("a", "1")], [f"f:1:4: error: a: '&x' is a YAML anchor, which is not read ({ANCHOR})"]),
    (
        "a: &x\n  b: 1\n",
        [("a", [("b", "1")])],
        [f"f:1:4: error: a: '&x' is a YAML anchor, which is not read ({ANCHOR})"],
    ),
    (
        "a: &x 1\nb: *x\n",
        [("a", "1"), ("b", "*x")],
        [
            f"f:1:4: error: a: '&x' is a YAML anchor, which is not read ({ANCHOR})",
            f"f:2:4: error: b: '*x' is a YAML alias, which is not read ({ALIAS})",
        ],
    ),
    (
        "a: [1, *x]\n",
        [("a", ["1", "*x"])],
        [f"f:1:8: error: a[2]: '*x' is a YAML alias, which is not read ({ALIAS})"],
    ),
    ("*x : 1\n", [("*x", "1")], [f"f:1:1: error: *x: '*x' is a YAML alias, which is not read ({ALIAS})"]),
    ("a: !!int 5\n", [("a", "5")], [f"f:1:4: error: a: '!!int' is a YAML tag, which is not read ({TAG})"]),
    ("a: !x [1]\n", [("a", ["1"])], [f"f:1:4: error: a: '!x' is a YAML tag, which is not read ({TAG})"]),
    ("a: ! b\n", [("a", "b")], [f"f:1:4: error: a: '!' is a YAML tag, which is not read ({TAG})"]),
    (
        "a: !!python/object/apply:os.system [ls]\n",
        [("a", ["ls"])],
        [f"f:1:4: error: a: '!!python/object/apply:os.system' is a YAML tag, which is not read ({TAG})"],
    ),
    (
        "a:\n  <<: {b: 1}\n  c: 2\n",
        [("a", [("c", "2")])],
        ["f:2:3: error: a.<<: '<<' (a YAML merge key) is not read (write the entries out here)"],
    ),
    (
        "<<: *x\nb: 1\n",
        [("b", "1")],
        ["f:1:1: error: <<: '<<' (a YAML merge key) is not read (write the entries out here)"],
    ),
    ("? [x]\n: 1\nb: 2\n", [("b", "2")], [f"f:1:3: error: a list cannot be a name ({KEY})"]),
    ("a: {{x}}\nb: 2\n", [("a", []), ("b", "2")], [f"f:1:5: error: a: a table cannot be a name ({KEY})"]),
    ("{{{x}}}: 1", [], [f"f:1:1: error: a table cannot be a name ({KEY})"]),
    ("? {x: [{[y]: 1}]}\n: 1\n", [], [f"f:1:3: error: a table cannot be a name ({KEY})"]),
    ("a: 1\n?\n: 2\n", [("a", "1")], ["f:2:2: error: '': there is no name before ':' (write 'name: value')"]),
    (
        "a: 1\nb: 2\na: 3\n",
        [("a", "1"), ("b", "2")],
        [f"f:3:1: error: a: 'a' stands here again; it is already in line 1 {TWICE}"],
    ),
    (
        "v:\n  x: {at: 1}\n  'x': {at: *y}\n  x: 4\n",
        [("v", [("x", [("at", "1")])])],
        [
            f"f:3:3: error: v.x: 'x' stands here again; it is already in line 2 {TWICE}",
            f"f:3:13: error: v.x.at: '*y' is a YAML alias, which is not read ({ALIAS})",
            f"f:4:3: error: v.x: 'x' stands here again; it is already in line 2 {TWICE}",
        ],
    ),
    (
        'a: "x\\ty"\n',
        [("a", "x\ufffdy")],
        ["f:1:4: error: a: a tab stands in this text (write spaces instead)"],
    ),
    (
        "a: 'x\n\n  y'\n",
        [("a", "x\ufffdy")],
        ["f:1:4: error: a: a line break stands in this text (write it in one paragraph, or as a block after '|')"],
    ),
    (
        'a: "\\e[31m"\n',
        [("a", "\ufffd[31m")],
        ["f:1:4: error: a: an invisible control character (U+001B) stands in this text (delete it)"],
    ),
    ("a: |\n  x\ty\n", [("a", "x\ufffdy\n")], ["f:1:4: error: a: a tab stands in this text (write spaces instead)"]),
    (
        'a: "\\0"\n',
        [("a", "\ufffd")],
        ["f:1:4: error: a: an invisible NUL character stands in this text (delete it)"],
    ),
]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "left", "problems"), REFUSED)
def test_refused_with_the_rest_read(text: str, left: object, problems: list[str]) -> None:
    assert told(text) == problems
    assert plain(parse(text.encode(), "f")[0]) == left


def test_all_problems_come_at_once() -> None:
    text = b"a: !x 1\nb: &y 2\nc: *y\na: 3\n<<: 4\n? [k]\n: 5\nd: [1\n"
    assert codes(text) == [
        "yaml-tag",
        "yaml-anchor",
        "yaml-alias",
        "duplicate-key",
        "yaml-merge",
        "yaml-key",
        "yaml-malformed",
    ]
    assert parse(text, "f")[0] is None


LINES = "write lines of the form 'name: value', for example 'id: cc312'"
UTF8 = "save the file with the encoding UTF-8"
RETYPE = "delete it and type the text again"
SECOND = "keep one, and put the rest into files of their own; '---' begins a new document"

WHOLE_FILE: list[tuple[bytes, str, str]] = [
    (b"", "empty-file", f"f:1:1: error: the file is empty ({LINES})"),
    (b"\xef\xbb\xbf", "empty-file", f"f:1:1: error: the file is empty ({LINES})"),
    (b"# only\n\n  # comments\n", "empty-file", f"f:1:1: error: the file is empty ({LINES})"),
    (b"---\n", "empty-file", f"f:1:1: error: the file is empty ({LINES})"),
    (
        b"- a\n- b\n",
        "not-a-table",
        f"f:1:1: error: the file holds a list, not entries of the form 'name: value' ({LINES})",
    ),
    (
        b"\nhello\n",
        "not-a-table",
        f"f:2:1: error: the file holds one text, not entries of the form 'name: value' ({LINES})",
    ),
    (
        b"''\n",
        "not-a-table",
        f"f:1:1: error: the file holds one text, not entries of the form 'name: value' ({LINES})",
    ),
    (
        b"id:cc312\n",
        "not-a-table",
        "f:1:1: error: a space is missing after ':' (write 'name: value', with a space after ':')",
    ),
    (b"a: 1\n---\nb: 2\n", "many-documents", f"f:2:1: error: a second document begins here ({SECOND})"),
    (b"a: 1\n---\n", "many-documents", f"f:2:1: error: a second document begins here ({SECOND})"),
    (b"---\n---\na: 1\n", "many-documents", f"f:2:1: error: a second document begins here ({SECOND})"),
    (b"a: 1\nwindow: \xb11 d\n", "not-utf8", f"f:2:9: error: a character here is not in UTF-8 (byte 0xb1) ({UTF8})"),
    (
        b"\xc3\xa9: 1\r\n\xc3\xa9\xc3\xa9\xff",
        "not-utf8",
        f"f:2:3: error: a character here is not in UTF-8 (byte 0xff) ({UTF8})",
    ),
    (b"\xed\xa0\x80: 1\n", "not-utf8", f"f:1:1: error: a character here is not in UTF-8 (byte 0xed) ({UTF8})"),
    *(
        (
            data,
            "not-utf8",
            "f:1:1: error: the file is saved as UTF-16 or UTF-32 ('Unicode'), not as UTF-8"
            " (save it again with the encoding UTF-8)",
        )
        for data in ("a: 1\n".encode("utf-16"), b"\xfe\xff\0a", "a: 1\n".encode("utf-32"), b"\0\0\xfe\xff\0\0\0a")
    ),
    (b"a\0:\0 \0", "control-character", f"f:1:2: error: an invisible NUL character stands here ({UTF8})"),
    (
        b"a: 1\nb: x\x07\n",
        "control-character",
        f"f:2:5: error: an invisible control character (U+0007) stands here ({RETYPE})",
    ),
    *(
        (
            f"a: x{character}\n".encode(),
            "control-character",
            f"f:1:5: error: an invisible control character (U+{ord(character):04X}) stands here ({RETYPE})",
        )
        for character in "\x7f\x85\x9b\u2028\u2029\ufeff\uffff\x0b\x0c\x1b\xad\u061c\u180e\u200b\u200d\u200e\u200f"
        "\u202a\u202e\u2060\u2064\u2066\u2069\ufffb\U000e0041"
    ),
]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("data", "code", "problem"), WHOLE_FILE)
def test_file_that_gives_no_tree(data: bytes, code: str, problem: str) -> None:
    assert told(data) == [problem]
    assert codes(data) == [code]
    assert parse(data, "f")[0] is None


# --- malformed YAML -------------------------------------------------------------------------------------------------

QUOTE = "put the whole text in quotes"
COLON = "a space is missing after ':' (write 'name: value', with a space after ':')"
NO_COLON = (
    "this line is not of the form 'name: value'"
    " (write ': ' after the name; indent a text that goes on from the line above further than its name)"
)
NO_NAME = "there is no name before ':' (write 'name: value')"
TAB = "a tab is used for indentation (indent with spaces)"
TWO_COLONS = "a second ': ' stands in an unquoted value (put the whole value in quotes)"
NEVER = (
    "the quotation mark opened here is never closed (close it with the same quotation mark at the end of the text)"
)
GOES_ON = (
    "text goes on after the closing quotation mark"
    " (put the whole text in quotes; inside '...', write an apostrophe twice: 'it''s')"
)
COLUMN = "let it begin in the column of the entries it belongs to"
BRACKET = "close the bracket, put ', ' between its parts, and put texts that contain ': ' or brackets in quotes"
LIST = (
    "this line does not belong to the list above"
    " (begin it with '- ' in the column of the list's other items, or indent it like the lines it belongs to)"
)
ALIGN = f"this line does not line up with the entries above ({COLUMN}; give a list a name of its own)"
BACKSLASH = (
    "a backslash in double quotes must begin a special character, and here it does not"
    " (use single quotes, or write the backslash twice)"
)
HARD_SPACE = "a non-breaking space stands here (replace it with an ordinary space)"


def begins(sign: str) -> str:
    return f"an unquoted text cannot begin with '{sign}' ({QUOTE})"


def stray(sign: str) -> str:
    hint = f"delete it, or open the bracket before; if '{sign}' belongs to the text, {QUOTE}"
    return f"'{sign}' stands here without an open bracket ({hint})"


def block(sign: str) -> str:
    return f"a value that begins with '{sign}' must go on in the next line (if '{sign}' belongs to the text, {QUOTE})"


MALFORMED = [
    # a tab used for indentation
    ("v:\n\ta: 1\n", f"2:1: error: {TAB}"),
    ("v:\n  a: 1\n  \tb: 2\n", f"3:3: error: v: {TAB}"),
    ("v:\n  - a\n\t- b\n", f"3:1: error: v: {TAB}"),
    ("\ta: 1\n", f"1:1: error: {TAB}"),
    ("a: |\n\tx\n", f"2:1: error: {TAB}"),
    # a missing space, or colon
    ("a:b\nc: 1\n", f"1:2: error: {COLON}"),
    ("a: 1\nb:2\nc: 3\n", f"2:2: error: {COLON}"),
    ("a: 1\nb:2\n", f"2:2: error: {COLON}"),
    ("v:\n  at:Day 1\n  w: 3\n", f"2:5: error: {COLON}"),
    ("a: 1\nfoo\n", f"2:1: error: {NO_COLON}"),
    ("foo\na: 1\n", f"1:1: error: {NO_COLON}"),
    ("a:\u00a0b\nc: 1\n", f"1:3: error: {HARD_SPACE}"),
    ("v:\n  -\u00a0a\n  b: 1\n", f"2:4: error: {HARD_SPACE}"),
    ("a: 1\n: 2\n", f"2:1: error: {NO_NAME}"),
    ("v: {a: 1, : 2}\n", f"1:11: error: v: {NO_NAME}"),
    # a value that needs quotes
    ("a: b: c\n", f"1:5: error: {TWO_COLONS}"),
    ("v:\n  source: after dose: 28 days\n", f"2:21: error: v: {TWO_COLONS}"),
    ("a: {b: c: d}\n", f"1:9: error: a: {TWO_COLONS}"),
    ("a: [b: c: d]\n", f"1:9: error: a: {TWO_COLONS}"),
    ("a: @x\n", f"1:4: error: {begins('@')}"),
    ("a: `x`\n", f"1:4: error: {begins('`')}"),
    ("a: %x\n", f"1:4: error: {begins('%')}"),
    ("a: * y\n", f"1:4: error: {begins('*')}"),
    ("a: & y\n", f"1:4: error: {begins('&')}"),
    ("a: !<x\n", f"1:4: error: {begins('!')}"),
    ("a: !e!x y\n", f"1:4: error: {begins('!')}"),
    ("a: ? b\n", f"1:4: error: {begins('?')}"),
    ("a: > 5 d\n", f"1:4: error: {block('>')}"),
    ("a: >= 5 d\n", f"1:4: error: {block('>')}"),
    ("a: |x\n", f"1:4: error: {block('|')}"),
    (
        "a: - b\n",
        "1:4: error: a list cannot begin in the line of its name"
        f" (begin it in the next line; if '-' belongs to the text, {QUOTE})",
    ),
    (
        "%x: 1\n",
        "1:1: error: a line that begins with '%' is an instruction to YAML, and this one is not understood"
        f" (delete the line; if '%' belongs to the text, {QUOTE})",
    ),
    # quotation marks
    ('a: "x\nb: 2\n', f"1:4: error: {NEVER}"),
    ("a: 1\nb: 'x\n", f"2:4: error: {NEVER}"),
    ("a: 'x\n---\n", f"1:4: error: {NEVER}"),
    (
        'a: "x\nb: "y"\n',
        "1:4: error: the quotation mark opened here is closed only in line 2 (close it at the end of its own text)",
    ),
    ("a: 'it's'\n", f"1:8: error: {GOES_ON}"),
    ('a: "x" y\n', f"1:8: error: {GOES_ON}"),
    ("a: ['x' y]\n", f"1:9: error: a: {GOES_ON}"),
    ('a: "C:\\Users"\n', f"1:9: error: {BACKSLASH}"),
    # brackets
    ("a: [1, 2\n", "1:4: error: a: the '[' opened here is never closed (close the bracket)"),
    ("a: {b: 1,\n", "1:4: error: a: the '{' opened here is never closed (close the bracket)"),
    ("a: [", "1:4: error: a: the '[' opened here is never closed (close the bracket)"),
    (
        "a: [1, 2\nb: 3\n",
        f"1:4: error: a: the '[' opened here is not closed, or a comma is missing; noticed in line 2 ({BRACKET})",
    ),
    (
        "a: {b: 1\n  c: 2}\n",
        f"1:4: error: a: the '{{' opened here is not closed, or a comma is missing; noticed in line 2 ({BRACKET})",
    ),
    (
        "a: [1, 2}\n",
        f"1:4: error: a: the '[' opened here is not closed, or a comma is missing; noticed in line 1 ({BRACKET})",
    ),
    (
        "a: [1,,2]\n",
        f"1:7: error: a: a value is missing before ',' (write the value; if ',' belongs to the text, {QUOTE})",
    ),
    ("a: [1]]\n", f"1:7: error: {stray(']')}"),
    ("a: ]\n", f"1:4: error: {stray(']')}"),
    ("a: {b: 1}}\n", f"1:10: error: {stray('}')}"),
    ("a: [1], 2\n", f"1:7: error: {stray(',')}"),
    # indentation
    (
        "v:\n  a: 1\n   b: 2\n",
        f"3:4: error: v: this line is indented further than line 2, which already has a value"
        f" ({COLUMN}; put a text that contains ': ' in quotes)",
    ),
    ("v:\n    a: 1\n  b: 2\n", f"3:3: error: {ALIGN}"),
    ("v:\n  a: 1\n b: 2\n", f"3:2: error: {ALIGN}"),
    ("a:\n  c: 1\n  - b\n", f"3:3: error: a: {ALIGN}"),
    ("a:\n  - b\n  c: 1\n", f"3:3: error: a: {LIST}"),
    ("- a: 1\n b: 2\n", f"2:2: error: {LIST}"),
    (
        "a: 1\n...\nb: 2\n",
        "3:1: error: the file goes on after its end (delete '...', or the brackets around the whole file)",
    ),
]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "problem"), MALFORMED)
def test_malformed_in_plain_words(text: str, problem: str) -> None:
    assert told(text) == [f"f:{problem}"]
    assert codes(text.encode()) == ["yaml-malformed"]
    assert parse(text.encode(), "f")[0] is None


def test_malformed_line_whose_cause_is_told_is_told_once() -> None:
    assert told("a: *x of the dose\n") == [f"f:1:4: error: a: '*x' is a YAML alias, which is not read ({ALIAS})"]


def test_fallback_for_what_nobody_foresaw() -> None:
    # libyaml unescapes the tag to half a surrogate pair, on which PyYAML's binding fails with a UnicodeDecodeError
    assert told("a: 1\nb: !%ED%A0%80 x\n") == [
        "f:2:2: error: YAML cannot be read from here on (compare it with the lines above:"
        " indentation, 'name: value', quotation marks around text with : # [ ] { })"
    ]


JARGON = re.compile(r"<block|<scalar|<stream|token|mapping|flow|scanning|parsing|did not find|expected|utf-8.*codec")


# --- limits and attacks ---------------------------------------------------------------------------------------------

LIMITS = [
    (b"a: 1\n" + b"#" * 1_000_000, "too-large", "f: error: the file is larger than 1,000,000 bytes"),
    (
        b"[" * 21,
        "too-deep",
        f"f:1:21: error: {'[1]' * 20}: more than 20 lists and tables stand inside each other here",
    ),
    (
        b"".join(b" " * i + b"a:\n" for i in range(21)),
        "too-deep",
        f"f:21:21: error: {'.'.join('a' * 20)}: more than 20 lists and tables stand inside each other here",
    ),
    (
        b"a:\n" + b"- x\n" * 50_000,
        "too-many",
        "f:49999:3: error: a[49998]: the file has more than 50,000 names and values; reading stops here",
    ),
    (
        b"a: 1\nb: " + b"x" * 10_001 + b"\n",
        "too-long",
        "f:2:4: error: b: this text is 10,001 characters long; at most 10,000 are read",
    ),
    (b"x" * 10_001, "too-long", "f:1:1: error: this text is 10,001 characters long; at most 10,000 are read"),
]


@pytest.mark.parametrize(("data", "code", "problem"), LIMITS, ids=lambda value: str(value)[:20])
def test_limits(data: bytes, code: str, problem: str) -> None:
    assert codes(data) == [code]
    assert told(data)[0].split(" (")[0] == problem
    assert parse(data, "f")[0] is None


def test_just_within_the_limits() -> None:
    nested = b"".join(b" " * i + b"a:\n" for i in range(20))
    long = b"a: " + b"x" * 10_000 + b"\n"
    many = b"a:\n" + b"- x\n" * 49_997
    large = b"a: 1\n" + b"#" * 999_995
    for data in (nested, long, many, large):
        found, problems = parse(data, "f")
        assert problems == ()
        assert found is not None


def test_reading_stops_after_a_hundred_problems() -> None:
    problems = told("a: 1\n" * 200)
    assert len(problems) == 101
    assert problems[-1] == (
        "f:101:4: error: a: reading stops here, after 100 problems (correct those first, then check the file again)"
    )


ATTACKS = {
    "brackets": b"[" * 400_000,
    "braces": b"{" * 400_000,
    "brackets, one a line": b"[\n" * 200_000,
    "braces with names": b"{a: " * 100_000,
    "mixed brackets": b"[{" * 200_000,
    "brackets in a value": b"a: " + b"[" * 400_000,
    "lists": b"- " * 200_000,
    "lists, one a line": b"-\n" * 200_000,
    "keys": b"? " * 200_000,
    "keys and lists": b"? - " * 100_000,
    "colons": b": " * 200_000,
    "indentation": b"".join(b" " * i + b"a:\n" for i in range(1_000)),
    "indented lists": b"".join(b" " * i + b"-\n" for i in range(1_000)),
    "closing brackets": b"]" * 400_000,
    "anchors": b"&a " * 200_000,
    "aliases": b"a: [" + b"*a, " * 200_000 + b"]",
    "laughs": b"a: &a [x, x]\n" + b"".join(b"k%d: &k%d [*a, *a, *a]\n" % (i, i) for i in range(1_000)),
    "tags": b"!" * 400_000,
    "long tag": b"a: !" + b"x" * 400_000 + b" 1\n",
    "long anchor": b"a: &" + b"x" * 400_000 + b" 1\n",
    "tag handles": b"%TAG !a! b\n" * 50_000 + b"--- !a!x y\n",
    "directives": b"%A B\n" * 100_000,
    "documents": b"---\n" * 200_000,
    "duplicates": b"a: 1\n" * 150_000,
    "merges": b"<<: 1\n" * 150_000,
    "flat list": b"a: [" + b"1," * 400_000 + b"]",
    "open quote": b'a: "' + b"x\n" * 400_000,
    "quotes": b'["a" ' * 150_000,
    "escapes": b'a: "' + b"\\e" * 400_000 + b'"',
    "long plain text": b"a: " + b"x " * 400_000,
    "long block": b"a: |\n" + b" x\n" * 300_000,
    "long name": b"x" * 400_000 + b": 1\n",
    "long names at every level": b"".join(b" " * i + b"k" * 990 + b":\n" for i in range(19))
    + b"".join(b" " * 19 + b"- x\n" for _ in range(40_000)),
    "names of 9,000": b"".join(b" " * i + b"? " + b"k" * 9_000 + b"\n" + b" " * i + b":\n" for i in range(19)),
    "tabs": b"\t" * 400_000,
    "spaces": b" " * 999_999,
    "line ends": b"\n" * 999_999,
    "carriage returns": b"a: 1" + b"\r" * 999_990,
    "comments": b"#" * 999_999,
    "NULs": b"\0" * 999_999,
    "bad bytes": b"a: 1\n" * 190_000 + b"\xff",
    "large code point": b'a: "\\UFFFFFFFF"\n',
    "surrogate": b'a: "\\ud800"\n',
    "huge version": b"%YAML 1.99999999999999999999999999\n---\na: 1\n",
    "huge indentation": b"a: |99999999999\n x\n",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_are_refused_quickly(name: str) -> None:
    began = time.perf_counter()
    found, problems = parse(ATTACKS[name], "f")
    assert time.perf_counter() - began < 2
    assert found is None or depth(found) <= tree.MAX_DEPTH
    assert len(problems) <= tree.MAX_PROBLEMS + 3
    assert all(problem.level == "error" and problem.hint for problem in problems)
    assert sum(len(problem.told()) for problem in problems) < 100_000
    if name not in ("long names at every level", "names of 9,000", "carriage returns"):  # those are valid
        assert problems


@pytest.mark.parametrize(
    "name", ["brackets", "braces", "mixed brackets", "lists", "keys", "keys and lists", "indentation"]
)
def test_nesting_attacks_name_the_limit_last(name: str) -> None:
    problems = parse(ATTACKS[name], "f")[1]
    assert problems[-1].code == "too-deep"
    assert {problem.code for problem in problems[:-1]} <= {"yaml-key"}
    assert len(problems) <= 2


def depth(node: Node) -> int:
    level, deepest = [node], 0
    while level:
        level = [
            inner
            for outer in level
            if not isinstance(outer, Text)
            for inner in (outer.items if isinstance(outer, Items) else [value for _, value in outer.entries])
        ]
        deepest += bool(level)
    return deepest


def test_six_hundred_lines_take_milliseconds() -> None:
    visit = (
        "  visit-%d:\n    type: dose\n    name: 'Dose {n} of the drug under study'\n    at: [Day 1, Day 4, Day 8]\n"
        "    window: ±1 d\n    source: 'administered via IV infusion on Day -3 of the cycle, as in section 6.1'\n"
        "    assumed: {window: 'the record states no windows; confirm against the protocol'}\n"
        "    activities: [vital signs, ECG, laboratory tests]  # as in the table of activities\n"
    )
    data = ("visits:\n" + "".join(visit % i for i in range(75))).encode()
    assert 25_000 < len(data) < 35_000
    parse(data, "f")
    best = min(timed(data) for _ in range(20))
    assert best < 0.03  # 5 ms on the machine that wrote this; the slack is for a busy one


def timed(data: bytes) -> float:
    began = time.perf_counter()
    parse(data, "f")
    return time.perf_counter() - began


# --- reading the bytes ----------------------------------------------------------------------------------------------


def test_read_bytes(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: 1\r\n")
    assert read_bytes(path) == (b"a: 1\r\n", ())


def reading(path: Path, limit: int = tree.MAX_BYTES) -> tuple[str, str]:
    data, problems = read_bytes(path, limit=limit)
    assert data == b""
    assert [problem.place for problem in problems] == [Place(str(path))]
    assert problems[0].hint
    return problems[0].code, problems[0].message


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    expected = ("no-such-file", "there is no such file")
    assert reading(tmp_path / "absent.yaml") == expected
    assert reading(tmp_path / "absent" / "p.yaml") == expected
    assert reading(tmp_path / "file" / "p.yaml") == expected
    (tmp_path / "dangling").symlink_to(tmp_path / "absent.yaml")
    assert reading(tmp_path / "dangling") == expected


def test_folder(tmp_path: Path) -> None:
    assert reading(tmp_path) == ("not-a-file", "this is a folder, not a file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    expected = ("not-a-file", "this is a device or a pipe, not a file")
    assert reading(tmp_path / "pipe") == expected
    assert reading(Path("/dev/zero")) == expected
    assert reading(Path("/dev/null")) == expected


def test_too_large(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"x" * 11)
    assert reading(path, limit=10) == ("too-large", "the file is larger than 10 bytes")
    assert read_bytes(path, limit=11) == (b"x" * 11, ())
    with path.open("wb") as file:
        file.truncate(1_000_001)
    assert reading(path) == ("too-large", "the file is larger than 1,000,000 bytes")


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="no /proc here")
def test_file_whose_size_is_told_as_zero_is_still_limited() -> None:
    assert reading(Path("/proc/self/maps"), limit=10) == ("too-large", "the file is larger than 10 bytes")


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: 1\n")
    monkeypatch.setattr(os, "open", refuse)  # root may read everything, so chmod proves nothing
    assert reading(path) == ("not-readable", "you may not read this file")


def test_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "p.yaml"
    path.write_bytes(b"a: 1\n")
    monkeypatch.setattr(os, "open", fail)
    assert reading(path) == ("not-readable", "the file cannot be read: Input/output error")


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    assert reading(tmp_path / "a\0b") == ("not-readable", "the file cannot be read: its name cannot be a file's")
    assert reading(tmp_path / ("x" * 5_000))[0] == "not-readable"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert reading(tmp_path / "loop")[0] == "not-readable"


# --- anything else --------------------------------------------------------------------------------------------------

VALID = """\
id: cc312
title: Safety Study of CC312 in Autoimmune Disease Patients
source: {registry: NCT06888960, updated: 2025-09-17}   # a registry record
visits:
  screening:    {at: 1-28 d before priming, source: "After a 28-day screening period"}
  dose:
    name: 'CC312 therapeutic dose {n}'
    at: [Day 1, Day 4,
         Day 8]
    window: ±1 d
    notes: |
      first line
      second line
rules:
  - {visit: dose-1, at_least: 3 d, after: priming}
  - visit: each dose
    at_least: 2 d
"""
SNIPPETS = [
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    "- ",
    "? ",
    "&a ",
    "*a",
    "!x ",
    "!",
    "%",
    "@",
    "`",
    "'",
    '"',
    "\\",
    "|",
    ">",
    "#",
]
SNIPPETS += [
    "<<: ",
    "---\n",
    "...\n",
    "\n",
    "\t",
    " ",
    "\u00a0",
    "\r",
    "\0",
    "\u2028",
    "\ufeff",
    '"\\ud800"',
    "!%ED%A0%80 ",
    ",",
]


def check_anything(data: bytes) -> None:
    found, problems = parse(data, "f")
    assert found is not None or problems
    assert found is None or (isinstance(found, Table) and depth(found) <= tree.MAX_DEPTH)
    lines = re.split(b"\r\n|\r|\n", data)
    for problem in problems:
        assert problem.level == "error"
        assert problem.message.isprintable()
        assert problem.hint.isprintable()
        assert 1 <= problem.place.line <= len(lines) + 1
        assert problem.place.column >= 1
        assert not JARGON.search(problem.message)


quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(st.binary(max_size=200))
@example(b"a: !%ED%A0%80")
@example(b"%YAML 1.1\n%YAML 1.1\n---\n")
@example(b"%TAG ! !\n")
def test_any_bytes(data: bytes) -> None:
    check_anything(data)


@quick
@given(st.lists(st.sampled_from([*SNIPPETS, "a", "b: 1\n", "  "]), max_size=30).map("".join))
def test_any_pieces_of_yaml(text: str) -> None:
    check_anything(text.encode())


edit = st.tuples(st.integers(0, len(VALID)), st.integers(0, 5), st.sampled_from(["", *SNIPPETS]))


def edited(edits: list[tuple[int, int, str]]) -> str:
    text = VALID
    for start, length, snippet in edits:
        text = text[:start] + snippet + text[start + length :]
    return text


@quick
@given(st.lists(edit, min_size=1, max_size=4))
def test_any_change_of_a_valid_file(edits: list[tuple[int, int, str]]) -> None:
    check_anything(edited(edits).encode())


@settings(quick, max_examples=50)
@given(st.lists(edit, min_size=1, max_size=2))
def test_any_change_of_a_valid_file_without_libyaml(edits: list[tuple[int, int, str]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "CSafeLoader", yaml.SafeLoader)
        check_anything(edited(edits).encode())


def test_the_valid_file_is_valid(parser: str) -> None:
    assert parser in ("libyaml", "python")
    found, problems = parse(VALID.encode(), "f")
    assert problems == ()
    assert plain(found) == [
        ("id", "cc312"),
        ("title", "Safety Study of CC312 in Autoimmune Disease Patients"),
        ("source", [("registry", "NCT06888960"), ("updated", "2025-09-17")]),
        (
            "visits",
            [
                ("screening", [("at", "1-28 d before priming"), ("source", "After a 28-day screening period")]),
                (
                    "dose",
                    [
                        ("name", "CC312 therapeutic dose {n}"),
                        ("at", ["Day 1", "Day 4", "Day 8"]),
                        ("window", "±1 d"),
                        ("notes", "first line\nsecond line\n"),
                    ],
                ),
            ],
        ),
        (
            "rules",
            [
                [("visit", "dose-1"), ("at_least", "3 d"), ("after", "priming")],
                [("visit", "each dose"), ("at_least", "2 d")],
            ],
        ),
    ]


names = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=5)
trees = st.recursive(
    st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@quick
@given(st.dictionaries(names, trees, min_size=1, max_size=4))
def test_what_yaml_writes_is_read_back(values: dict[str, object]) -> None:
    def pairs(node: object) -> object:
        if isinstance(node, dict):
            return [(key, pairs(item)) for key, item in node.items()]
        return [pairs(item) for item in node] if isinstance(node, list) else node

    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, default_style='"')
    found, problems = parse(text.encode(), "f")
    assert problems == ()
    assert plain(found) == pairs(values)
