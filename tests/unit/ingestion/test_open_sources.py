"""Collecting the sources that need no key from their simulators, over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ingestion import collect, quotas
from ingestion.demo.server import Answer
from ingestion.settings import Settings
from ingestion.source import source
from tests.conftest import REPO, clean_env
from tests.simulator import Simulator, faults
from tests.simulator.faults import Fault, Sent
from tests.unit.ingestion.conftest import NOW, Query, settings_at
from tests.unit.ingestion.oddities import odd
from tests.unit.ingestion.open_sources import CASES, TODAY, Case, Records, later
from tests.unit.ingestion.test_kill import PREPARED

Start = Callable[..., Simulator]
every_source = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture
def start(simulate: Start, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Starts a source's simulator and points the source at it; without waits between retries."""

    def run(case: Case, records: Any, **more: object) -> Simulator:
        api = simulate(case.make(records) if isinstance(records, list) else records)
        for name, value in case.settings(api.url, **more).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        monkeypatch.setattr("ingestion.http.session.LONGEST_BACKOFF", 0.02)
        return api

    return run


def landed(query: Query, case: Case) -> dict[str, dict[str, Any]]:
    """The newest version of each record; no version stands twice, but for rows that a crash loaded
    twice."""
    rows = query(
        f"select distinct record_id, version_no, payload, row_id from {case.table}"
        " order by version_no"
    )
    assert len({row[:2] for row in rows}) == len(rows)
    return {record_id: json.loads(payload) for record_id, _, payload, _ in rows}


def kinds(case: Case) -> list[Fault]:
    """Every kind of failure that passes."""
    found = [
        faults.server_error(500),
        faults.server_error(503),
        faults.html(),
        faults.html(503),
        faults.empty(),
        faults.not_json(),
        faults.truncated(),
        faults.reset(),
        faults.slow(0.7),
        faults.too_many(0),
        faults.content_type("text/html"),
        faults.edited(lambda body: {"error": "internal"}),
        faults.edited(lambda body: "none"),
        faults.bytes_replaced(b"{", b"<"),
        faults.status(200, b"\xff\xfe\x00{"),
    ]
    if case.path:
        found += [faults.key_renamed(case.path, "items"), faults.fields_set(**{case.path: "none"})]
    return found


@every_source
def test_every_kind_of_failure_and_nothing_is_lost(
    case: Case, start: Start, settings: Settings, query: Query
) -> None:
    records = case.records(90)
    api = start(case, records, TIMEOUT=0.5, RETRIES=20)
    for fault in kinds(case):
        api.fail(fault, path=case.listed)
    if case.detailed:
        wrong = kinds(case)[:-2]
        for number in range(0, 90, 4):
            path = next(iter(paths(case, records[number])))
            api.fail(wrong[number % len(wrong)], path=path)
    result = collect(case.name, settings)
    assert (result.status, result.reason) == ("complete", None)
    assert result.counts.retries >= 15
    assert result.counts.quarantined == 0
    assert landed(query, case) == case.expected(records)

    api.mend()
    asked = api.count()
    again = collect(case.name, later(settings, hours=1))
    assert (again.status, again.counts.new_versions) == ("complete", 0)
    assert api.count() - asked <= 4, "a second run asks for little"


def paths(case: Case, record: dict[str, Any]) -> list[str]:
    """The end of the path of a record's details."""
    if case.name == "greenhouse":
        return [f"/jobs/{record['id']}"]
    from tests.simulator.arbeitsagentur import encoded

    # With or without what fills a group of base64 up.
    text = encoded(record["refnr"])
    return [text + "=" * (-len(text) % 4)]


@every_source
def test_the_next_day_brings_what_is_new_and_what_has_changed(
    case: Case, start: Start, settings: Settings, query: Query, simulate: Start
) -> None:
    days = [TODAY, TODAY + timedelta(days=1)]
    stock = [case.records(60, day=day) for day in days]
    api = start(case, dict(zip(days, map(case.make, stock), strict=True)))
    api.day = days[0]
    assert collect(case.name, settings).counts.new_versions == 60
    api.day = days[1]
    asked = api.count()
    second = collect(case.name, later(settings, days=1))
    before, now = map(case.expected, stock)
    new = {key for key in now if key not in before}
    changed = {key for key in now if key in before and now[key] != before[key]}
    assert new
    # What has changed further back, a cursor does not see before the next full walk.
    by_cursor = case.name in ("himalayas", "arbeitsagentur")
    assert second.status == "complete"
    found = landed(query, case)
    assert found.keys() == before.keys() | now.keys()
    assert all(found[key] == now[key] for key in (new if by_cursor else new | changed))
    if case.detailed:
        assert api.count() - asked <= len(new | changed) + 3, "details of those alone"
    full = collect(case.name, later(settings, days=8))
    assert full.status == "complete"
    found = landed(query, case)
    assert all(found[key] == now[key] for key in now)


@every_source
def test_bad_records_go_aside_and_cost_no_good_one(
    case: Case, start: Start, settings: Settings, query: Query
) -> None:
    records = case.records(30)
    api = start(case, records)

    def spoil(body: Any) -> Any:
        found = body[case.path] if case.path else body
        found[3:3] = ["error", {"error": {"code": 500}}, None, [found[0]]]
        found.append({**found[0], case.key: None})
        return body

    api.fail(faults.edited(spoil), path=case.listed)
    result = collect(case.name, settings)
    reasons = [
        reason.partition(":")[0]
        for (reason,) in query("select reason from raw.rejected order by reason")
    ]
    assert reasons == ["no_id", "no_id", "not_an_object", "not_an_object", "not_an_object"]
    assert result.counts.quarantined == 5
    found = landed(query, case)
    expected = case.expected(records)
    assert found == expected


@every_source
def test_a_quota_stops_it_and_later_it_goes_on(
    case: Case, start: Start, settings: Settings, query: Query
) -> None:
    records = case.records(45)
    most = 20 if case.detailed else 2
    more = {"RATE": f"[[{most}, 3600]]", "MAX_WAIT": "0"}
    if case.name == "ashby":
        more["RATE"] = "[[1, 3600]]"
        more["BOARDS"] = "Granholm, Granholm , none"
    api = start(case, records, **more)
    runs = []
    for hour in range(20):
        runs.append(collect(case.name, later(settings, hours=hour)))
        assert runs[-1].run_id == runs[0].run_id
        if not (runs[-1].reason or "").startswith("quota"):
            break
        assert "until" in (runs[-1].reason or "")
        assert api.count() <= most * len(runs)
    assert landed(query, case) == case.expected(records)
    assert {state.limit for state in quotas(settings) if state.source == case.name} <= {1, most}
    # Nothing that had landed was asked for again but the list it stood in.
    assert api.count() <= 45 * bool(case.detailed) + 6 + len(runs)


@every_source
def test_limits_as_declared(case: Case) -> None:
    spec = source(case.name)
    per_minute = min(number / seconds for number, seconds in spec.rate) * 60
    assert per_minute <= {"arbeitnow": 50, "arbeitsagentur": 120}.get(case.name, 60)
    assert spec.terms.may_show_listing
    assert not spec.terms.may_redistribute
    assert spec.opt_in == (case.name == "arbeitsagentur")


MOMENTS = (
    ('before(Spool, "extract")', 2),
    ('after(Spool, "extract")', 2),
    ('before(PackageStorage, "complete_job")', 2),
)


@every_source
def test_killed_and_run_again(case: Case, start: Start, settings: Settings, query: Query) -> None:
    records = case.records(130)
    api = start(case, records)
    environment = {name: os.environ[name] for name in os.environ if name.startswith("SOURCES__")}
    env = clean_env(
        settings.data, WAGEHOUSE_NOW=NOW.isoformat(), PYTHONPATH=str(REPO), **environment
    )

    def run(moment: str, times: int) -> subprocess.CompletedProcess[str]:
        program = PREPARED.replace("PACKAGE_ROWS = 100", "PACKAGE_ROWS = 30")
        program += f'print(collect("{case.name}", settings))'
        return subprocess.run(
            [sys.executable, "-c", program.format(moment=moment, times=times)],
            cwd=REPO,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    # Two of them each, the earlier first.
    for moment, times in list(combinations(MOMENTS, 2))[CASES.index(case) % 3]:
        killed = run(moment, times)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    done = run("pass", 0)
    assert "status='complete'" in done.stdout, done.stdout + done.stderr
    assert landed(query, case) == case.expected(records)
    assert query("select count(distinct run_id) from raw.slices") == [(1,)]
    assert query("""
        select is_complete from raw.slices where slice = 'all'
        qualify row_number() over (partition by run_id, scope, slice order by seq desc) = 1
    """) == [(True,)]
    assert api.count(case.listed) <= 4 * 8
    if case.detailed:
        assert api.count() - api.count(case.listed) <= 130 + 4, "kept answers are not asked again"


SHAPED = ("title", "text", "name", "created_at", "pubDate", "details", "arbeitsort", "updated_at")


@every_source
@hypothesis_settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(data=st.data())
def test_whatever_comes_no_good_record_is_lost(
    case: Case,
    data: st.DataObject,
    start: Start,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoilt = data.draw(st.lists(odd(case.key, SHAPED), min_size=8, max_size=12))
    whole = data.draw(st.one_of(st.none(), odd(case.path or "id", ("meta", "links", "page"))))
    records = case.records(12)

    def spoil(good: Answer) -> Sent:
        body = json.loads(good.body)
        found = body.get(case.path) if case.path else body
        if not found:
            return Sent(good)
        text = b",".join([*spoilt, *(json.dumps(one).encode() for one in found)])
        mark = b'"@@"'
        if case.path:
            body[case.path] = "@@"
            text = json.dumps(body).encode().replace(mark, b"[" + text + b"]")
        else:
            text = b"[" + text + b"]"
        return Sent(Answer(good.status, text, good.content_type, good.headers))

    settings = settings_at("warehouse", tmp_path_factory.mktemp("fuzz"))
    api = start(case, records, RETRIES=1)
    api.fail(spoil, path=case.listed, times=None)
    if case.detailed and whole is not None:
        api.fail(faults.status(200, whole), path=next(iter(paths(case, records[0]))), times=None)
    collect(case.name, settings)
    found = read(settings, case)
    assert set(case.expected(records)) <= set(found)
    if whole is not None:
        api.mend()
        api.fail(faults.status(200, whole), path=case.listed, times=None)
        collect(case.name, later(settings, days=8))
    api.mend()
    api.fail(lambda good: Sent(good), path=case.listed)
    collect(case.name, later(settings, days=16))
    found = read(settings, case)
    for key, record in case.expected(records).items():
        assert found[key] == record
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err


def read(settings: Settings, case: Case) -> dict[str, Any]:
    import duckdb

    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        rows = connection.execute(
            f"select record_id, payload from {case.table} order by version_no, seq"
        ).fetchall()
    return {record_id: json.loads(payload) for record_id, payload in rows}


def test_generated_records_are_what_the_contracts_say(
    start: Start, settings: Settings, query: Query
) -> None:
    """What the simulators send, made from the facts by others, breaks no declared field."""
    for case in CASES:
        records: Records = case.records(60)
        start(case, records)
        assert collect(case.name, settings).status == "complete"
    tables = query("select 1 from information_schema.tables where table_name = 'breaches'")
    assert not tables or query("select source, field, found from raw.breaches") == []
