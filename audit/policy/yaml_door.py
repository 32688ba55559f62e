"""Reads a policy file into a tree that remembers where everything is written, and refuses what a policy never needs.

YAML 1.2 scalars (so `no` and `on` are words, `010` is ten, a date is text); no anchors, aliases, merge keys or tags; no
key twice; limits on size, depth and number of values. Every number keeps the text it was written with.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self

import yaml
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner

from audit.policy.yaml_hints import hint, why

MAX_BYTES: Final = 1_000_000
MAX_NODES: Final = 50_000
MAX_DEPTH: Final = 40

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = frozenset({"true", "True", "TRUE", "false", "False", "FALSE"})
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class Plain(str):
    """The text of a number or of true/false that was written without quotes."""

    __slots__ = ("kind",)
    kind: Literal["number", "bool"]

    def __new__(cls, text: str, kind: Literal["number", "bool"]) -> Self:
        """Keep the text as written, and what YAML takes it for."""
        made = super().__new__(cls, text)
        made.kind = kind
        return made


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file: the name that errors show, the name that reports show, and its lines."""

    name: str
    short: str
    lines: tuple[str, ...] = field(repr=False, default=())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is written; line and column count from 1, `width` is how many characters the caret marks."""

    source: Source
    line: int = 1
    column: int = 1
    width: int = 1

    def __str__(self) -> str:
        """As a report shows it."""
        return f"{self.source.short}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a map: where its key is written, and its value."""

    key: Place
    node: Node


Content = str | None | tuple["Node", ...] | Mapping[str, Entry]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value and where it is written."""

    place: Place
    content: Content


class Refused(Exception):  # noqa: N818  (it is caught at the door, and never seen outside)
    """The text is not a tree that a policy may be; says where and why."""

    def __init__(self, place: Place, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.place, self.message, self.help = place, message, help


class _Events(Reader, Scanner, Parser):
    """The pure Python events of PyYAML, without its composer and constructor."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def read(data: bytes | str, *, name: str, short: str | None = None) -> Node:
    """The tree of one YAML document. Raises Refused with the place and the reason."""
    source = Source(name=name, short=short or name)
    text = _text(data, source)
    source = Source(name=source.name, short=source.short, lines=tuple(_LINE_BREAK.split(text)))
    try:
        return _Tree(source, text).document()
    except yaml.MarkedYAMLError as error:
        raise Refused(_marked(source, error), f"this is not YAML: {why(error)}", hint(error)) from error
    except ReaderError as error:
        place = _at(source, text, error.position)
        raise Refused(place, "a character that a text file does not hold", "delete it") from error
    except (ValueError, OverflowError) as error:  # PyYAML converts some escapes and directives unchecked
        raise Refused(Place(source=source), "this is not YAML: a number or an escape in it is out of range") from error


def _text(data: bytes | str, source: Source) -> str:
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise Refused(Place(source=source), f"{size:,} bytes; a policy has at most {MAX_BYTES:,}", "split it")
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1 if isinstance(data, bytes) else 1
        raise Refused(Place(source=source, line=line), "this is not UTF-8 text", "save the file as UTF-8") from error
    return text.removeprefix("\ufeff")


def _marked(source: Source, error: yaml.MarkedYAMLError) -> Place:
    mark = error.problem_mark or error.context_mark
    if mark is None:  # pragma: no cover - PyYAML always gives one of the two
        return Place(source=source)
    return Place(source=source, line=mark.line + 1, column=mark.column + 1)


def _at(source: Source, text: str, position: int) -> Place:
    before = _LINE_BREAK.split(text[:position])
    return Place(source=source, line=len(before), column=len(before[-1]) + 1)


class _Tree:
    """Builds nodes from events, counting values and depth as it goes."""

    def __init__(self, source: Source, text: str) -> None:
        self.source = source
        self.events: Any = _Events(text)  # PyYAML's events carry no types
        self.seen = 0

    def document(self) -> Node:
        """The single document of the stream."""
        self.events.get_event()  # start of the stream
        if self.events.check_event(yaml.StreamEndEvent):
            raise Refused(Place(source=self.source), "the file is empty", "a policy begins with 'evenhand: 1'")
        self.events.get_event()  # start of the document
        root = self.node(0)
        self.events.get_event()  # end of the document
        if not self.events.check_event(yaml.StreamEndEvent):
            event = self.events.get_event()
            raise Refused(self.place(event), "a second document begins here", "keep one policy in one file")
        return root

    def place(self, event: Any) -> Place:
        """Where an event is; the caret stays on its first line."""
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        return Place(source=self.source, line=start.line + 1, column=start.column + 1, width=max(width, 1))

    def node(self, depth: int) -> Node:
        """The next value, whatever it is."""
        event = self.events.get_event()
        place = self.place(event)
        self.admit(event, place, depth)
        if isinstance(event, yaml.ScalarEvent):
            return Node(place=place, content=_scalar(event, place))
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(place=place, content=tuple(self.items(depth)))
        return Node(place=place, content=self.entries(depth))

    def admit(self, event: Any, place: Place, depth: int) -> None:
        """Refuse what a policy never needs."""
        self.seen += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused(place, "anchors (&) and aliases (*) are not allowed", "write the value out, or use 'extends'")
        if event.tag is not None:
            raise Refused(place, f"tags such as {event.tag!r} are not allowed", "put text in quotes instead")
        if depth > MAX_DEPTH:
            raise Refused(place, f"nested more than {MAX_DEPTH} levels deep", "no policy needs so many")
        if self.seen > MAX_NODES:
            raise Refused(place, f"more than {MAX_NODES:,} values", "split the policy")

    def items(self, depth: int) -> Iterator[Node]:
        """The values of a list."""
        while not self.events.check_event(yaml.SequenceEndEvent):
            yield self.node(depth + 1)
        self.events.get_event()

    def entries(self, depth: int) -> Mapping[str, Entry]:
        """The lines of a map; a key may be there only once."""
        found: dict[str, Entry] = {}
        while not self.events.check_event(yaml.MappingEndEvent):
            plain_merge = self.events.check_event(yaml.ScalarEvent) and self.events.peek_event().implicit[0]
            key = self.node(depth + 1)
            name = _key(key, plain_merge)
            if name in found:
                raise Refused(key.place, f"the key {name!r} is here twice; first on line {found[name].key.line}")
            found[name] = Entry(key=key.place, node=self.node(depth + 1))
        self.events.get_event()
        return found


def _key(key: Node, plain: bool) -> str:
    if not isinstance(key.content, str):
        raise Refused(key.place, "a key has to be text", "put it in quotes")
    if plain and key.content == "<<":
        raise Refused(key.place, "merge keys (<<) are not allowed", "use 'extends'")
    return str(key.content)


def _scalar(event: Any, place: Place) -> str | None:
    text = _paired(event.value)
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
            raise Refused(place, f"the character U+{ord(character):04X} cannot be shown", "delete it")
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return Plain(text, "bool")
    return Plain(text, "number") if _NUMBER.fullmatch(text) else text


def _paired(text: str) -> str:
    """With the two escapes that JSON writes for a character beyond U+FFFF put together; a lone half stays as it is."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def plain(node: Node) -> Any:
    """The bare content, without places."""
    content = node.content
    if isinstance(content, Mapping):
        return {key: plain(entry.node) for key, entry in content.items()}
    return [plain(item) for item in content] if isinstance(content, tuple) else content


def entries(node: Node | None) -> Mapping[str, Entry]:
    """The lines of a map; none if it is something else."""
    return node.content if node is not None and isinstance(node.content, Mapping) else {}


def items(node: Node | None) -> tuple[Node, ...]:
    """The values of a list; none if it is something else."""
    return node.content if node is not None and isinstance(node.content, tuple) else ()


def child(node: Node | None, key: str) -> Node | None:
    """The value under a key, if there is one."""
    entry = entries(node).get(key)
    return entry.node if entry else None


def locate(root: Node, path: tuple[int | str, ...], *, key: bool = False) -> Place:
    """Where a path is written; parts that the file does not have are skipped. `key`: the key rather than the value."""
    node, at = root, root.place
    for part in path:
        entry = entries(node).get(str(part)) if isinstance(part, str) else None
        if entry is not None:
            node, at = entry.node, entry.key
        elif isinstance(part, int) and part < len(items(node)):
            node = items(node)[part]
            at = node.place
    bare = isinstance(node.content, str) and not key
    return node.place if bare else at
