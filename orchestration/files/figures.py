"""What a file says, out of the marts that were just built: n and quantiles of yearly pay by title,
country, seniority and skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.metadata import reading

#: Rows of a table.
MOST = 10
#: Models that the figures need, for dbt's selection.
SELECT = ("+fct_pay_statement", "+dim_place", "+source")


@dataclass(frozen=True, slots=True)
class Line:
    """One value and what it pays: n amounts, their quantiles a year."""

    value: str
    n: int
    p25: float
    p50: float
    p75: float
    p90: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The figures of what came in. n of `rows` state an amount that can be used; `texts` state pay
    in words that no rule has read. `tables` by what they group by, most amounts first."""

    currency: str
    rows: int
    n: int
    texts: int
    flagged: int
    tables: dict[str, list[Line]]


_ROWS = """
    create or replace temp table came as
    with newest as (
        select
            *,
            row_number() over (partition by source, record_id order by version_no desc) as newness
        from staging.stg_files__rows
        where run_id in (select unnest($runs))
    ),

    statements as (
        select
            source,
            record_id,
            any_value(currency) filter (where is_usable) as currency,
            any_value(annual_point) filter (where is_chosen and is_usable) as point,
            any_value(annual_point_eur) filter (where is_chosen and is_usable) as point_eur,
            any_value(seniority) as seniority,
            any_value(place_key) as place_key,
            bool_or(amount_min is null and amount_max is null) as is_text,
            bool_or(is_flagged) as is_flagged
        from marts.fct_pay_statement
        group by source, record_id
    )

    select
        newest.title_raw as title,
        coalesce(places.country_name, newest.country_raw) as country,
        statements.seniority,
        newest.skills_raw as skills,
        statements.* exclude (source, record_id, seniority, place_key)
    from newest
    left join statements
        on newest.source = statements.source and newest.record_id = statements.record_id
    left join marts.dim_place as places on statements.place_key = places.place_key
    where newest.newness = 1
"""


def answer(warehouse: Path, runs: Sequence[str]) -> Answer | None:
    """The figures of the rows that these landing runs brought; None where they brought none.

    Where all amounts are in one currency they stay in it, else they are in euros.
    """
    with reading(warehouse) as connection:
        connection.execute(_ROWS, {"runs": list(runs)})
        row = connection.execute(
            """
            select
                count(*),
                count(point),
                count(*) filter (where is_text),
                count(*) filter (where is_flagged),
                count(distinct currency) filter (where point is not null),
                any_value(currency) filter (where point is not null)
            from came
            """
        ).fetchone()
        if row is None or row[0] == 0:
            return None
        rows, n, texts, flagged, currencies, currency = row
        amount = "point" if currencies == 1 else "point_eur"
        grouped = {
            "title": "title",
            "country": "country",
            "seniority": "seniority",
            "skill": "unnest(from_json(skills, '[\"varchar\"]'))",
        }
        tables = {}
        for name, value in grouped.items():
            found = connection.execute(
                f"""
                select
                    any_value(value),
                    count(*) as n,
                    quantile_cont(amount, [0.25, 0.5, 0.75, 0.9]) as quantiles
                from (select {value} as value, {amount} as amount from came)
                where value is not null and amount is not null
                group by lower(trim(value))
                order by n desc, lower(trim(any_value(value)))
                limit {MOST}
                """
            ).fetchall()
            tables[name] = [Line(text, count, *quantiles) for text, count, quantiles in found]
    return Answer(currency if currencies == 1 else "EUR", rows, n, texts, flagged, tables)
