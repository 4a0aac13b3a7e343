"""Every source from raw to the normalized tables: postings, pay, places, traits, estimates."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion import land_reference
from tests.dbt.conftest import Project
from tests.fixtures.warehouses import Folder
from tests.simulator import prose
from tests.support.generated import CAPTURED, SOURCES, Met, captured, generated, land

DAY = date(2026, 3, 2)
PER_SOURCE = 60
BUILD = ("build", "--exclude-resource-type", "unit_test")
#: Endpoints whose records are postings.
POSTINGS = {"jobs", "offers", "ads", "search"}
#: What the generator puts into texts: addresses at example.org, numbers of prose.PHONES.
CONTACTS = re.compile(
    "[a-z.]+@example[.]org|"
    + "|".join(re.escape(form.split("{")[0]) + "[0-9]{2}" for form in prose.PHONES.values())
)


def landed_in(empty_project: Project, data: Path, met: dict[str, list[Met]]) -> Project:
    """A project of its own in which the records have landed and all models are built and tested."""
    shutil.copy(empty_project.data / "warehouse.duckdb", data)
    folder = Folder(data)
    land_reference(folder.settings(f"{DAY}T05:00:00Z"))
    for source, found in met.items():
        land(folder, source, found, f"{DAY}T06:00:00Z")
    project = Project(data)
    project.dbt(*BUILD)
    return project


@pytest.fixture(scope="module")
def met() -> dict[str, list[Met]]:
    return {source: [*generated(source, PER_SOURCE, DAY)] for source in SOURCES}


@pytest.fixture(scope="module")
def project(
    tmp_path_factory: pytest.TempPathFactory, empty_project: Project, met: dict[str, list[Met]]
) -> Project:
    return landed_in(empty_project, tmp_path_factory.mktemp("sources"), met)


def postings_of(found: list[Met]) -> dict[str, dict[str, Any]]:
    """Records of postings by id; those of which nothing is told but that they went are none."""
    ids = ("id", "job_id", "slug", "guid", "refnr")
    return {
        one.key or str(next(one.value[name] for name in ids if name in one.value)): one.value
        for one in found
        if one.endpoint in POSTINGS and len(one.value) > 6
    }


@pytest.mark.parametrize("source", SOURCES)
def test_every_record_is_a_posting(
    project: Project, met: dict[str, list[Met]], source: str
) -> None:
    rows = project.rows(
        "select record_id, title, company_key, url from normalized.posting"
        f" where source = '{source}'"
    )
    assert {row[0] for row in rows} == postings_of(met[source]).keys()
    assert all(title for _, title, *_ in rows)
    assert all(url and url.startswith("https://") for *_, url in rows)
    # France Travail names an employer for half of its offers.
    employers = sum(1 for row in rows if row[2]) / len(rows)
    assert employers > (0.4 if source == "france_travail" else 0.99)


@pytest.mark.parametrize("source", SOURCES)
def test_fields_are_read(project: Project, source: str) -> None:
    (row,) = project.rows(
        "select count(*), count(posted_at), count(contract), count(employment_type),"
        " count(workplace), count(seniority), count(occupation_code), count(language),"
        " count(expires_at),"
        " count(*) filter (exists (select 1 from normalized.posting_place as p"
        " where p.posting_key = posting.posting_key)),"
        " count(*) filter (exists (select 1 from normalized.posting_place as p"
        " where p.posting_key = posting.posting_key and p.source_latitude is not null))"
        f" from normalized.posting where source = '{source}'"
    )
    names: tuple[str, ...] = (
        "posted",
        "contract",
        "hours",
        "workplace",
        "level",
        "occupation",
        "language",
    )
    names = (*names, "expires", "place", "located")
    shares = {name: n / row[0] for name, n in zip(names, row[1:], strict=True)}
    assert shares["posted"] > 0.8
    assert shares["place"] > (0.4 if source == "arbeitnow" else 0.7)
    least = {
        "adzuna": {"hours": 0.3, "contract": 0.15, "occupation": 0.8, "located": 0.5},
        "france_travail": {"contract": 0.99, "hours": 0.6, "occupation": 0.99, "located": 0.7},
        "jsearch": {"hours": 0.4, "language": 0.2, "located": 0.7},
        "jobtech": {"contract": 0.99, "hours": 0.99, "occupation": 0.99, "expires": 0.99},
        "greenhouse": {"language": 0.99, "workplace": 0.3, "occupation": 0.99},
        "lever": {"workplace": 0.5, "hours": 0.4},
        "ashby": {"workplace": 0.6, "hours": 0.8},
        "arbeitnow": {"hours": 0.5},
        "himalayas": {"workplace": 0.99, "level": 0.99, "expires": 0.99},
        "arbeitsagentur": {"contract": 0.5, "hours": 0.5, "located": 0.7},
    }[source]
    assert {name: shares[name] for name in least if shares[name] < least[name]} == {}


def test_nothing_generated_is_refused(project: Project) -> None:
    rows = project.rows("select source, field, value, reason from normalized.quarantine")
    assert rows == []


def test_the_flag_alone_tells_predicted_pay(project: Project, met: dict[str, list[Met]]) -> None:
    ads = postings_of(met["adzuna"])
    paid = {key: ad for key, ad in ads.items() if "salary_min" in ad}
    rows = project.rows(
        "select record_id, origin, currency, amount_min, amount_max, period"
        " from normalized.pay_statement where source = 'adzuna' and origin != 'parsed'"
    )
    assert {row[0] for row in rows} == paid.keys()
    country = {
        str(one.value["id"]): one.request["country"]
        for one in met["adzuna"][:]
        if one.endpoint == "search"
    }
    currency = {"gb": "GBP", "us": "USD", "fr": "EUR", "de": "EUR"}
    for key, origin, code, least, most, period in rows:
        flag = paid[key]["salary_is_predicted"]
        assert origin == ("predicted" if flag == "1" else "advertised")
        assert code == currency[country[key]]
        assert (least, most) == (paid[key]["salary_min"], paid[key]["salary_max"])
        assert period == "year"


def test_pay_of_boards_is_theirs(project: Project, met: dict[str, list[Met]]) -> None:
    rows = project.rows(
        "select source, record_id, amount_min, amount_max, currency, period, scope_raw"
        " from normalized.pay_statement where origin = 'advertised'"
    )
    found = Counter((row[0], row[1]) for row in rows)
    by_key = {(row[0], row[1]): row for row in rows}
    for key, job in postings_of(met["greenhouse"]).items():
        ranges = job["pay_input_ranges"]
        assert found["greenhouse", key] == len(ranges), key
        if len(ranges) == 1:
            row = by_key["greenhouse", key]
            cents = (ranges[0]["min_cents"], ranges[0]["max_cents"])
            assert (round(row[2] * 100), round(row[3] * 100), row[4]) == (
                *cents,
                ranges[0]["currency_type"],
            )
            assert row[5] == ("hour" if ranges[0]["title"] == "Hourly rate" else "year")
    for key, job in postings_of(met["lever"]).items():
        pay = job.get("salaryRange")
        if pay and pay.get("min"):
            row = by_key["lever", key]
            assert (row[2], row[3], row[4]) == (pay["min"], pay["max"], pay["currency"])
            assert f"per-{row[5]}" in pay["interval"]
    for key, job in postings_of(met["ashby"]).items():
        tiers = job["compensation"]["compensationTiers"]
        salaries = [
            part
            for tier in tiers
            for part in tier["components"]
            if part["compensationType"] == "Salary" and part["maxValue"]
        ]
        assert found["ashby", key] == len(salaries), key
    periods = {"annual": "year", "monthly": "month", "hourly": "hour"}
    for key, job in postings_of(met["himalayas"]).items():
        if job["minSalary"]:
            row = by_key["himalayas", key]
            assert (row[2], row[4]) == (job["minSalary"], job["currency"])
            assert row[5] == periods.get(job["salaryPeriod"], row[5])


def test_jsearch_guesses_no_currency(project: Project, met: dict[str, list[Met]]) -> None:
    jobs = postings_of(met["jsearch"])
    rows = project.rows(
        "select record_id, currency, period from normalized.pay_statement"
        " where source = 'jsearch' and origin = 'advertised'"
    )
    assert rows
    for key, currency, period in rows:
        job = jobs[key]
        stated = job.get("job_salary_currency") or (
            "USD" if "$" in str(job.get("job_salary_string")) else None
        )
        assert currency == (stated or ("USD" if job["job_country"] == "US" else None))
        assert period == job["job_salary_period"].lower()


def test_traits_say_what_fields_say(project: Project, met: dict[str, list[Met]]) -> None:
    rows = project.rows(
        "select p.source, t.kind, t.requirement, count(distinct p.record_id)"
        " from normalized.posting_trait as t"
        " inner join normalized.posting as p on t.posting_key = p.posting_key group by all"
    )
    found = {row[:3]: row[3] for row in rows}
    offers = postings_of(met["france_travail"]).values()
    for kind, name in (("language", "langues"), ("permit", "permis")):
        for requirement, code in (("required", "E"), ("desired", "S")):
            expected = sum(any(x["exigence"] == code for x in o.get(name, ())) for o in offers)
            assert found.get(("france_travail", kind, requirement), 0) == expected
    for kind, name in (
        ("qualification", "qualificationCode"),
        ("travel", "deplacementCode"),
        ("industry", "codeNAF"),
    ):
        expected = sum(name in offer for offer in offers)
        assert found["france_travail", kind, None] == expected
    assert found["france_travail", "work_context", None]
    assert found["france_travail", "accessibility", None]
    ads = postings_of(met["jobtech"])
    assert found["jobtech", "language", "required"] == len(ads)
    assert found["jobtech", "language", "desired"] == len(ads)
    assert found["jsearch", "qualification", None]
    assert found["jsearch", "benefit", None]


def test_estimates_are_no_pay(project: Project, met: dict[str, list[Met]]) -> None:
    kinds = Counter(
        {
            row[0]: row[1]
            for row in project.rows("select kind, count(*) from normalized.pay_estimate group by 1")
        }
    )
    buckets = sum(
        len(one.value["histogram"]) for one in met["adzuna"] if one.endpoint == "histogram"
    )
    assert kinds["histogram"] == buckets
    for kind in ("history", "top_companies", "geodata", "estimated_salary", "company_salary"):
        assert kinds[kind], kind
    origins = {
        row[0] for row in project.rows("select distinct origin from normalized.pay_statement")
    }
    assert origins <= {"advertised", "parsed", "predicted"}
    assert project.rows(
        "select count(*) from normalized.pay_estimate where currency is null and amount > 0"
    ) == [(0,)]


def texts(project: Project) -> Iterator[tuple[str, str]]:
    """Every text of every table but those of raw, with its table."""
    columns = project.rows(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where data_type = 'VARCHAR' and schema_name in"
        " ('staging', 'intermediate', 'normalized', 'marts')"
    )
    for table, column in columns:
        for (text,) in project.rows(
            f'select distinct "{column}" from {table} where "{column}" is not null'
        ):
            yield f"{table}.{column}", text


def test_contacts_stay_in_raw(project: Project, met: dict[str, list[Met]]) -> None:
    planted = json.dumps([one.value for found in met.values() for one in found], ensure_ascii=False)
    assert len(CONTACTS.findall(planted)) > 100
    left = {where: match[0] for where, text in texts(project) if (match := CONTACTS.search(text))}
    assert left == {}


@pytest.fixture(scope="module")
def captured_met(captures: Path) -> dict[str, list[Met]]:
    return {source: [*captured(captures, source)] for source in CAPTURED}


@pytest.fixture(scope="module")
def captured_project(
    tmp_path_factory: pytest.TempPathFactory,
    empty_project: Project,
    captured_met: dict[str, list[Met]],
) -> Project:
    return landed_in(empty_project, tmp_path_factory.mktemp("captured"), captured_met)


def test_captured_records_are_postings_and_pay(
    captured_project: Project, captured_met: dict[str, list[Met]]
) -> None:
    rows = captured_project.rows("select source, count(*) from normalized.posting group by 1")
    expected = {source: len(postings_of(found)) for source, found in captured_met.items()}
    assert dict(rows) == expected
    refused = captured_project.rows(
        "select source, field, reason, count(*) from normalized.quarantine group by all"
    )
    assert refused == []
    places = captured_project.rows(
        "select source, avg(case when place_key is null then 0.0 else 1.0 end)"
        " from normalized.posting left join normalized.posting_place as p"
        " on posting.posting_key = p.posting_key and p.is_primary group by 1"
    )
    assert min(share for _, share in places) > 0.85, places
    predicted = sum(
        1
        for ad in postings_of(captured_met["adzuna"]).values()
        if str(ad.get("salary_is_predicted")) == "1" and ad.get("salary_min") is not None
    )
    assert captured_project.rows(
        "select count(*) from normalized.pay_statement where origin = 'predicted'"
    ) == [(predicted,)]
    left = [
        where
        for where, text in texts(captured_project)
        if re.search("[A-Za-z0-9]@[A-Za-z0-9-]+[.][A-Za-z]{2}", text)
    ]
    assert left == []
