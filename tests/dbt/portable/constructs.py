"""The list: what means the same on DuckDB and on Spark, and what to write instead of the rest.

`tests/spark/test_functions.py` runs the cases of every function and operator on both engines. What
the list cannot see is the type of a column (`cast(double as string)` differs) and whether the
first argument of max_by is ever null; the parity test compares rows.
"""

from __future__ import annotations

from typing import NamedTuple


class Equal(NamedTuple):
    """A function or operator that is equal on both engines: on what terms, and cases to show it."""

    cases: tuple[str, ...]
    note: str = ""


def over(expression: str, rows: str) -> str:
    """A case over a few rows: a query, put in brackets."""
    return f"(select {expression} from (values {rows}) as t (k, x, y))"


def numbered(window: str) -> str:
    """A case of a window: every row's key beside its value, summed up."""
    rows = f"select k, {window} as n from (values {ROWS}) as t (k, x, y)"
    return f"(select sum(k * 10 * coalesce(n, 7)) from ({rows}) as numbered)"


#: Rows (key, text, number), nulls among them.
ROWS = "(1, 'a', 2.5e0), (2, 'é', null), (3, cast(null as string), -1e0), (4, 'b', 1e15)"
_TIMES = "cast('2024-02-29 23:59:59.123456' as timestamp)"

FUNCTIONS: dict[str, Equal] = {
    # text
    "lower": Equal(("lower('AbÉÜŁ 1')",), "in macros fold and fold_name: İ and a last Σ differ"),
    "upper": Equal(("upper('abé 1')",), "in macros, of codes: ß and ﬁ differ"),
    "length": Equal(("length('héllo')", "length('')", "length(cast(null as string))")),
    "substr": Equal(
        (
            "substr('héllo', 2, 3)",
            "substr('abc', 1, 10)",
            "substr('abc', 5, 2)",
            "substr('abc', 2)",
            "substr('abc', 1, 0)",
            "substr('€5 ✓', 2, 2)",
        ),
        "from position 1 on",
    ),
    "replace": Equal(("replace('a,b,c', ',', '')", "replace('aaa', 'a', 'aa')")),
    "translate": Equal(("translate('abcé€', 'aé€', 'xe$')",)),
    "trim": Equal(
        (
            "trim(both ' ' from '  a b ')",
            "trim(both ' x' from ' xax　 ')",
            "trim(both ' ' from '')",
            "trim(both chr(10) || ' ' from chr(10) || ' a ')",
        ),
        "as trim(both … from …): of one argument DuckDB takes all kinds of space, Spark one;"
        " trim(a, b) is Spark's trim(b, a)",
    ),
    "concat_ws": Equal(
        (
            "concat_ws(',', 'a', cast(null as string), 'b')",
            "concat_ws(',', '', 'b')",
            "concat_ws(',', cast(null as string))",
        ),
        "leaves nulls out",
    ),
    "md5": Equal(("md5('é:1')", "md5('')", "md5(cast(null as string))")),
    "chr": Equal(("chr(10)", "chr(65)"), "of ASCII: Spark takes n modulo 256"),
    "||": Equal(("'a' || 'é'", "'a' || cast(null as string)", "'' || ''")),
    "~~": Equal(("'abc' like '%b_'", "'a%c' like 'a%'", "cast(null as string) like '%'")),
    "!~~": Equal(("'abc' not like '%b_'", "'abc' not like '%d%'")),
    # numbers
    "+": Equal(("1 + 2", "1.5e0 + 2", "cast(3 as bigint) + 4")),
    "-": Equal(("1 - 2", "1.5e0 - 2", "-(3e0)", "- 4")),
    "*": Equal(("3 * 4", "1.1e0 * 3", "1e200 * 1e100")),
    "/": Equal(
        ("7 / 2", "7e0 / 2", "-7 / 2", "1e0 / 3", "cast(7 as bigint) / 2e0", "0e0 / 5"),
        "by what is not 0, and never of a decimal (2.0): Spark keeps six digits",
    ),
    "floor": Equal(
        ("floor(2.5e0)", "floor(-2.5e0)", "floor(1.005e0 * 1e2 + 0.5) / 1e2"),
        "rounding is the macro round_half_up",
    ),
    "sqrt": Equal(("sqrt(2e0)", "sqrt(16)")),
    "greatest": Equal(("greatest(1, 3, 2)", "greatest('a', 'é')", "greatest(1, null)")),
    "least": Equal(("least(1, 3, 2)", "least('a', 'é')", "least(1, null)")),
    "nullif": Equal(("nullif('a', 'a')", "nullif(1, 2)", "nullif(cast(null as string), '')")),
    # times
    "date_trunc": Equal(
        (f"cast(date_trunc('month', {_TIMES}) as date)", f"date_trunc('day', {_TIMES})")
    ),
    "extract": Equal(
        tuple(f"extract({part} from {_TIMES})" for part in ("year", "quarter", "month", "day")),
        "of year, quarter, month, day",
    ),
    # aggregates and windows
    "count": Equal(
        tuple(
            over(expression, ROWS)
            for expression in ("count(*)", "count(x)", "count(distinct x)", "count(distinct y)")
        )
    ),
    "sum": Equal(
        (over("sum(y)", ROWS), over("sum(k)", ROWS), over("sum(y) filter (where k > 9)", ROWS)),
        "of bigint, or of doubles that stand for whole cents",
    ),
    "min": Equal((over("min(x)", ROWS), over("min(y)", ROWS), over("min(k > 1)", ROWS))),
    "max": Equal((over("max(x)", ROWS), over("max(y)", ROWS), over("max(k > 1)", ROWS))),
    "min_by": Equal(
        (over("min_by(k, x)", ROWS), over("min_by(x, y)", "(1, 'a', 1), (2, 'b', null)")),
        "of a first argument that is never null: DuckDB skips it, Spark does not",
    ),
    "max_by": Equal(
        (over("max_by(k, x)", ROWS), over("max_by(x, y)", "(1, 'a', 1), (2, 'b', null)")),
        "of a first argument that is never null: DuckDB skips it, Spark does not",
    ),
    "bool_and": Equal((over("bool_and(k > 0)", ROWS), over("bool_and(y > 0)", ROWS))),
    "bool_or": Equal((over("bool_or(k > 3)", ROWS), over("bool_or(y > 1e20)", ROWS))),
    "percentile_cont": Equal(
        (
            over("percentile_cont(0.5) within group (order by y)", ROWS),
            over("percentile_cont(0.25) within group (order by y)", ROWS),
        ),
        "over a double",
    ),
    "row_number": Equal((numbered("row_number() over (order by k desc)"),), "in a total order"),
    "lag": Equal((numbered("lag(k) over (order by k)"),)),
    "lead": Equal((numbered("lead(k, 2) over (order by k)"),)),
}

#: What to write instead; other functions of the engine layer are found by its macros.
INSTEAD = {
    "round": "macro round_half_up",
    "ceil": "-floor(-x)",
    "concat": "|| with coalesce, or concat_ws",
    "strpos": "macro regex_test or text_parts",
    "log": "ln",
    "interval": "macro add_days or add_months",
    "at": "macro utc",
    "string_agg": "macro joined_distinct",
    "list": "macro joined_distinct",
    "array_agg": "macro joined_distinct",
    "median": "percentile_cont(0.5) within group (order by x)",
    "quantile_cont": "percentile_cont(…) within group (order by x)",
    "avg": "sums of whole cents over a count, by macro ratio",
    "approx_count_distinct": "count(distinct x)",
    "now": "the column as_of: no model reads a clock",
    "current_date": "the column as_of: no model reads a clock",
    "current_timestamp": "the column as_of: no model reads a clock",
    "today": "the column as_of: no model reads a clock",
    "random": "a column of the data",
    "uuid": "macro entity_key",
    "if": "case",
    "dayofweek": "macro iso_weekday",
    "date_part": "extract(… from …)",
    "strptime": "macro iso_timestamp",
    "to_timestamp": "macro iso_timestamp",
    "ilike": "lower and like",
    "glob": "like",
    "similar": "macro regex_test",
}

#: Words of DuckDB's grammar, reserved there, that mean the same in Spark. Others are refused.
WORDS = frozenset(
    {"all", "and", "as", "asc", "between", "both", "by", "case", "cast", "cross", "desc"}
    | {"distinct", "else", "end", "except", "false", "from", "full", "group", "having", "in"}
    | {"inner", "intersect", "is", "join", "left", "like", "not", "null", "on", "or", "order"}
    | {"outer", "select", "then", "true", "union", "when", "where", "with"}
)

#: Signs that mean the same; `::`, `[`, `{`, `->`, `//`, `^`, `==` and what else there is do not.
SIGNS = frozenset(
    {"(", ")", ",", ".", "+", "-", "*", "/", "=", "!=", "<>", "<", ">", "<=", ">=", "||"}
)

#: Types a value is cast to.
TYPES = frozenset({"string", "bigint", "double", "date", "timestamp", "boolean"})

#: Parts that `extract` takes: of others (week, dow) each engine has its own idea.
PARTS = frozenset({"year", "quarter", "month", "day"})

#: Kinds of expressions and of relations in DuckDB's syntax tree that Spark has too.
EXPRESSIONS = frozenset(
    {"BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION"}
    | {"OPERATOR", "STAR", "SUBQUERY", "WINDOW"}
)
OPERATORS = frozenset(
    {
        "COMPARE_IN",
        "COMPARE_NOT_IN",
        "OPERATOR_COALESCE",
        "OPERATOR_IS_NULL",
        "OPERATOR_IS_NOT_NULL",
    }
    | {"OPERATOR_NOT", "ARRAY_EXTRACT", "ARRAY_SLICE"}  # the last two by their brackets
)
RELATIONS = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST"})
