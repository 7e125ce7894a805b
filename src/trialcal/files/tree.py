"""From the bytes of a YAML file to a tree of text with places, and nothing else.

This is a room of its own because it is the only one that meets untrusted bytes and the only one that knows YAML:
what leaves it is at most `MAX_DEPTH` deep, of bounded size, and without tags, aliases or any type but text. So `no`,
`16:30` and `2025-03-01` stay what they say until the language reads them, and later rooms may recurse. The tree is
built from parser events in one loop, since libyaml's `compose` overflows the stack on a few 100 KB of brackets.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from trialcal.files.inputs import note_read
from trialcal.files.stumbles import COLON_WITHOUT_SPACE, NO_NAME, NO_SPACE_AFTER_COLON, explained
from trialcal.problems import MAX_PROBLEMS, Place, Problem

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 1_000_000
MAX_DEPTH = 20  # lists and tables inside each other, the whole file being the first
MAX_NODES = 50_000  # names, values, lists and tables together
MAX_TEXT = 10_000  # characters of one scalar
_WITHOUT_WAITING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # one is not on Windows
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
        with os.fdopen(os.open(path, _WITHOUT_WAITING), "rb") as file:
            data = file.read(limit + 1)  # the size can be wrong: /proc, or a file that grows
        note_read(path)
        if data is None:  # it would have to wait: /proc has such files
            raise BlockingIOError(errno.EAGAIN, "it has nothing to read yet")
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
# Invisible format characters (soft hyphen, zero width, the directions of writing, tags) make a text look like
# another: Unicode Technical Report 36, "Unicode Security Considerations", section 2.
_CONTROL = (
    "[^\t\n\r\x20-\x7e\xa0-\xac\xae-\u061b\u061d-\u180d\u180f-\u200a\u2010-\u2027\u202f-\u205f\u2070-\ud7ff"
    "\ue000-\ufefe\uff00-\ufff8\ufffc\ufffd\U00010000-\U000dffff\U000e0080-\U0010ffff]"
)
_NOT_IN_TEXT = f"{_CONTROL}|[\t\r\n]"
_NOT_IN_BLOCK = f"{_CONTROL}|[\t\r]"
_LINE_ENDS = str.maketrans(dict.fromkeys("\t\r\n", " "))
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
    # Compiling such a pattern takes longer than reading a protocol: printable text, nearly all, needs none.
    if not text.translate(_LINE_ENDS).isprintable() and (found := re.search(_CONTROL, text)):
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
        elif isinstance(top, Text) and COLON_WITHOUT_SPACE.search(top.value):
            self.stop("not-a-table", *NO_SPACE_AFTER_COLON, top.place)
        elif not isinstance(top, Table):
            what = "one text" if isinstance(top, Text) else "a list"
            self.stop("not-a-table", f"the file holds {what}, not entries of the form 'name: value'", hint, top.place)

    def malformed(self, error: Exception, lines: list[str]) -> None:
        """Report where and why the YAML parser gave up, unless the cause stands in the same line and is told."""
        innermost = self.open[-1].place if self.open else Place()
        (line, column), message, hint = explained(error, self.last, innermost, lines)
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
            self.report("yaml-key", *NO_NAME, key.place)
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
        if value.isprintable():
            return value
        unwanted = _NOT_IN_BLOCK if is_block else _NOT_IN_TEXT
        if found := re.search(unwanted, value):
            hint = {"\t": "write spaces instead", "\n": "write it in one paragraph, or as a block after '|'"}
            message = f"{_character_name(found[0])} stands in this text"
            self.report("control-character", message, hint.get(found[0], "delete it"), place)
        return re.sub(unwanted, "\ufffd", value)


def _is_merge(key: Text) -> bool:
    return key.value == "<<" and not key.quoted


def _shown(name: str) -> str:
    """Shorten a name for a path or a message, and make it safe to print."""
    if len(name) <= _SHOWN and name.isprintable() and name:
        return name
    short = name if len(name) <= _SHOWN else name[: _SHOWN - 1] + "…"
    return "".join(c if c.isprintable() else "\ufffd" for c in short) or "''"
