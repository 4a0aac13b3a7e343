"""Models mean the same on DuckDB and on Spark: compiled SQL holds only what is on the list.

The list is `tests/dbt/portable/constructs.py`. A copy of the project is compiled once, with models
and macros planted in it that hold what is not on the list.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.coverage import PROJECT, Manifest
from tests.dbt.portable import constructs
from tests.dbt.portable.compiling import pattern_notes
from tests.dbt.portable.guard import Guard, engine_names
from tests.dbt.portable.origins import Line, Marks

PLANTED = "models/intermediate/planted"
INCREMENTAL = "{{ config(materialized='incremental', incremental_strategy='append') }}\n"
ROWS = "with t as (select * from {{ ref('int_text__clean') }} as t)\n"

#: What is forbidden: its name, the text of the construct that the guard names, and SQL of a model
#: in which the line that is to be found ends in `-- here`.
FORBIDDEN = {
    "function": (
        "json_extract()",
        "select\n    source,\n    json_extract(x, 'a') as a -- here\nfrom t",
    ),
    "spark_function": ("get_json_object()", "select get_json_object(x, 'a') as a -- here\nfrom t"),
    "rounding": ("round()", "select round(x, 2) as a -- here\nfrom t"),
    "concat": ("concat()", "select concat(x, y) as a -- here\nfrom t"),
    "average": ("avg()", "select\n    avg(x) as a -- here\nfrom t"),
    "clock": ("current_date()", "select current_date() as a -- here\nfrom t"),
    "count_of_two": ("count(distinct a, b)", "select count(distinct (x, y)) as n -- here\nfrom t"),
    "count_of_nothing": ("count()", "select count() as n -- here\nfrom t"),
    "trim": ("trim", "select trim(x) as a -- here\nfrom t"),
    "trim_of_two": ("trim", "select trim(x, '.') as a -- here\nfrom t"),
    "lower": ("lower", "select lower(x) as a -- here\nfrom t"),
    "upper": ("upper", "select upper(x) as a -- here\nfrom t"),
    "substr_from_0": ("substr from a position", "select substr(x, 0, 2) as a -- here\nfrom t"),
    "substr_from_end": ("substr from a position", "select substr(x, -2) as a -- here\nfrom t"),
    "week": ("extract(week)", "select extract(week from x) as a -- here\nfrom t"),
    "decimal_division": ("a division", "select\n    x / 2.0 as a -- here\nfrom t"),
    "division_by_0": ("a division", "select\n    x / 0 as a -- here\nfrom t"),
    "null_first": ("min_by of what may be null", "select min_by(x, y) as a -- here\nfrom t"),
    "order_in_list": ("string_agg()", "select string_agg(x, ',' order by x) as a -- here\nfrom t"),
    "null_order": (
        "order by x, which may be null",
        "select\n    row_number() over (\n        partition by source\n"
        "        order by x -- here\n    ) as n\nfrom t",
    ),
    "ignore_nulls": (
        "first_value()",
        "select first_value(x ignore nulls) over (order by y desc) as a -- here\nfrom t",
    ),
    "lag_ignore_nulls": (
        "lag ignore nulls",
        "select lag(x ignore nulls) over (order by y desc) as a -- here\nfrom t",
    ),
    "qualify": (
        "qualify",
        "select * from t\nqualify row_number() over (order by source desc) = 1 -- here",
    ),
    "limit": ("limit", "select * from t\nlimit 3 -- here"),
    "distinct_on": ("distinct on", "select\n    distinct on (source) x -- here\nfrom t"),
    "asof": ("asof", "select t.x from t\nasof join t as u on t.x >= u.x -- here"),
    "positional": ("positional", "select t.x from t\npositional join t as u -- here"),
    "semi": ("semi", "select t.x from t\nsemi join t as u on t.x = u.x -- here"),
    "lateral": ("lateral", "select * from t,\nlateral (select t.x) as u -- here"),
    "using": ("using", "select * from t\ninner join t as u using (x) -- here"),
    "by_name": ("columns by name", "select x from t\nunion all by name -- here\nselect x from t"),
    "group_by_all": ("group by all", "select x, count(*) as n from t\ngroup by all -- here"),
    "exclude": ("* exclude", "select\n    * exclude (x) -- here\nfrom t"),
    "except_columns": ("columns by name", "select\n    t.* except (x) -- here\nfrom t"),
    "replace_columns": ("* replace", "select\n    * replace (1 as x) -- here\nfrom t"),
    "columns": ("columns", "select\n    columns('x.*') -- here\nfrom t"),
    "lambda": ("lambda", "select list_filter(x, lambda v: v > 1) as a -- here\nfrom t"),
    "arrow": ("the sign ->", "select\n    x -> 'a' as a -- here\nfrom t"),
    "double_arrow": ("the sign ->>", "select\n    x ->> 'a' as a -- here\nfrom t"),
    "index": ("the sign [", "select\n    x[1] as a -- here\nfrom t"),
    "list": ("the sign [", "select\n    [1, 2] as a -- here\nfrom t"),
    "struct": ("the sign {", "select\n    {'a': 1} as a -- here\nfrom t"),
    "short_cast": ("the sign ::", "select\n    x::string as a -- here\nfrom t"),
    "integer": ("cast to integer", "select\n    cast(x as integer) as a -- here\nfrom t"),
    "varchar": ("cast to varchar", "select\n    cast(x as varchar) as a -- here\nfrom t"),
    "decimal": (
        "cast to decimal(18,2)",
        "select\n    cast(x as decimal(18, 2)) as a -- here\nfrom t",
    ),
    "zoned": ("cast to timestamptz", "select\n    cast(x as timestamptz) as a -- here\nfrom t"),
    "list_type": ("cast to string[]", "select\n    cast(x as string[]) as a -- here\nfrom t"),
    "try_cast": ("try_cast", "select\n    try_cast(x as bigint) as a -- here\nfrom t"),
    "at_time_zone": ("at", "select\n    x at time zone 'UTC' as a -- here\nfrom t"),
    "interval": ("interval", "select\n    x + interval 1 day as a -- here\nfrom t"),
    "ilike": ("ilike", "select * from t\nwhere x ilike 'a%' -- here"),
    "glob": ("glob", "select * from t\nwhere x glob 'a*' -- here"),
    "similar": ("similar", "select * from t\nwhere x similar to 'a.*' -- here"),
    "tilde": ("the sign ~", "select * from t\nwhere x ~ 'a' -- here"),
    "power": ("the sign **", "select\n    x ** 2 as a -- here\nfrom t"),
    "whole_division": ("the sign //", "select\n    x // 2 as a -- here\nfrom t"),
    "two_equals": ("the sign ==", "select * from t\nwhere x == 1 -- here"),
    "null_in_text": ("|| null", "select\n    'a' || null as a -- here\nfrom t"),
    "double_quotes": ('"a" in double quotes', 'select\n    "a" as a -- here\nfrom t'),
    "backslash": ("a backslash in text", "select\n    'a\\\\n' as a -- here\nfrom t"),
    "marked_text": ("text marked by e", "select\n    e'a' as a -- here\nfrom t"),
    "dollar_text": ("the sign $", "select\n    $$a$$ as a -- here\nfrom t"),
    "number": ("the number 1_000", "select\n    1_000 as a -- here\nfrom t"),
    "comma": ("a comma before nothing", "select\n    x, -- here\nfrom t"),
    "from_first": ("from before select", "select * from (\n    from t select x -- here\n) as u"),
    "dot_call": ("lower called by a dot", "select\n    x.lower() as a -- here\nfrom t"),
    "prefix_alias": ("the sign :", "select\n    a: x -- here\nfrom t"),
    "sample": ("using", "select * from t\nusing sample 3 -- here"),
    "pivot": ("pivot", "select * from (\n    pivot t on source using count(*) -- here\n) as u"),
    "table_function": ("table function", "select * from\n    range(3) as r (x) -- here"),
    "materialized": ("unnest()", "select\n    unnest(x) as a -- here\nfrom t"),
    # how it gets there
    "in_jinja": (
        "json_extract()",
        "select\n    {{ \"json_extract(x, 'a')\" }} as a -- here\nfrom t",
    ),
    "in_an_argument": (
        "json_extract()",
        "select *\nfrom t\nwhere\n    {{ regex_test(\"json_extract(x, 'a')\", 'b') }} -- here",
    ),
    "in_an_inner_argument": (
        "try_cast",
        "select * from t\n"
        "where {{ regex_test(regex_group('try_cast(x as string)', 'a', 0), 'b') }} -- here",
    ),
    "after_a_macro": ("the sign [", "select\n    {{ list_at('x', 1) }}[2] as a -- here\nfrom t"),
    "pattern": (
        "a backslash in a pattern",
        "select * from t\nwhere {{ regex_test('x', '\\\\b') }} -- here",
    ),
    "engine": ("target.type", "select 1 as a\n{% if target.type == 'a' %}{% endif %} -- here"),
    "incremental_branch": (
        "qualify",
        "select * from t\n{% if is_incremental() %}\nqualify true -- here\n{% endif %}",
    ),
    "full_branch": (
        "qualify",
        "select * from t\n{% if not is_incremental() %}\nqualify true -- here\n{% endif %}",
    ),
    "in_a_macro": ("json_extract()", "select {{ planted_rule('x') }} as a from t"),
}

MACROS = {
    "macros/rules/planted.sql": """
{% macro planted_rule(value) -%}
    case
        when {{ planted_engine(value) }}
            then json_extract({{ value }}, 'a') -- here
    end
{%- endmacro %}
""",
    # what the engine layer holds is its own affair
    "macros/engine/planted.sql": """
{% macro planted_engine(value) %}
    {{- return(adapter.dispatch('planted_engine')(value)) -}}
{% endmacro %}
{% macro default__planted_engine(value) -%}
    try_cast(list_filter({{ value }}, lambda v: v::int > 0)[1] as boolean)
{%- endmacro %}
""",
}
CONDITION = """models:
  - name: planted_function
    data_tests:
      - holds:
          arguments:
            condition: "json_valid(x)" # here
"""


@dataclass(frozen=True)
class Report:
    folder: Path
    compiled: list[str]
    incremental: list[str]
    findings: list[dict[str, Any]]

    def of(self, *names: str) -> list[dict[str, Any]]:
        """Findings that stand in one of the files or come from there."""
        return [
            finding
            for finding in self.findings
            if any(
                line.rsplit(":", 1)[0].endswith(names)
                for line in (f"{finding['file']}:", *finding["callers"])
            )
        ]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What the guard finds in a copy of the project and what is planted there.

    In a process of its own, for dbt keeps templates.
    """
    folder = tmp_path_factory.mktemp("portable") / "dbt_project"
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns("target", "logs"))
    (folder / PLANTED).mkdir()
    for name, (_, sql) in FORBIDDEN.items():
        config = INCREMENTAL if "is_incremental" in sql else ""
        (folder / PLANTED / f"planted_{name}.sql").write_text(f"{config}{ROWS}{sql}\n")
    for file, text in MACROS.items():
        (folder / file).write_text(text)
    (folder / PLANTED / "planted.yml").write_text(CONDITION)
    path = folder.parent / "report.json"
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WAGEHOUSE_", "SOURCES__", "DBT_"))
    }
    env |= {"WAGEHOUSE_DATA": str(folder.parent), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    result = subprocess.run(
        [sys.executable, "-m", "tests.dbt.portable", str(folder), str(path)],
        cwd=PROJECT.parent,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert path.is_file(), result.stdout + result.stderr
    return Report(folder, **json.loads(path.read_text()))


def line_of(folder: Path, file: str) -> int:
    """The line that ends in `-- here`."""
    lines = (folder / file).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if re.search("(--|#) here", line))


def test_models_and_tests_hold_only_what_is_equal_on_both_engines(report: Report) -> None:
    planted = report.of(
        "planted.sql", "planted.yml", *(f"planted_{name}.sql" for name in FORBIDDEN)
    )
    found = [finding["text"] for finding in report.findings if finding not in planted]
    assert not found, "not on the list of tests/dbt/portable/constructs.py:\n" + "\n".join(found)


def test_every_model_and_data_test_was_read(report: Report, manifest: Manifest) -> None:
    nodes = manifest["nodes"].values()
    names = {node["name"] for node in nodes if node["resource_type"] in ("model", "test")}
    assert names - {"engine_probe"} <= set(report.compiled)
    incremental = {
        node["name"] for node in nodes if node["config"].get("materialized") == "incremental"
    }
    assert incremental <= set(report.incremental)


@pytest.mark.parametrize("name", sorted(set(FORBIDDEN) - {"in_a_macro"}))
def test_forbidden_construct_is_found_where_it_stands(report: Report, name: str) -> None:
    construct, _ = FORBIDDEN[name]
    file = f"{PLANTED}/planted_{name}.sql"
    found = report.of(f"planted_{name}.sql")
    lines = {(one["file"], one["line"]) for one in found if construct in one["construct"]}
    assert lines == {(file, line_of(report.folder, file))}, [one["text"] for one in found]


def test_construct_in_a_macro_is_found_there_and_its_caller_named(report: Report) -> None:
    (found,) = report.of("planted_in_a_macro.sql")
    file = "macros/rules/planted.sql"
    assert (found["file"], found["line"]) == (file, line_of(report.folder, file))
    assert found["callers"] == [f"{PLANTED}/planted_in_a_macro.sql:2"]
    assert "macro json_items" in found["text"]


def test_construct_in_the_condition_of_a_test_is_found(report: Report) -> None:
    file = f"{PLANTED}/planted.yml"
    found = [one for one in report.findings if one["file"] == file]
    assert [(one["construct"], one["line"]) for one in found] == [
        ("json_valid()", line_of(report.folder, file))
    ]


def test_macro_to_use_is_named(report: Report) -> None:
    (found,) = report.of("planted_rounding.sql")
    assert "macro round_half_up" in found["text"]
    (found,) = report.of("planted_clock.sql")
    assert "no model reads a clock" in found["text"]


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard(PROJECT / "macros", frozenset({"k"}))


def found_in(guard: Guard, sql: str) -> list[str]:
    return [one.construct for one in guard.findings(Marks().resolve(sql, Line("a.sql", 1)))]


def test_no_function_of_duckdb_passes_that_is_not_on_the_list(guard: Guard) -> None:
    names = {
        name
        for (name,) in duckdb.execute(
            "select distinct function_name from duckdb_functions()"
        ).fetchall()
        if re.fullmatch(r"[a-z]\w*", name)
    }
    assert len(names) > 500
    for name in sorted(names - set(constructs.FUNCTIONS)):
        assert found_in(guard, f"select {name}(k) as a from t"), name


@pytest.mark.parametrize("name", sorted(constructs.FUNCTIONS))
def test_cases_of_the_list_pass(guard: Guard, name: str) -> None:
    cases = constructs.FUNCTIONS[name].cases
    assert cases
    for case in cases:
        # what depends on where it stands, or on a column
        allowed = ("min_by of what", "max_by of what", "lower", "upper")
        stray = [
            one for one in found_in(guard, f"select {case} as a") if not one.startswith(allowed)
        ]
        assert not stray, case


@pytest.mark.parametrize(
    "order",
    [
        "k",
        "x desc",
        "x nulls last",
        "coalesce(x, '')",
        "case when x = 1 then 0 else 1 end",
        "row_no",
    ],
)
def test_orders_without_nulls_pass(guard: Guard, order: str) -> None:
    assert not found_in(guard, f"select row_number() over (order by {order}) as n from t")


@pytest.mark.parametrize(
    ("pattern", "is_fine"),
    [
        ("^[a-z]+(?: k)?[.,'][0-9]{1,3}$", True),
        ("[$€£₹]|(?:^|[^a-z])", True),
        (r"\bword", False),
        ("(?i)word", False),
        ("a(?=b)", False),
        ("[a[b]", False),
        ("[a-z&&[^b]]", False),
        ("a++", False),
    ],
)
def test_patterns(pattern: str, is_fine: bool) -> None:
    assert bool(pattern_notes("regex_test", {"pattern": pattern})) is not is_fine


def test_replacements_and_date_patterns() -> None:
    assert pattern_notes("regex_replace", {"pattern": "(a)", "replacement": r"\1"})
    assert pattern_notes("date_text", {"pattern": "%d %B %Y"}) == []
    assert pattern_notes("date_text", {"pattern": "%j"})


def test_models_that_name_an_engine_are_found() -> None:
    text = "select 1\nfrom a -- as Spark does\n"
    assert [one.origin.line.number for one in engine_names("a.sql", text)] == [2]
