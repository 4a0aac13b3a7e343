"""SQL as words and signs, each with its position."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<number>\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>::|\|\||->>|->|:=|=>|!=|<>|<=|>=|==|//|\*\*|.)""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def has(self, *texts: str) -> bool:
        """Is it one of these words or signs?"""
        return self.kind in ("word", "sign") and self.text.lower() in texts


#: Stands before the first token and after the last.
NOTHING = Token("", "", 0)


def tokens(sql: str) -> list[Token]:
    """The tokens of a statement, less space and comments."""
    found = (Token(str(match.lastgroup), match[0], match.start()) for match in _TOKEN.finditer(sql))
    return [token for token in found if token.kind != "skip"]


def closing(found: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at an index."""
    depth = 0
    for index in range(opening, len(found)):
        depth += found[index].has("(") - found[index].has(")")
        if depth == 0:
            return index
    return len(found) - 1


def top_level(found: Sequence[Token], opening: int) -> Iterator[int]:
    """The indexes of what stands in a bracket but in no further one."""
    depth = 0
    for index in range(opening, closing(found, opening)):
        depth -= found[index].has(")")
        if depth == 1:
            yield index
        depth += found[index].has("(")
