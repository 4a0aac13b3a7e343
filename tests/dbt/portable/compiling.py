"""dbt's compile, in this process, with marks in the SQL that say where each piece was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dbt.cli.main import dbtRunner
from dbt.clients import jinja as dbt_jinja
from dbt_common.clients import jinja

from tests.dbt.portable.origins import ENGINE, Line, Marks, Resolved

PACKAGE = "wagehouse"
#: Arguments of engine macros that are no SQL.
RAW_ARGUMENTS = frozenset(
    {"alias", "group", "item", "item_no", "path", "paths", "pattern", "replacement", "separator"}
    | {"data_type", "digits", "unit"}
)
_GET_TEMPLATE = jinja.get_template


@dataclass(frozen=True)
class Compiled:
    """A model or data test, compiled."""

    name: str
    kind: str
    is_incremental: bool
    resolved: Resolved


@dataclass
class Compiler:
    """Compiles a project; one a process, for dbt keeps templates."""

    folder: Path
    marks: Marks = field(default_factory=Marks)
    #: Names of columns that a data test says are never null.
    not_null: frozenset[str] = frozenset()
    _incremental: bool = False
    _stack: list[bool] = field(default_factory=list)
    _files: dict[str, str] = field(default_factory=dict)

    def compile(self) -> list[Compiled]:
        """Every model and data test, those that are incremental both ways."""
        with self._patched():
            manifest = self._dbt(None, "parse")
            self.not_null = _not_null(manifest)
            found = self._compiled(manifest, "resource_type:model", "resource_type:test")
            self._incremental = True
            incremental = "config.materialized:incremental,resource_type:model"
            return found + self._compiled(manifest, incremental)

    def _compiled(self, manifest: Any, *selection: str) -> list[Compiled]:
        result = self._dbt(manifest, "compile", "--no-introspect", "--select", *selection)
        return [
            Compiled(
                node.name,
                str(node.resource_type),
                self._incremental,
                self.marks.resolve(node.compiled_code, Line(node.original_file_path, 1)),
            )
            for node in (one.node for one in result.results)
            # The probe is made of nothing but what the engine layer says.
            if str(node.resource_type) in ("model", "test") and node.name != "engine_probe"
        ]

    def _dbt(self, manifest: Any, *arguments: str) -> Any:
        folders = ("--project-dir", str(self.folder), "--profiles-dir", str(self.folder))
        done = dbtRunner(manifest=manifest).invoke(["-q", *arguments, *folders])
        if not done.success:
            failed = [one.message for one in getattr(done.result, "results", []) if one.message]
            raise RuntimeError(f"dbt {arguments[0]}: {done.exception or failed}")
        return done.result

    @contextmanager
    def _patched(self) -> Iterator[None]:
        compiler = self

        def get_template(string: str, ctx: Any, node: Any = None, **options: Any) -> Any:
            if not any(options.values()) and compiler._is_ours(node):
                string = compiler._instrumented(string, node)
            return _GET_TEMPLATE(string, ctx, node, **options)

        def call_macro(generator: Any, *args: Any, **kwargs: Any) -> Any:
            return compiler._call(generator, *args, **kwargs)

        with (
            patch.object(jinja, "get_template", get_template),
            patch.object(dbt_jinja, "get_template", get_template),
            patch.object(dbt_jinja.MacroGenerator, "call_macro", call_macro),
        ):
            yield

    @staticmethod
    def _is_ours(node: Any) -> bool:
        """Is it a template whose text becomes SQL (and not the name of a schema)?"""
        return getattr(node, "package_name", "") == PACKAGE and not node.name.startswith(
            "generate_"
        )

    def _instrumented(self, string: str, node: Any) -> str:
        body = getattr(node, "macro_sql", None) or getattr(node, "raw_code", None)
        if string != body:
            return string
        file = node.original_file_path
        text = self._files.setdefault(file, (self.folder / file).read_text())
        first_line = text[: max(0, text.find(string))].count("\n") + 1
        return self.marks.instrument(string, file, first_line)

    def _in_file(self, value: Any, node: Any) -> Any:
        """A condition that a test is given, marked with its line in the yml."""
        if not isinstance(value, str) or not re.search(r"[\s(]", value):
            return value
        file = node.original_file_path
        lines = self._files.setdefault(file, (self.folder / file).read_text()).splitlines()
        start = value.strip().splitlines()[0][:30]
        number = next((n for n, line in enumerate(lines, 1) if start in line), 1)
        return Marks.argument(self.marks.line(file, number) + value)

    def _call(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a macro: SQL handed to the engine layer and text that comes back get marks."""
        macro = generator.macro
        original = jinja.BaseMacroGenerator.call_macro
        if macro.name == "is_incremental":
            return self._incremental
        if macro.package_name != PACKAGE or macro.name.startswith("generate_"):
            return original(generator, *args, **kwargs)
        is_engine = macro.original_file_path.startswith(ENGINE)
        if macro.name.startswith("test_"):
            kwargs = {n: self._in_file(v, generator.node) for n, v in kwargs.items()}
        notes: list[str] = []
        if is_engine and not (self._stack and self._stack[-1]):
            names = list(generator.get_macro().arguments)
            given = {**dict(zip(names, args, strict=False)), **kwargs}
            notes = pattern_notes(macro.name, given)
            args = tuple(_as_argument(*one) for one in zip(names, args, strict=False))
            kwargs = {name: _as_argument(name, value) for name, value in kwargs.items()}
        self._stack.append(is_engine)
        try:
            result = original(generator, *args, **kwargs)
        finally:
            self._stack.pop()
        if not isinstance(result, str) or not (is_engine or Marks.is_marked(result)):
            return result
        return self.marks.result(result, Line(macro.original_file_path, 0), notes)


def _not_null(manifest: Any) -> frozenset[str]:
    found: set[str] = set()
    for node in manifest.nodes.values():
        metadata = getattr(node, "test_metadata", None)
        if metadata and metadata.name == "columns_not_null":
            found |= set(metadata.kwargs["columns"])
        elif metadata and metadata.name == "not_null":
            found.add(node.column_name)
    return frozenset(found)


def _as_argument(name: str, value: Any) -> Any:
    is_sql = isinstance(value, str) and name not in RAW_ARGUMENTS
    return Marks.argument(value) if is_sql else value


#: What RE2 and Java read in different ways in a pattern, and what to write instead.
PATTERN_TRAPS = {
    r"\\": "a backslash in a pattern: write a class, [0-9] or [.]",
    r"\(\?(?!:)": "a flag or a look-around in a pattern: fold the text first, group by (?:…)",
    r"\[\^?\]?[^\]]*\[": "[ inside a class: Java reads a class in a class",
    r"\[[^\]]*&&": "&& inside a class: Java reads an intersection",
    r"[*+?}]\+": "a possessive quantifier, which is Java's own",
}


def pattern_notes(macro: str, arguments: dict[str, Any]) -> list[str]:
    """What is wrong with the patterns that an engine macro is called with."""
    pattern = Marks.plain(str(arguments.get("pattern", "")))
    if macro == "date_text":
        stray = re.sub("%[YmdBA]|[^%A-Za-z]", "", pattern)
        return [f"{stray} in a date pattern: only %Y, %m, %d, %B, %A"] if stray else []
    notes = [said for trap, said in PATTERN_TRAPS.items() if re.search(trap, pattern)]
    replacement = Marks.plain(str(arguments.get("replacement", "")))
    if "\\" in replacement or "$" in replacement:
        notes.append("a group in a replacement: take the parts by regex_group and join them")
    return notes
