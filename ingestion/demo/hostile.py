"""Ways in which a record can be hostile, for tests: each is one function of a record."""

# ruff: noqa: RUF001 - characters that look like others are the point

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Record = dict[str, Any]


def _with(**changes: Any) -> Callable[[Record], Record]:
    return lambda record: {**record, **changes}


def _without(field: str) -> Callable[[Record], Record]:
    return lambda record: {name: value for name, value in record.items() if name != field}


def _titled(template: str) -> Callable[[Record], Record]:
    return lambda record: {**record, "name": template.replace("{}", str(record["name"]))}


def _worded(text: str) -> Callable[[Record], Record]:
    return lambda record: {**record, "contents": f"{record['contents']}{text}"}


#: By name, which tests count by. The first ones keep every type, the later ones do not.
WAYS: dict[str, Callable[[Record], Record]] = {
    "script_title": _titled("<script>alert('{}')</script>"),
    "handler_title": _titled('"><img src=x onerror=alert(1)> {}'),
    "closing_title": _titled("{}</td></table></script><!--"),
    "template_title": _titled("{{ 7 * 7 }} ${7*7} {#if true}{/if} {} {@html '<b>x</b>'}"),
    "link_title": _titled("[{}](javascript:alert(1)) | `code` | **bold**"),
    "formula_title": _titled('=HYPERLINK("http://x.invalid";"{}")'),
    "quotes_title": _titled('Robert\'); DROP TABLE posting;-- "{}" \\ \\u0041 \'\' ""'),
    "rtl_title": _titled("\u202e{}\u202c مهندس برمجيات \u05de\u05d4\u05e0\u05d3\u05e1"),
    "zero_width_title": _titled("\u200b{}\u200d\ufeff\u00ad\u2060"),
    "emoji_title": _titled("🚀👩‍💻 {} ✪ 𝓕𝓪𝓷𝓬𝔂 Ａ１"),
    "spaces_title": _titled("\u00a0\u2003{}\u2028\u2029\u0085\t\r\n"),
    "combining_title": _titled("Z̸͈͝a̵͝l̷g̶o̷ {} I\u0307 ı ß ŉ"),
    "long_title": _titled("{} " + "x" * 20_000),
    "empty_title": _with(name=""),
    "null_character": _worded("\u0000 $120,000 per year\u0000"),
    "lone_surrogate": _worded("\ud83d and \udc00"),
    "unclosed_markup": _worded("<a href='javascript:alert(1)'<b <i><table><tr><!-- $99 per hour"),
    "deep_markup": _worded("<div>" * 3_000),
    "long_text": _worded(" pay" * 100_000),
    "huge_amounts": _worded(
        " Salary: $999,999,999,999,999,999 - $1e400 per year; $0 - $-5 per hour"
    ),
    "empty_text": _with(contents=""),
    "javascript_link": _with(refs={"landing_page": "javascript:alert(document.domain)"}),
    "null_text": _with(contents=None),
    "number_title": _with(name=42),
    "list_title": _with(name=["Engineer", "Manager"]),
    "null_places": _with(locations=None),
    "text_places": _with(locations=["New York, NY", "Boston, MA"]),
    "object_categories": _with(categories={"name": "Sales"}),
    "null_levels": _with(levels=[None]),
    "number_date": _with(publication_date=1_700_000_000),
    "odd_date": _with(publication_date="2025-02-30T25:61:00Z"),
    "ancient_date": _with(publication_date="0001-01-01T00:00:00Z"),
    "null_company": _with(company=None),
    "text_company": _with(company="Somebody Ltd"),
    "object_text": _with(contents={"html": "<p>text</p>"}),
    "extra_fields": _with(
        **{"": 1, "a.b": {"c": [1, {"d": None}]}, "ключ": "значение", "'\"": True}
    ),
    "missing_title": _without("name"),
    "missing_company": _without("company"),
    "missing_id": _without("id"),
    "null_id": _with(id=None),
    "text_id": lambda record: {**record, "id": str(record["id"])},
    "object_id": _with(id={"$oid": "1"}),
}
#: Those that leave nothing to identify the record by.
WITHOUT_ID = frozenset({"missing_id", "null_id", "object_id"})


def way(draw: int) -> str:
    """The name of the way that the number `draw` falls on."""
    return list(WAYS)[draw % len(WAYS)]


def spoil(record: Record, draw: int) -> Record:
    """A copy of the record, spoiled in the way that `draw` falls on."""
    return WAYS[way(draw)](record)
