"""Finds in compiled SQL what does not mean the same on DuckDB and on Spark."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from tests.dbt.portable import constructs
from tests.dbt.portable.origins import Line, Origin, Resolved
from tests.dbt.portable.sql import NOTHING, Token, closing, tokens, top_level

_NOWHERE = 2**63


class Finding(NamedTuple):
    """What was found where, and what to do instead."""

    origin: Origin
    construct: str
    instead: str

    def __str__(self) -> str:
        return f"{self.origin}: {self.construct}: {self.instead}"


@dataclass
class Guard:
    """Reads statements. `not_null` holds names of columns that a test says are never null."""

    macros: Path
    not_null: frozenset[str] = frozenset()
    _duckdb: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def findings(self, statement: Resolved) -> list[Finding]:
        """All of a statement, each once, in their order."""
        found = [Finding(origin, note, "see rule 4 of authors") for origin, note in statement.notes]
        return list(dict.fromkeys([*found, *self._words(statement), *self._tree(statement)]))

    # ---- words and signs, for what the tree does not show or has no place for -----------------

    def _words(self, statement: Resolved) -> Iterator[Finding]:
        found = tokens(statement.sql)
        for index, token in enumerate(found):
            origin = statement.origin(token.start)
            if origin.line.is_engine:
                continue
            before = found[index - 1] if index else NOTHING
            after = found[index + 1] if index + 1 < len(found) else NOTHING
            third = found[index + 2] if index + 2 < len(found) else NOTHING
            for construct, instead in self._around(before, token, after, third):
                yield Finding(origin, construct, instead)
            if token.has("cast") and after.has("("):
                kind = _cast_to(found, index + 1)
                if kind not in constructs.TYPES:
                    yield Finding(origin, f"cast to {kind}", _one_of(constructs.TYPES))

    def _around(
        self, before: Token, token: Token, after: Token, third: Token
    ) -> Iterator[tuple[str, str]]:
        """What a token is in view of its neighbours: (construct, instead)."""
        word = token.text.lower()
        if token.kind == "word" and word in self._reserved - constructs.WORDS:
            yield word, self._instead(word, "not on the list of words that Spark reads alike")
        elif token.kind == "sign" and token.text not in constructs.SIGNS:
            yield f"the sign {token.text}", _SIGNS.get(token.text, "not in Spark's grammar")
        elif token.kind == "quoted" and not (before.has(".") or after.has(".")):
            yield f"{token.text} in double quotes", "'…' for text, plain names for columns"
        elif token.kind == "string" and "\\" in token.text:
            yield "a backslash in text", "Spark reads it as an escape: build it by chr()"
        elif token.kind == "number" and "_" in token.text:
            yield f"the number {token.text}", "write it without _"
        if token.kind == "word" and after.kind == "string" and after.start == token.end:
            yield f"text marked by {token.text}", "plain text in single quotes"
        if token.has("interval") and (after.has("(") or after.kind in ("number", "string")):
            yield "interval", self._instead("interval", "")
        if token.has("||") and (before.has("null") or after.has("null")):
            yield "|| null", "it is null: coalesce before joining text"
        if token.has("distinct") and after.has("on"):
            yield "distinct on", "row_number in a CTE, and its first row"
        if token.has("by") and after.has("all"):
            yield f"{before.text} by all".lower(), "name the columns"
        if (token.has("union", "all") and after.has("by")) or (
            token.has("except") and after.has("(") and before.has("*")
        ):
            yield "columns by name", "list the columns in their order"
        if token.has("*") and after.has("exclude", "replace", "rename"):
            yield f"* {after.text}", "list the columns"
        if token.has(",") and (after.has(*_CLAUSES) or after.has(")")):
            yield "a comma before nothing", "take it out"
        if token.has("from") and (before.has("(") or before is NOTHING):
            yield "from before select", "select … from …"
        if token.has(".") and after.kind == "word" and third.has("("):
            yield f"{after.text} called by a dot", f"{after.text}(…)"
        if token.has("count") and after.has("(") and third.has(")"):
            yield "count()", "count(*)"

    # ---- DuckDB's own syntax tree ---------------------------------------------------------------

    def _tree(self, statement: Resolved) -> Iterator[Finding]:
        row = self._duckdb.execute(
            "select json_serialize_sql(cast(? as varchar))", [statement.sql]
        ).fetchone()
        assert row is not None
        tree = json.loads(row[0])
        if tree["error"]:
            origin = statement.origin(0)
            yield Finding(origin, tree["error_message"], "DuckDB cannot read it")
            return
        yield from self._visit(tree["statements"], _Text(statement))

    def _visit(self, node: Any, text: _Text) -> Iterator[Finding]:
        if isinstance(node, list):
            for item in node:
                yield from self._visit(item, text)
        elif isinstance(node, dict):
            place = node.get("query_location", _NOWHERE)
            if place < _NOWHERE:
                position = text.position(place)
                origin = text.statement.origin(position)
                if not origin.line.is_engine:
                    source = text.statement.sql[position:]
                    for construct, instead in self._node(node, source, origin.line):
                        yield Finding(origin, construct, instead)
                    for order in node.get("orders") or []:
                        yield from self._order(order, text, origin)
            for value in node.values():
                yield from self._visit(value, text)

    def _node(self, node: Mapping[str, Any], source: str, line: Line) -> Iterator[tuple[str, str]]:
        """What is wrong with one node, which is written as `source` begins, on that line."""
        kind, type_ = node.get("class"), str(node.get("type"))
        if kind is None:
            if type_ not in constructs.RELATIONS:
                yield type_.lower().replace("_", " "), "no such relation in Spark: write a CTE"
            if type_ == "JOIN" and node["ref_type"] not in ("REGULAR", "CROSS"):
                yield f"{node['ref_type'].lower()} join", "row_number or max_by in a CTE"
        elif kind not in constructs.EXPRESSIONS:
            yield kind.lower().replace("_", " "), "not on the list of expressions"
        elif kind == "OPERATOR" and type_ not in constructs.OPERATORS:
            yield type_.lower().replace("_", " "), "not on the list of operators"
        elif kind == "STAR" and (node.get("columns") or node.get("exclude_list")):
            yield "a choice of columns by a star", "list the columns"
        elif kind in ("FUNCTION", "WINDOW"):
            yield from self._function(node, source, line)

    def _function(
        self, node: Mapping[str, Any], source: str, line: Line
    ) -> Iterator[tuple[str, str]]:
        written = re.match(r"[^\W\d]\w*", source)
        is_sign = node.get("is_operator") or written is None
        name = str(node["function_name"] if is_sign else written[0].lower())  # type: ignore[index]
        arguments = node.get("children") or []
        equal = constructs.FUNCTIONS.get(name)
        if equal is None:
            yield f"{name}()", self._instead(name, "not on the list: a macro of macros/engine")
            return
        note = f"only {equal.note}"
        start = tokens(source[:80])
        if name == "trim" and not start[2].has("both"):
            yield "trim", note
        if name in ("lower", "upper") and not line.file.startswith("macros/rules/"):
            yield name, note
        if name == "substr" and any(_is_below_one(one) for one in arguments[1:2]):
            yield "substr from a position below 1", note
        if name == "extract" and start[2].text.lower() not in constructs.PARTS:
            yield f"extract({start[2].text})", note
        if name == "/" and (any(_is_decimal(one) for one in arguments) or _is_zero(arguments[1])):
            yield "a division", note
        if name in ("min_by", "max_by") and not (node.get("filter") or self._is_set(arguments[0])):
            yield f"{name} of what may be null", note
        if node.get("distinct") and (len(arguments) > 1 or _is_row(arguments)):
            yield f"{name}(distinct a, b)", "count the rows of a CTE that groups by them"
        if node.get("ignore_nulls"):
            yield f"{name} ignore nulls", "a CTE without the nulls"
        # percentile_cont leaves nulls out on both.
        if name != "percentile_cont" and (node.get("order_bys") or {}).get("orders"):
            yield f"{name}(… order by)", "macro joined_distinct"

    def _order(self, order: Mapping[str, Any], text: _Text, origin: Origin) -> Iterator[Finding]:
        """An item of a window's order: DuckDB sorts nulls last, Spark first."""
        item = order["expression"]
        is_up = order["type"] != "DESCENDING" and order["null_order"] == "ORDER_DEFAULT"
        if is_up and not self._is_set(item):
            name = ".".join(item.get("column_names", [])) or "an expression"
            place = item.get("query_location", _NOWHERE)
            if place < _NOWHERE:
                origin = text.statement.origin(text.position(place))
            instead = "coalesce it, or say nulls last"
            yield Finding(origin, f"order by {name}, which may be null", instead)

    def _is_set(self, node: Mapping[str, Any]) -> bool:
        """Is an expression never null, as far as one can see?"""
        if node["class"] == "COLUMN_REF":
            name = node["column_names"][-1]
            # what counts from 1 within something is never null
            return name in self.not_null or name.endswith("_no")
        if node["class"] == "CASE":
            return all(
                self._is_set(one)
                for one in [
                    *(check["then_expr"] for check in node["case_checks"]),
                    node["else_expr"],
                ]
            )
        if node["class"] == "CONSTANT":
            return not node["value"]["is_null"]
        if node["class"] == "OPERATOR":
            last = node["children"][-1]
            return node["type"] != "OPERATOR_COALESCE" or self._is_set(last)
        children = node.get("children", [])
        return bool(children) and all(self._is_set(child) for child in children)

    @cached_property
    def _reserved(self) -> frozenset[str]:
        """Words that DuckDB's grammar keeps for itself, those before functions and tables too."""
        rows = self._duckdb.execute(
            "select keyword_name from duckdb_keywords()"
            " where keyword_category in ('reserved', 'type_function')"
        ).fetchall()
        return frozenset(name for (name,) in rows)

    def _instead(self, name: str, otherwise: str) -> str:
        if name in constructs.INSTEAD:
            return constructs.INSTEAD[name]
        macros = sorted(macro for macro, body in self._bodies.items() if f"{name}(" in body)
        return f"macro {' or '.join(macros)}" if macros else otherwise

    @cached_property
    def _bodies(self) -> dict[str, str]:
        """What the macros of the engine layer become on DuckDB, by name."""
        text = "".join(path.read_text() for path in sorted(self.macros.glob("engine/*.sql")))
        found = re.findall(r"{% macro default__(\w+)(.*?){%-? *endmacro", text, re.DOTALL)
        return {name: body.lower() for name, body in found}


class _Text:
    """A statement whose tree speaks of bytes."""

    def __init__(self, statement: Resolved) -> None:
        self.statement = statement
        self._ends = list(accumulate(len(character.encode()) for character in statement.sql))

    def position(self, byte: int) -> int:
        return bisect_right(self._ends, byte)


_CLAUSES = ("from", "where", "group", "having", "order", "union", "limit")
_SIGNS = {
    "::": "cast(… as …)",
    "[": "macro list_at, or a macro that makes lists",
    "]": "macro list_at, or a macro that makes lists",
    "->": "macro json_text",
    "->>": "macro json_text",
    "//": "floor(a / b)",
    "**": "a product",
    "^": "a product",
    "==": "=",
    "%": "a - b * floor(a / b)",
    "~": "macro regex_test",
}


def _cast_to(found: list[Token], opening: int) -> str:
    """The type in `cast(… as type)`."""
    end = closing(found, opening)
    start = max((i for i in top_level(found, opening) if found[i].has("as")), default=end)
    return "".join(token.text for token in found[start + 1 : end]).lower()


def _one_of(names: frozenset[str]) -> str:
    return "one of " + ", ".join(sorted(names))


def _constant(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(node["value"]) if node["class"] == "CONSTANT" else {}


def _is_decimal(node: Mapping[str, Any]) -> bool:
    return bool(_constant(node)) and _constant(node)["type"]["id"] == "DECIMAL"


def _is_zero(node: Mapping[str, Any]) -> bool:
    return bool(_constant(node)) and not _constant(node).get("value")


def _is_below_one(node: Mapping[str, Any]) -> bool:
    value = _constant(node).get("value")
    is_negative = node["class"] == "FUNCTION" and node["function_name"] == "-"
    return (isinstance(value, int) and value < 1) or (is_negative and len(node["children"]) == 1)


def _is_row(arguments: list[Mapping[str, Any]]) -> bool:
    return any(one.get("function_name") == "row" for one in arguments)


#: Words that would make a model one of an engine.
_ENGINE_NAMES = re.compile(
    r"\b(spark|duckdb|target[.](?:name|type)|adapter[.]\w+)\b", re.IGNORECASE
)


def engine_names(file: str, text: str) -> Iterator[Finding]:
    """Lines of a model, or of a macro outside the engine layer, that speak of an engine."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in _ENGINE_NAMES.finditer(line):
            instead = "only macros/engine names one"
            yield Finding(Origin(Line(file, number)), match[0], instead)
