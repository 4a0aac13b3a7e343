"""Cells as canonical fields: exact where there is one reading, refused with a reason elsewhere."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.files.values import FIELDS, Reading, Value, read_value

POINT, COMMA = Reading("."), Reading(",")
amounts = st.decimals(min_value=0, max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("text", "reading", "plain"),
    [
        ("52000", POINT, "52000"),
        ("52,000", POINT, "52000"),
        ("1,234,567.50", POINT, "1234567.50"),
        ("+12.5", POINT, "12.5"),
        ("52 000", POINT, "52000"),
        ("52\u00a0000", COMMA, "52000"),
        ("52\u202f000,5", COMMA, "52000.5"),
        ("52'000", POINT, "52000"),
        ("52.000", COMMA, "52000"),
        ("52.000,75", COMMA, "52000.75"),
        ("52.000", POINT, "52.000"),
        ("0", POINT, "0"),
    ],
)
def test_numbers(text: str, reading: Reading, plain: str) -> None:
    assert read_value("pay", text, reading).text == plain


@pytest.mark.parametrize(
    "text",
    ["$52000", "52k", "50-60", "52,00", "1,2345", "1e", "NaN", "inf", "٥٢", "5 2,0", "--5", ".5."],
)
def test_no_numbers(text: str) -> None:
    value = read_value("pay_min", text, POINT)
    assert value.text is None
    assert value.problem is not None
    assert value.problem.startswith("not_a_number:")
    # As pay it is a text, which the rules for texts read.
    assert read_value("pay", text, POINT) == Value(None)


def test_below_zero() -> None:
    assert (read_value("pay", "-1", POINT).problem or "").startswith("negative:")


@given(amount=amounts)
def test_written_numbers_are_read_back(amount: Decimal) -> None:
    point = f"{amount:,.2f}"
    comma = point.translate(str.maketrans(",.", ".,"))
    for text, reading in ((point, POINT), (comma, COMMA)):
        read = read_value("pay_min", text, reading).text
        assert read is not None
        assert Decimal(read) == amount


@given(day=st.dates(min_value=date(1000, 1, 1)))
def test_dates_in_any_format(day: date) -> None:
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"):
        text = day.strftime(form)
        assert read_value("posted_on", text, Reading(date_formats=(form,))).text == day.isoformat()


@pytest.mark.parametrize(
    ("field", "text", "reading", "read"),
    [
        ("posted_on", "2025-03-01T10:00:00Z", POINT, "2025-03-01"),
        ("posted_on", "2024", POINT, "2024-01-01"),
        ("posted_on", "2024-05", POINT, "2024-05-01"),
        ("posted_on", "3.5.2024", Reading(date_formats=("%d.%m.%Y",)), "2024-05-03"),
        ("posted_on", "01/02/2025", POINT, "not_a_date"),
        ("posted_on", "2025-02-30", POINT, "not_a_date"),
        ("currency", "eur", POINT, "EUR"),
        ("currency", "€", POINT, "unknown_currency"),
        ("currency", "XYZ", POINT, "unknown_currency"),
        ("period", "Per Year", POINT, "year"),
        ("period", "hourly", POINT, "hour"),
        ("period", "season", POINT, "unknown_code"),
        ("employment_type", "Full-time", POINT, "full_time"),
        ("employment_type", "PT", POINT, "part_time"),
        ("employment_type", "contract", POINT, ""),
        ("contract", "CDI", POINT, "permanent"),
        ("workplace", "100", POINT, "remote"),
        ("seniority", "SE", Reading(values={"seniority": {"se": "senior"}}), "senior"),
        ("skills", "Go, SQL; Go|dbt", POINT, '["Go","SQL","dbt"]'),
        ("skills", "['a', 'b, c']", POINT, '["a","b, c"]'),
        ("skills", '["a"]', POINT, '["a"]'),
        ("skills", "a/b; c", Reading(separators=("/",)), '["a","b; c"]'),
        ("skills", " , ", POINT, ""),
        ("pay", "$52k - $60k", POINT, ""),
        ("pay", "-5", POINT, "negative"),
        ("pay", "5e4", POINT, "50000"),
        ("pay_min", "lots", POINT, "not_a_number"),
        ("pay_min", "9" * 13, POINT, "out_of_range"),
        ("latitude", "-48.5", POINT, "-48.5"),
        ("latitude", "91", POINT, "out_of_range"),
        ("tax_basis", "Brutto", POINT, "gross"),
        ("payments_year", "13.5", POINT, "13.5"),
        ("payments_year", "2024", POINT, "out_of_range"),
        ("title", "  anything ", POINT, "  anything "),
    ],
)
def test_other_fields(field: str, text: str, reading: Reading, read: str) -> None:
    value = read_value(field, text, reading)
    assert (value.text or (value.problem or "").split(":")[0]) == read


@given(field=st.sampled_from(sorted(FIELDS)), text=st.text(min_size=1, max_size=30))
def test_any_text_is_read_or_refused(field: str, text: str) -> None:
    value = read_value(field, text, POINT)
    # What is more than a number, or a code we have no word for, is neither read nor a fault.
    assert value.text is None or value.problem is None
    if field in ("title", "company", "country", "url"):
        assert value.text == text
