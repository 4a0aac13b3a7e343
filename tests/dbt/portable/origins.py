"""Where each character of compiled SQL was written.

Templates are given marks before they are rendered: one character of a private Unicode plane stands
for a line of a file, others for where a macro's text or an argument starts and ends. From the marks
in the compiled text follows, for each character, the line it was written on, the lines that called
the macro it stands in, and whether the engine layer wrote it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from jinja2 import Environment

#: Folder of the macros that may be spelled as an engine wants it.
ENGINE = "macros/engine/"

_LINES = 0xF0000
_MACROS = 0x100000
_NOTES = 0x108000
_END = 0x110000
_LEAVE, _ARGUMENT, _END_ARGUMENT = "\ue003", "\ue004", "\ue005"
_JINJA = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)


class Line(NamedTuple):
    """A line of a file of the project."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}:{self.number}"

    @property
    def is_engine(self) -> bool:
        return self.file.startswith(ENGINE)


class Origin(NamedTuple):
    """Where a piece of SQL was written, and the calls that led there, innermost first."""

    line: Line
    callers: tuple[Line, ...] = ()

    def __str__(self) -> str:
        return ", called at ".join(str(line) for line in (self.line, *self.callers))


@dataclass
class Resolved:
    """SQL without marks. `starts[i]` is where the text of `origins[i]` begins."""

    sql: str
    starts: list[int]
    origins: list[Origin]
    #: Remarks made while rendering, with the place they are about.
    notes: list[tuple[Origin, str]]

    def origin(self, position: int) -> Origin:
        """Of the character at a position of the SQL."""
        return self.origins[max(0, bisect_right(self.starts, position) - 1)]


@dataclass
class Marks:
    """The marks that were given out, each a character, and what it stands for."""

    lines: list[Line] = field(default_factory=list)
    macros: list[Line] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _known: dict[Line, str] = field(default_factory=dict)

    def line(self, file: str, number: int) -> str:
        line = Line(file, number)
        if line not in self._known:
            self.lines.append(line)
            self._known[line] = chr(_LINES + len(self.lines) - 1)
        return self._known[line]

    def instrument(self, template: str, file: str, first_line: int) -> str:
        """The template with a mark before each of its lines of text and each expression."""
        return "".join(self._marked(template, file, first_line))

    def _marked(self, template: str, file: str, first_line: int) -> Iterator[str]:
        for number, kind, text in _JINJA.lex(template):
            number += first_line - 1
            if kind == "variable_begin":
                yield self.line(file, number) + text
            elif kind == "data":
                for offset, part in enumerate(text.split("\n")):
                    yield "\n" if offset else ""
                    yield self.line(file, number + offset) if part.strip() else ""
                    yield part
            else:
                yield text

    def result(self, text: str, macro: Line, notes: list[str]) -> str:
        """The text that a macro yielded, between marks."""
        self.macros.append(macro)
        told = ""
        for note in notes:
            self.notes.append(note)
            told += chr(_NOTES + len(self.notes) - 1)
        return f"{told}{chr(_MACROS + len(self.macros) - 1)}{text}{_LEAVE}"

    @staticmethod
    def argument(text: str) -> str:
        """SQL that is handed to a macro of the engine layer: it stays its writer's."""
        return f"{_ARGUMENT}{text}{_END_ARGUMENT}"

    @staticmethod
    def is_marked(text: str) -> bool:
        return any(_is_mark(character) for character in text)

    @staticmethod
    def plain(text: str) -> str:
        return "".join(character for character in text if not _is_mark(character))

    def resolve(self, text: str, start: Line) -> Resolved:
        """Take the marks out of compiled text; `start` is where its first character stands."""
        found = Resolved("", [0], [Origin(start)], [])
        current = start
        #: What stands round the text: (is it the engine layer's, the line it returns to).
        frames: list[tuple[bool, Line]] = []
        parts: list[str] = []
        length = 0
        for character in text:
            if not _is_mark(character):
                parts.append(character)
                length += 1
                continue
            code = ord(character)
            if _LINES <= code < _MACROS:
                current = self.lines[code - _LINES]
            elif _MACROS <= code < _NOTES:
                macro = self.macros[code - _MACROS]
                frames.append((macro.is_engine, current))
                current = macro if macro.is_engine else current
            elif code >= _NOTES:
                note = self.notes[code - _NOTES]
                found.notes.append((_origin(current, frames), note))
            elif character == _ARGUMENT:
                outer = current
                for is_engine, line in reversed(frames):
                    if not is_engine:
                        break
                    outer = line
                frames.append((False, current))
                current = outer
            else:
                current = frames.pop()[1]
            origin = _origin(current, frames)
            if origin != found.origins[-1]:
                found.starts.append(length)
                found.origins.append(origin)
        found.sql = "".join(parts)
        return found


def _is_mark(character: str) -> bool:
    return _LINES <= ord(character) < _END or character in (_LEAVE, _ARGUMENT, _END_ARGUMENT)


def _origin(line: Line, frames: list[tuple[bool, Line]]) -> Origin:
    callers = [caller for _, caller in reversed(frames)]
    return Origin(line, tuple(dict.fromkeys(c for c in callers if c != line and not c.is_engine)))
