"""From the bytes of a YAML file to a tree of text with places, and nothing else.

This is a room of its own because it is the only one that meets untrusted bytes and the only one that knows YAML:
what leaves it is at most `MAX_DEPTH` deep, of bounded size, and without tags, aliases or any type but text. So `no`,
`16:30` and `2025-03-01` stay what they say until the language reads them, and later rooms may recurse. The tree is
built from parser events in one loop, since libyaml's `compose` overflows the stack on a few 100 KB of brackets.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from trialcal.problems import Place, Problem

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 20  # lists and tables inside each other, the whole file being the first
MAX_NODES = 50_000  # names, values, lists and tables together
MAX_TEXT = 10_000  # characters of one scalar
MAX_PROBLEMS = 100  # nobody reads more, and an attack could make one of every node
_SHOWN = 40  # characters of a name in a path: long names at every level would make paths of megabytes


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, always text; an empty plain scalar is `""`. `quoted`: in quotes, or a block after `|` or `>`."""

    value: str
    place: Place
    quoted: bool


@dataclass(frozen=True, slots=True)
class Items:
    """A list. In `Place.path` its items count from 1: `rules[2]` is the second."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Names with their values, in the file's order. Of duplicate names, already reported, only the first is here."""

    entries: tuple[tuple[Text, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        """Give the value of a name, or None where the name is absent."""
        return next((value for name, value in self.entries if name.value == key), None)


Node: TypeAlias = Text | Items | Table


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> tuple[bytes, tuple[Problem, ...]]:
    """Read a file of at most `limit` bytes. What hinders it is a problem beside empty bytes; nothing is raised."""
    place = Place(str(path))
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            hint = "name a file inside the folder"
            return b"", (Problem("error", "not-a-file", "this is a folder, not a file", hint, place),)
        if not stat.S_ISREG(found.st_mode):  # a pipe could wait for ever, a device never end
            hint = "save the text to a file and name that file"
            return b"", (Problem("error", "not-a-file", "this is a device or a pipe, not a file", hint, place),)
        if found.st_size > limit:
            return b"", (_too_large(place, limit),)
        with path.open("rb") as file:
            data = file.read(limit + 1)  # the size can be wrong: /proc, or a file that grows
    except (FileNotFoundError, NotADirectoryError):
        hint = "check the spelling of the name and of its folder"
        return b"", (Problem("error", "no-such-file", "there is no such file", hint, place),)
    except PermissionError:
        hint = "ask its owner, or copy it to a folder of your own"
        return b"", (Problem("error", "not-readable", "you may not read this file", hint, place),)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = (error.strerror if isinstance(error, OSError) else None) or "its name cannot be a file's"
        hint = "check the name, and that the disk is connected"
        return b"", (Problem("error", "not-readable", f"the file cannot be read: {reason}", hint, place),)
    return (b"", (_too_large(place, limit),)) if len(data) > limit else (data, ())


def _too_large(place: Place, limit: int) -> Problem:
    hint = "check that this is the right file; a protocol takes a few hundred lines"
    return Problem("error", "too-large", f"the file is larger than {limit:,} bytes", hint, place)


def parse(data: bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Turn YAML into a tree whose top is a table, and tell what is wrong, in the file's order.

    The tree is None where the reading had to stop: at a limit, at malformed YAML, at a second document, or where the
    top is no table. It is given beside problems that leave it whole: an alias then stands as the text `*name`, a
    control character as U+FFFD; an anchor or tag is left out, and so is an entry whose name is a duplicate, `<<`,
    empty, a list or a table. Lines and columns count characters from 1; in `Place.path`, list items count from 1 too:
    `rules[2]` is the second. Never raises.
    """
    if len(data) > MAX_BYTES:
        return None, (_too_large(Place(file), MAX_BYTES),)
    text, problem = _decoded(data, file)
    if problem:
        return None, (problem,)
    import yaml  # not above: half of the start-up time of a command that reads no file

    reading = _Reading(file)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.ScalarEvent):
                reading.scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                reading.begin(event, isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                reading.end()
            elif isinstance(event, yaml.AliasEvent):
                reading.alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                reading.document(event)
            if reading.stopped:
                break
            reading.last = event
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible character, as in !%ED%A0%80
        reading.malformed(error, text.splitlines())
    if not reading.stopped:
        reading.check_top()
    return None if reading.stopped else reading.top, tuple(reading.problems)


# --- bytes to text --------------------------------------------------------------------------------------------------

# YAML 1.1 takes U+0085, U+2028 and U+2029 for line breaks, editors do not: places would be wrong from there on.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_TEXT = re.compile(f"{_CONTROL.pattern}|[\t\r\n]")
_NOT_IN_BLOCK = re.compile(f"{_CONTROL.pattern}|[\t\r]")
_CHARACTER_NAMES = {"\t": "a tab", "\n": "a line break", "\r": "a line break", "\0": "an invisible NUL character"}
_UTF16_OR_32 = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def _decoded(data: bytes, file: str) -> tuple[str, Problem | None]:
    if data.startswith(_UTF16_OR_32):
        message = "the file is saved as UTF-16 or UTF-32 ('Unicode'), not as UTF-8"
        return "", Problem("error", "not-utf8", message, "save it again with the encoding UTF-8", Place(file, 1, 1))
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_after(data[: error.start].decode("utf-8").removeprefix("\ufeff"), file)
        message = f"a character here is not in UTF-8 (byte {data[error.start]:#04x})"
        return "", Problem("error", "not-utf8", message, "save the file with the encoding UTF-8", place)
    if found := _CONTROL.search(text):
        hint = "save the file with the encoding UTF-8" if found[0] == "\0" else "delete it and type the text again"
        message = f"{_character_name(found[0])} stands here"
        return "", Problem("error", "control-character", message, hint, _place_after(text[: found.start()], file))
    return text, None


def _place_after(before: str, file: str) -> Place:
    lines = re.split("\r\n|\r|\n", before)
    return Place(file, len(lines), len(lines[-1]) + 1)


def _character_name(character: str) -> str:
    return _CHARACTER_NAMES.get(character) or f"an invisible control character (U+{ord(character):04X})"


# --- events to a tree -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A list or table whose end has not come yet. `key` is a name that waits for its value; `kept` if both stay."""

    place: Place
    is_table: bool
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Text, Node]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # of each name, where it first stands
    key: Text | None = None
    kept: bool = True

    def awaits_key(self) -> bool:
        return self.is_table and self.key is None

    def path_of_value(self) -> str:
        if self.key is not None:
            return self.key.place.path
        return self.place.path if self.is_table else f"{self.place.path}[{len(self.items) + 1}]"

    def finished(self) -> Node:
        return Table(tuple(self.entries), self.place) if self.is_table else Items(tuple(self.items), self.place)


class _Reading:
    """The tree while it grows, event by event: one `_Open` for each level, so that nothing recurses."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[_Open] = []
        self.top: Node | None = None
        self.problems: list[Problem] = []
        self.nodes = 0
        self.stopped = False  # no tree can be given
        self.last: yaml.Event | None = None

    def report(self, code: str, message: str, hint: str, place: Place) -> None:
        if not self.stopped:  # a limit or malformed YAML has the last word
            self.problems.append(Problem("error", code, message, hint, place))

    def stop(self, code: str, message: str, hint: str, place: Place) -> None:
        self.report(code, message, hint, place)
        self.stopped = True

    def place(self, event: yaml.Event, name: str | None = None) -> Place:
        """Tell where a node begins; `name` is its text where it may be a table's name."""
        mark = event.start_mark
        assert mark is not None  # every event of a parser has one
        if not self.open:
            return Place(self.file, mark.line + 1, mark.column + 1)
        parent = self.open[-1]
        path = parent.path_of_value()
        if name is not None and parent.awaits_key():
            path = f"{path}.{_shown(name)}" if path else _shown(name)
        return Place(self.file, mark.line + 1, mark.column + 1, path)

    def document(self, event: yaml.DocumentStartEvent) -> None:
        if self.top is not None:
            hint = "keep one, and put the rest into files of their own; '---' begins a new document"
            self.stop("many-documents", "a second document begins here", hint, self.place(event))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        value = event.value
        place = self.place(event, value)
        self.count(place)
        self.refuse_properties(event, event.tag, place)
        if len(value) > MAX_TEXT:
            message = f"this text is {len(value):,} characters long; at most {MAX_TEXT:,} are read"
            self.stop("too-long", message, "shorten it, or check that a quotation mark is closed", place)
        if not value.isprintable():  # quick, and almost always enough
            value = self.without_control_characters(value, event.style in ("|", ">"), place)
        self.attach(Text(value, place, bool(event.style)))

    def begin(self, event: yaml.CollectionStartEvent, is_table: bool) -> None:
        place = self.place(event)
        self.count(place)
        self.refuse_properties(event, event.tag, place)
        if self.open and self.open[-1].awaits_key() and not any(outer.awaits_key() for outer in self.open[:-1]):
            hint = "write a plain text before ':'; if the bracket belongs to a text, put the whole text in quotes"
            self.report("yaml-key", f"a {'table' if is_table else 'list'} cannot be a name", hint, place)
        if len(self.open) == MAX_DEPTH:
            message = f"more than {MAX_DEPTH} lists and tables stand inside each other here"
            self.stop("too-deep", message, "put fewer levels inside each other; check the indentation", place)
        self.open.append(_Open(place, is_table))

    def end(self) -> None:
        self.attach(self.open.pop().finished())

    def alias(self, event: yaml.AliasEvent) -> None:
        written = f"*{event.anchor}"
        text = Text(written, self.place(event, written), False)
        self.count(text.place)
        parent = self.open[-1] if self.open else None
        if not (parent and parent.key and _is_merge(parent.key)):  # the merge is reported already
            message = f"'{_shown(written)}' is a YAML alias, which is not read"
            hint = "write the value out again; if '*' belongs to the text, put the whole text in quotes"
            self.report("yaml-alias", message, hint, text.place)
        self.attach(text)

    def check_top(self) -> None:
        """Require that the whole file is one table."""
        top, hint = self.top, "write lines of the form 'name: value', for example 'id: cc312'"
        if top is None or (isinstance(top, Text) and not top.value and not top.quoted):
            self.stop("empty-file", "the file is empty", hint, Place(self.file, 1, 1))
        elif isinstance(top, Text) and _NO_SPACE.search(top.value):
            self.stop("not-a-table", *_NO_SPACE_ADVICE, top.place)
        elif not isinstance(top, Table):
            what = "one text" if isinstance(top, Text) else "a list"
            self.stop("not-a-table", f"the file holds {what}, not entries of the form 'name: value'", hint, top.place)

    def malformed(self, error: Exception, lines: list[str]) -> None:
        """Report where and why the YAML parser gave up, unless the cause stands in the same line and is told."""
        innermost = self.open[-1].place if self.open else Place()
        (line, column), message, hint = _explained(_stumble(error, self.last, innermost, lines))
        causes = ("yaml-alias", "yaml-anchor", "yaml-tag")
        if line + 1 not in {problem.place.line for problem in self.problems if problem.code in causes}:
            self.report("yaml-malformed", message, hint, Place(self.file, line + 1, column + 1, innermost.path))
        self.stopped = True

    def count(self, place: Place) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"the file has more than {MAX_NODES:,} names and values; reading stops here"
            self.stop("too-many", message, "check that this is the right file", place)
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"reading stops here, after {MAX_PROBLEMS} problems"
            self.stop("too-many", message, "correct those first, then check the file again", place)

    def attach(self, node: Node) -> None:
        if not self.open:
            self.top = node
            return
        parent = self.open[-1]
        if not parent.is_table:
            parent.items.append(node)
        elif parent.key is None:
            parent.key = node if isinstance(node, Text) else Text("", node.place, False)
            parent.kept = isinstance(node, Text) and self.accept_key(node, parent)
        else:
            if parent.kept:
                parent.entries.append((parent.key, node))
            parent.key = None

    def accept_key(self, key: Text, table: _Open) -> bool:
        """Tell whether a name is new and usable; report it where it is not."""
        if _is_merge(key):
            self.report("yaml-merge", "'<<' (a YAML merge key) is not read", "write the entries out here", key.place)
        elif not key.value:
            self.report("yaml-key", *_NO_NAME_ADVICE, key.place)
        elif key.value in table.lines:
            message = f"'{_shown(key.value)}' stands here again; it is already in line {table.lines[key.value]}"
            hint = "keep one of the two; the first is read"
            self.report("duplicate-key", message, hint, key.place)
        else:
            table.lines[key.value] = key.place.line
            return True
        return False

    def refuse_properties(self, event: yaml.NodeEvent, tag: str | None, place: Place) -> None:
        """Report an anchor (`&name`) or a tag (`!name`) before a value."""
        if event.anchor is not None:
            hint = "delete it; if '&' belongs to the text, put the whole text in quotes"
            self.report("yaml-anchor", f"'&{_shown(event.anchor)}' is a YAML anchor, which is not read", hint, place)
        if tag is not None:
            written = re.sub("^tag:yaml.org,2002:", "!!", tag)
            hint = "delete it, every value is read as it is written; if '!' belongs to the text, put it in quotes"
            self.report("yaml-tag", f"'{_shown(written)}' is a YAML tag, which is not read", hint, place)

    def without_control_characters(self, value: str, is_block: bool, place: Place) -> str:
        """Report what no terminal or calendar should get, and put U+FFFD in its place."""
        unwanted = _NOT_IN_BLOCK if is_block else _NOT_IN_TEXT
        if found := unwanted.search(value):
            hint = {"\t": "write spaces instead", "\n": "write it in one paragraph, or as a block after '|'"}
            message = f"{_character_name(found[0])} stands in this text"
            self.report("control-character", message, hint.get(found[0], "delete it"), place)
        return unwanted.sub("\ufffd", value)


def _is_merge(key: Text) -> bool:
    return key.value == "<<" and not key.quoted


def _shown(name: str) -> str:
    """Shorten a name for a path or a message, and make it safe to print."""
    if len(name) <= _SHOWN and name.isprintable() and name:
        return name
    short = name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in short) or "''"


# --- what the parser says, in plain words ---------------------------------------------------------------------------

_Position = tuple[int, int]  # line and column, from 0
_Advice = tuple[_Position, str, str]  # where, message, hint
_NO_NAME_ADVICE = ("there is no name before ':'", "write 'name: value'")
_NO_SPACE = re.compile(r"\w:\S")
_NO_SPACE_ADVICE = ("a space is missing after ':'", "write 'name: value', with a space after ':'")


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


def _explained(stumble: _Stumble) -> _Advice:
    """Find the frequent mistake behind a stumble by the source text first, then by the parser's words."""
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
        return stumble.at, *_NO_NAME_ADVICE
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
    if found := _NO_SPACE.search(stumble.line(where[0]), where[1]):
        return (where[0], found.start() + 1), *_NO_SPACE_ADVICE
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
