"""What the YAML parser says when it gives up, in plain words: the mistake behind it, and what to write instead.

A room of its own because the parser's words ("while scanning a simple key") help nobody, and because finding the
mistake behind them needs the source text, which the tree does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from trialcal.problems import Place

if TYPE_CHECKING:
    import yaml

_Position: TypeAlias = tuple[int, int]  # line and column, from 0
_Advice: TypeAlias = tuple[_Position, str, str]  # where, message, hint
NO_NAME = ("there is no name before ':'", "write 'name: value'")
COLON_WITHOUT_SPACE = re.compile(r"\w:\S")
NO_SPACE_AFTER_COLON = ("a space is missing after ':'", "write 'name: value', with a space after ':'")


@dataclass(frozen=True, slots=True)
class _Stumble:
    """How the parser gave up: its words, where, where the thing it was reading began, and what it read last."""

    words: str
    at: _Position
    began: _Position
    opened: _Position  # the innermost list or table
    text: tuple[_Position, _Position, bool] | None  # start, end and quoted, if a scalar came last
    lines: list[str]

    def line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""

    def sign(self, position: _Position) -> str:
        return self.line(position[0])[position[1] : position[1] + 1]


def _stumble(error: Exception, last: yaml.Event | None, innermost: Place, lines: list[str]) -> _Stumble:
    end = _position(getattr(last, "end_mark", None)) or (0, 0)
    at = _position(getattr(error, "problem_mark", None)) or end
    began = _position(getattr(error, "context_mark", None)) or at
    opened = (innermost.line - 1, innermost.column - 1)
    style = getattr(last, "style", None)  # only scalars have one
    start = _position(getattr(last, "start_mark", None))
    text = (start, end, style in ("'", '"')) if start and hasattr(last, "style") else None
    words = f"{getattr(error, 'context', '')} / {getattr(error, 'problem', '')}"
    return _Stumble(words, at, began, opened, text, lines)


def _position(mark: yaml.Mark | None) -> _Position | None:
    return (mark.line, mark.column) if mark else None


def explained(error: Exception, last: yaml.Event | None, innermost: Place, lines: list[str]) -> _Advice:
    """Tell where, what and how of the parser's error: by the source text first, then by the parser's words.

    `last` is the last event that it gave, `innermost` the list or table it was in, `lines` the whole file.
    """
    stumble = _stumble(error, last, innermost, lines)
    looks = (_tab, _hard_space, _closed_quote, _no_name, _missing_or_second_colon, _bracket, _by_words)
    advice = next((found for look in looks if (found := look(stumble))), None)
    hint = "compare it with the lines above: indentation, 'name: value', quotation marks around text with : # [ ] { }"
    return advice or (stumble.at, "YAML cannot be read from here on", hint)


def _tab(stumble: _Stumble) -> _Advice | None:
    row = stumble.at[0]
    if indent := re.match(" *\t", stumble.line(row)):
        return (row, indent.end() - 1), "a tab is used for indentation", "indent with spaces"
    return (stumble.at, "a tab stands here", "write spaces instead") if stumble.sign(stumble.at) == "\t" else None


def _hard_space(stumble: _Stumble) -> _Advice | None:
    """A space copied from a word processor, which YAML takes for a letter."""
    first = min(stumble.began[0], stumble.text[0][0] if stumble.text else stumble.at[0])
    for row in range(first, stumble.at[0] + 1):
        if found := re.search("^ *\u00a0|[:-]\u00a0", stumble.line(row)):
            return (row, found.end() - 1), "a non-breaking space stands here", "replace it with an ordinary space"
    return None


def _closed_quote(stumble: _Stumble) -> _Advice | None:
    """A quoted text that ends before the author meant it to, or only at the next quotation mark."""
    if not stumble.text or not stumble.text[2]:
        return None
    start, end, _ = stumble.text
    between = stumble.line(end[0])[end[1] : stumble.at[1]]
    if end[0] != stumble.at[0] or between.strip() or not stumble.sign(stumble.at):
        return None
    if start[0] < end[0]:
        message = f"the quotation mark opened here is closed only in line {end[0] + 1}"
        return start, message, "close it at the end of its own text"
    hint = "put the whole text in quotes; inside '...', write an apostrophe twice: 'it''s'"
    return stumble.at, "text goes on after the closing quotation mark", hint


def _no_name(stumble: _Stumble) -> _Advice | None:
    before = stumble.line(stumble.at[0])[: stumble.at[1]].rstrip()
    if stumble.sign(stumble.at) == ":" and before[-1:] in ("", "{", "[", ",", "-"):
        return stumble.at, *NO_NAME
    return None


def _missing_or_second_colon(stumble: _Stumble) -> _Advice | None:
    if "could not find expected ':'" in stumble.words:
        return _not_an_entry(stumble, stumble.began)
    in_brackets = "a flow" in stumble.words and stumble.sign(stumble.at) == ":"
    if not in_brackets and "mapping values are not allowed" not in stumble.words:
        return None
    row = stumble.at[0]
    start = stumble.text[0] if stumble.text else stumble.at
    if start[0] == row:
        return stumble.at, "a second ': ' stands in an unquoted value", "put the whole value in quotes"
    if in_brackets:  # the text before ran on into this line: a bracket or comma is missing
        return None
    if not stumble.line(start[0])[: start[1]].strip():
        return _not_an_entry(stumble, start)
    line = stumble.line(row)
    message = f"this line is indented further than line {start[0] + 1}, which already has a value"
    hint = "let it begin in the column of the entries it belongs to; put a text that contains ': ' in quotes"
    return (row, len(line) - len(line.lstrip())), message, hint


def _not_an_entry(stumble: _Stumble, where: _Position) -> _Advice:
    if found := COLON_WITHOUT_SPACE.search(stumble.line(where[0]), where[1]):
        return (where[0], found.start() + 1), *NO_SPACE_AFTER_COLON
    hint = "write ': ' after the name; indent a text that goes on from the line above further than its name"
    return where, "this line is not of the form 'name: value'", hint


def _bracket(stumble: _Stumble) -> _Advice | None:
    """A bracket that is never closed, or never opened."""
    sign = stumble.sign(stumble.at)
    if "a flow" in stumble.words and not sign:  # the end of the file
        message = f"the '{stumble.sign(stumble.opened)}' opened here is never closed"
        return stumble.opened, message, "close the bracket"
    if "a flow" in stumble.words or sign not in ("]", "}", ","):
        return None
    hint = f"delete it, or open the bracket before; if '{sign}' belongs to the text, put the whole text in quotes"
    return stumble.at, f"'{sign}' stands here without an open bracket", hint


# The first pattern found in the parser's words counts; libyaml's and PyYAML's own are covered. The place is where it
# gave up, or where the thing it was reading began; {sign} is the character there, {line} the line where it gave up.
_IN_QUOTES = "put the whole text in quotes"
_WORDS: tuple[tuple[str, bool, str, str], ...] = (  # pattern, whether the place is where it began, message, hint
    (
        "quoted scalar / .*(end of stream|document)",
        True,
        "the quotation mark opened here is never closed",
        "close it with the same quotation mark at the end of the text",
    ),
    (
        "quoted scalar",
        False,
        "a backslash in double quotes must begin a special character, and here it does not",
        "use single quotes, or write the backslash twice",
    ),
    (
        "a flow (sequence|mapping)",
        True,
        "the '{sign}' opened here is not closed, or a comma is missing; noticed in line {line}",
        "close the bracket, put ', ' between its parts, and put texts that contain ': ' or brackets in quotes",
    ),
    (
        "node content",
        False,
        "a value is missing before '{sign}'",
        "write the value; if '{sign}' belongs to the text, " + _IN_QUOTES,
    ),
    (
        "a block scalar",
        True,
        "a value that begins with '{sign}' must go on in the next line",
        "if '{sign}' belongs to the text, " + _IN_QUOTES,
    ),
    (
        "any token|an (anchor|alias) /|a tag /|tag handle|keys are not allowed",
        True,
        "an unquoted text cannot begin with '{sign}'",
        _IN_QUOTES,
    ),
    (
        "directive|YAML document",
        True,
        "a line that begins with '{sign}' is an instruction to YAML, and this one is not understood",
        "delete the line; if '{sign}' belongs to the text, " + _IN_QUOTES,
    ),
    (
        "sequence entries",
        False,
        "a list cannot begin in the line of its name",
        "begin it in the next line; if '-' belongs to the text, " + _IN_QUOTES,
    ),
    (
        "a block collection",
        False,
        "this line does not belong to the list above",
        "begin it with '- ' in the column of the list's other items, or indent it like the lines it belongs to",
    ),
    (
        "a block mapping",
        False,
        "this line does not line up with the entries above",
        "let it begin in the column of the entries it belongs to; give a list a name of its own",
    ),
    (
        "document start",
        False,
        "the file goes on after its end",
        "delete '...', or the brackets around the whole file",
    ),
)


def _by_words(stumble: _Stumble) -> _Advice | None:
    for pattern, at_beginning, message, hint in _WORDS:
        if re.search(pattern, stumble.words):
            where = stumble.began if at_beginning else stumble.at
            words = {"sign": stumble.sign(where), "line": stumble.at[0] + 1}
            return where, message.format(**words), hint.format(**words)
    return None
