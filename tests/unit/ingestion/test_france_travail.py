"""Collecting France Travail from a server that serves its API, into a real warehouse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from ingestion import collect
from ingestion.collection import Collection
from ingestion.demo.server import Answer, dumps
from ingestion.errors import NotJsonError, SettingsError
from ingestion.france_travail import SPEC, splitting
from ingestion.france_travail.codes import Codes
from ingestion.france_travail.fetching import FranceTravailSettings, Offers, credentials
from ingestion.france_travail.queries import days_of, parameters
from ingestion.http.parsing import parse
from ingestion.landing import Slice
from ingestion.search import Ask, Search
from ingestion.settings import Settings
from tests.conftest import REPO, clean_env
from tests.simulator import Simulator, faults
from tests.simulator.captures import days_of as captured_days
from tests.simulator.france_travail import (
    APP,
    ROOT,
    SECRET,
    TOKEN_PATH,
    FranceTravailApi,
    records,
)
from tests.simulator.france_travail_codes import REFERENTIALS as CODES
from tests.unit.ingestion.conftest import NOW, Query
from tests.unit.ingestion.oddities import odd
from tests.unit.ingestion.test_kill import PREPARED

TODAY = date(2026, 3, 2)
SEARCHED = "/v2/offres/search"
CODES_IN_ALL = sum(map(len, CODES.values()))
SLICES = """
    select scope, slice, mode, is_complete, records, reason from raw.slices
    where endpoint = 'offers'
    qualify row_number() over (partition by run_id, endpoint, scope, slice order by seq desc) = 1
    order by run_no, slice
"""
#: The table is there from the first breach on.
BREACHES = "select 1 from information_schema.tables where table_name = 'breaches'"
OFFERS = """
    select record_id from raw.france_travail__offers
    qualify row_number() over (partition by record_id, version_no order by seq desc) = 1
    order by 1
"""


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, simulate: Callable[..., Simulator]) -> Callable[..., Any]:
    """Starts a simulator and points the source at it; without waits between retries."""

    def start(offers: Any, **options: Any) -> Simulator:
        simulator = simulate(FranceTravailApi(offers, **{"limits": (), **options}))
        environment = {
            "BASE_URL": simulator.url + ROOT,
            "TOKEN_URL": simulator.url + TOKEN_PATH,
            "CLIENT_ID": APP,
            "CLIENT_SECRET": SECRET,
            "RATE": "5000",
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"SOURCES__FRANCE_TRAVAIL__{name}", value)
        monkeypatch.setattr("ingestion.http.session.BACKOFF", 0.01)
        monkeypatch.setattr("ingestion.http.oauth.BACKOFF", 0.01)
        return simulator

    return start


def run(settings: Settings, ask: Ask | None = None, *, after: timedelta = timedelta(0)) -> Any:
    later = settings.model_copy(update={"fixed_now": (settings.fixed_now or NOW) + after})
    return collect("france_travail", later, ask=ask)


def ids(offers: Any) -> list[tuple[str]]:
    return sorted((offer["id"],) for offer in offers)


def test_a_stock_within_reach_and_again(
    api: Callable[..., Simulator], settings: Settings, query: Query
) -> None:
    offers = records(400)
    simulator = api(offers)
    first = run(settings)
    assert (first.status, first.reason) == ("complete", None)
    assert query(OFFERS) == ids(offers)
    assert query(SLICES) == [("all", "all", "full", True, 400, None)]
    assert query("select count(*) from raw.france_travail__referentials") == [(CODES_IN_ALL,)]
    assert query(
        "select payload from raw.france_travail__referentials where record_id = 'departements:2A'"
    ) == [
        (
            '{"code":"2A","libelle":"Corse-du-Sud","referential":"departements",'
            '"region":{"code":"94","libelle":"Corse"}}',
        )
    ]
    assert simulator.count(SEARCHED) == 3
    asked = len(simulator.requests)
    second = run(settings, after=timedelta(hours=2))
    assert (second.status, second.counts.new_versions) == ("complete", 0)
    assert query(SLICES)[1][1:4] == ("created-after=2026-03-01T06:00:00Z", "cursor", True)
    # A token and what was created since a day before.
    assert len(simulator.requests) - asked == 2
    third = run(settings, after=timedelta(days=1))
    assert query(SLICES)[2] == ("all", "all", "full", True, 400, None)
    assert third.counts.new_versions == 0
    payloads = " ".join(p for (p,) in query("select payload from raw.france_travail__offers"))
    assert '"contact":' not in payloads
    assert '"agence":' not in payloads


#: Each is met once, at requests of the search that come one after the other.
FAILURES = (
    faults.server_error(503),
    faults.reset(),
    faults.truncated(0.3),
    faults.html(),
    faults.html(502),
    faults.empty(),
    faults.empty(206),
    faults.not_json(),
    faults.too_many(1),
    faults.key_renamed("resultats", "offres"),
    faults.edited(lambda body: []),
    faults.content_type("text/html"),
    faults.status(401),
    faults.slow(1.5),
)


def test_every_kind_of_failure(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offers = records(700)
    simulator = api(offers, token_calls=20)
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__LAST_START", "0")
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__TIMEOUT", "1")
    simulator.fail(faults.server_error(), path=TOKEN_PATH)
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RETRIES", "9")
    rules = [
        simulator.fail(fault, path=SEARCHED, after=number) for number, fault in enumerate(FAILURES)
    ]
    result = run(settings)
    assert all(rule.failed == 1 for rule in rules)
    assert (result.status, result.reason) == ("complete", None)
    assert query(OFFERS) == ids(offers), "none lost, none twice"
    # What is done to an answer without a body may do no harm.
    assert result.counts.retries >= len(FAILURES) // 2
    # One that is out of order to the end costs its slice and no other.
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RETRIES", "1")
    simulator.fail(
        faults.server_error(), path=SEARCHED, times=None, maxCreationDate="2026-03-02T23:59:59Z"
    )
    partial = run(settings, after=timedelta(days=1))
    assert partial.status == "partial"
    assert (partial.reason or "").startswith("status_500: ")
    assert query(OFFERS) == ids(offers)
    states = query(f"select slice, is_complete from ({SLICES}) where reason like 'status_500%'")
    assert len(states) == 1
    assert not states[0][1]


def test_what_is_more_than_the_api_gives_is_split(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Four hundred that partners have sent in one second; fifty of them abroad.
    offers = records(600)
    bulk = [{**o, "dateCreation": "2026-02-20T02:00:00.000Z"} for o in offers[:400]]
    for offer in bulk[:50]:
        offer["lieuTravail"] = {"libelle": "Luxembourg"}
    simulator = api([*bulk, *offers[400:]])
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__LAST_START", "0")
    result = run(settings)
    assert (result.status, result.reason) == ("complete", None)
    assert query(OFFERS) == ids(offers)
    found = query(SLICES)
    assert {row[2:4] for row in found} == {("full", True)}
    assert found[0][:2] == ("all", "all")
    assert any("grandDomaine=M" in row[1] for row in found)
    again = run(settings, after=timedelta(days=1))
    assert (again.status, again.counts.new_versions) == ("complete", 0)
    assert simulator.count(SEARCHED, sort=0) == 0, "nothing was left over"


def test_what_cannot_be_split_is_read_as_far_as_it_goes(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = records(1)[0] | {"romeCode": None, "dateCreation": "2026-02-20T02:00:00Z"}
    del one["experienceLibelle"]
    api([{**one, "id": f"{number:07}"} for number in range(200)])
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__LAST_START", "0")
    result = run(settings)
    assert result.status == "complete"
    assert (result.reason or "").startswith("capped: 200 records, of which 150 can be read")
    assert len(query(OFFERS)) == 150
    assert not all(row[3] for row in query(SLICES))


def test_a_position_that_is_refused_teaches_the_cap(
    api: Callable[..., Simulator], settings: Settings, query: Query
) -> None:
    offers = records(900)
    simulator = api(offers, last_start=300, last_end=449)
    result = run(settings)
    assert (result.status, result.reason) == ("complete", None)
    assert query(OFFERS) == ids(offers)
    assert simulator.count(SEARCHED, range="450-599") >= 1


@pytest.mark.parametrize(
    ("options", "body", "reason"),
    [
        ({"apps": {}}, None, "token_refused: status_400: invalid_client"),
        ({"application_scope": True}, None, "token_refused: status_400: invalid_scope"),
        ({}, faults.html(409), "token_refused: status_409"),
        ({}, faults.server_error(), "token_failed: status_500"),
    ],
)
def test_no_token(
    api: Callable[..., Simulator],
    settings: Settings,
    options: Any,
    body: Any,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator = api(records(3), **options)
    if body is not None:
        simulator.fail(body, path=TOKEN_PATH, times=None)
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RETRIES", "1")
    result = run(settings)
    assert result.status == "failed"
    assert (result.reason or "").startswith(reason)
    assert SECRET not in (result.reason or "")


def test_a_scope_of_ones_own_and_no_keys(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api(records(3), application_scope=True)
    scope = "application_{client_id} api_offresdemploiv2 o2dsoffre"
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__SCOPE", scope)
    assert run(settings).status == "complete"
    assert len(query(OFFERS)) == 3
    monkeypatch.delenv("SOURCES__FRANCE_TRAVAIL__CLIENT_SECRET")
    assert run(settings).reason == "no_key: set SOURCES__FRANCE_TRAVAIL__CLIENT_SECRET"


def test_a_limit_that_lasts_stops_the_source_and_says_until_when(
    api: Callable[..., Simulator], settings: Settings, query: Query
) -> None:
    offers = records(450)
    simulator = api(offers)
    simulator.fail(faults.too_many(1800), path=SEARCHED, range="150-299", times=None)
    stopped = run(settings)
    assert stopped.status == "partial"
    assert (stopped.reason or "").startswith("rate_limited: status_429: Too many requests (until")
    simulator.mend()
    asked = simulator.count(SEARCHED)
    resumed = run(settings, after=timedelta(minutes=31))
    assert (resumed.status, resumed.run_id) == ("complete", stopped.run_id)
    assert simulator.count(SEARCHED) - asked == 2, "what it has is not asked for again"
    assert query(OFFERS) == ids(offers)


def test_ones_own_limit_is_kept_across_runs(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offers = records(900)
    simulator = api(offers)
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RATE", "[[4, 3600]]")
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__CONCURRENCY", "1")
    first = run(settings)
    assert (first.status, first.counts.records) == ("partial", 600)
    assert first.reason == "quota: 4 in 1 hour used up (until 07:00 UTC)"
    assert simulator.count(SEARCHED) == 4
    early = run(settings, after=timedelta(minutes=30))
    assert (early.status, simulator.count(SEARCHED)) == ("failed", 4)
    late = run(settings, after=timedelta(minutes=61))
    assert late.counts.tables["france_travail__offers"].new_versions == 300
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RATE", "5000")
    last = run(settings, after=timedelta(minutes=62))
    assert last.status == "complete"
    assert {early.run_id, late.run_id, last.run_id} == {first.run_id}
    assert query(OFFERS) == ids(offers)
    assert simulator.count(SEARCHED) == 6, "nothing is asked for twice"


def test_rate_of_the_declaration(settings: Settings) -> None:
    assert SPEC.windows(SPEC.settings_class()) == ((8, 1),)


def _look_up(name: str, label: str, field: str) -> list[str]:
    return [str(one["code"]) for one in CODES[name] if one[field].casefold() == label.casefold()]


@pytest.mark.parametrize(
    ("search", "asked"),
    [
        ({}, [{}]),
        ({"words": "Données, ingénieur·e  C#"}, [{"motsCles": "Donnees,ingenieur e C#"}]),
        ({"country": "fr", "place": "France"}, [{}]),
        ({"rome": "M1811,m1419"}, [{"codeROME": "M1811,M1419"}]),
        ({"category": "M, M18"}, [{"grandDomaine": "M"}, {"domaine": "M18"}]),
        ({"category": "Comptabilité et gestion"}, [{"domaine": "M12"}]),
        (
            {"place": "75,92,93,94,95,2a"},
            [{"departement": "75,92,93,94,95"}, {"departement": "2A"}],
        ),
        (
            {"place": "île-de-france, Rhône, 69100"},
            [
                {"region": "11"},
                {"departement": "69"},
                {"commune": "69266", "distance": "0"},
            ],
        ),
        (
            {"place": "saint-denis"},
            [{"commune": "93066,97411", "distance": "0"}],
        ),
        (
            {"place": "44109", "category": "M", "words": "data"},
            [{"motsCles": "data", "commune": "44109", "distance": "0", "grandDomaine": "M"}],
        ),
    ],
)
def test_searches(search: Any, asked: Any) -> None:
    assert parameters(Search(**search), _look_up) == asked


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({"words": "·, x"}, "cannot search for the words"),
        ({"country": "DE"}, "searches in FR, not in DE"),
        ({"place": "Atlantis"}, "knows no place 'Atlantis'"),
        ({"category": "Magie"}, "knows no category 'Magie'"),
        ({"rome": "9999"}, "knows no ROME code '9999'"),
    ],
)
def test_searches_that_the_api_cannot_answer(search: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        parameters(Search(**search), _look_up)
    assert "\n" not in str(raised.value)


def test_days() -> None:
    now = datetime(2026, 3, 2, 6, tzinfo=UTC)
    assert days_of(Search(), now) == {}
    assert days_of(Search(since=date(2026, 1, 5)), now) == {
        "minCreationDate": "2026-01-05T00:00:00Z",
        "maxCreationDate": "2026-03-02T23:59:59Z",
    }
    assert days_of(Search(since=date(2026, 1, 5), until=date(2026, 1, 6)), now) == {
        "minCreationDate": "2026-01-05T00:00:00Z",
        "maxCreationDate": "2026-01-07T00:00:00Z",
    }
    windows = splitting.windows_of_age(now)
    assert windows[0][1] == datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC)
    assert all(older[1] == newer[0] for newer, older in pairwise(windows))


def test_asked_by_words_places_days_and_at_most(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offers = records(500)
    api(offers)
    wanted = [
        offer
        for offer in offers
        if offer["romeCode"] in ("M1811", "M1419")
        and offer["lieuTravail"]["libelle"][:2] in ("75", "44", "69")
        and "2026-02-15" <= offer["dateCreation"] < "2026-02-26"
    ]
    assert wanted
    search = Search(
        rome="M1811,M1419",
        place="Paris,44,Rhône",
        since=date(2026, 2, 15),
        until=date(2026, 2, 25),
    )
    assert run(settings, Ask((search,))).status == "complete"
    assert query(OFFERS) == ids(wanted)
    assert {row[2] for row in query(SLICES)} == {"cursor"}, "a backfill closes nothing"
    assert query("select count(*) from raw.slices where endpoint <> 'offers'") == [(0,)]
    most = run(settings, Ask((Search(maximum=160),)))
    assert (most.status, most.reason) == ("complete", "maximum: 160 records were asked for")
    assert most.counts.records == 160
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__LAST_START", "0")
    most = run(settings, Ask((Search(maximum=320),)))
    assert most.counts.records == 320, "also where the API gives 150 at once"
    monkeypatch.setattr("ingestion.settings.DEV_RECORDS", 40)
    few = run(settings.model_copy(update={"env": "dev", "data": tmp_path / "dev"}))
    assert few.counts.tables["france_travail__offers"].rows_landed == 150


def test_captured_answers(
    api: Callable[..., Simulator], settings: Settings, query: Query, captures: Path
) -> None:
    folder = captures / "france_travail"
    apis = {
        day: FranceTravailApi(offers, limits=())
        for day, offers in captured_days(folder, "results_*.json").items()
    }
    simulator = api([])
    simulator._apis, simulator.day = apis, min(apis)
    first = run(settings)
    assert (first.status, first.counts.tables["france_travail__offers"].new_versions) == (
        "complete",
        179,
    )
    simulator.day = max(apis)
    second = run(settings, after=timedelta(days=2))
    # 160 are in both, 4 of them changed, 18 are new.
    assert second.counts.tables["france_travail__offers"].new_versions == 22
    assert query("select count(*), count(distinct record_id) from raw.france_travail__offers") == [
        (179 + 22, 197)
    ]
    assert query(BREACHES) == []


@pytest.mark.parametrize(
    ("file", "n"), [("search_page_150_offers.json", 150), ("search_6_offers.json", 6)]
)
def test_captured_bodies(
    file: str,
    n: int,
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    captures: Path,
) -> None:
    body = (captures / "france_travail" / file).read_bytes()
    simulator = api(records(n))
    simulator.fail(faults.status(200, body), path=SEARCHED)
    result = run(settings)
    assert result.counts.tables["france_travail__offers"].new_versions == n
    assert result.status == "complete"
    assert query(BREACHES) == []
    assert query(OFFERS) == ids(json.loads(body)["resultats"])


def test_a_captured_body_that_is_no_json(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    captures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = (captures / "france_travail" / "invalid_trailing_comma.json").read_bytes()
    simulator = api(records(20))
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RETRIES", "0")
    simulator.fail(faults.status(200, body), path=SEARCHED)
    result = run(settings)
    assert (result.status, (result.reason or "")[:9]) == ("partial", "not_json:")
    assert query("select count(*) from raw.rejected") == [(1,)]


FUZZ = profile(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
GOOD = records(4)
FIELDS = ("intitule", "lieuTravail", "entreprise", "competences", "contact", "salaire")


def test_whatever_comes_no_good_record_is_lost(
    api: Callable[..., Simulator],
    settings: Settings,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulator = api(())
    monkeypatch.setenv("SOURCES__FRANCE_TRAVAIL__RETRIES", "0")
    sent = Answer(200, b"")
    simulator.fail(lambda good: faults.Sent(sent), path=SEARCHED, times=None)
    numbers = iter(range(1_000))
    with ExitStack() as stack:
        config = FranceTravailSettings.load("france_travail")
        collection = Collection(settings, SPEC, config, stack, lambda line: None)
        client = collection.client(config.base_url or "", auth=credentials(config))
        offers = Offers(collection, client, Codes(collection, client), 3_000, ())
        slices = [Slice("offers", str(number)) for number in range(200)]
        collection.run.plan(slices)

        @FUZZ
        @given(
            st.lists(odd("id", FIELDS), max_size=4),
            st.sampled_from((200, 206)),
            st.sampled_from(("offres 0-7/8", "*/0", "", "offres", "offres 0-1/999999999999999999")),
        )
        def check(found: list[bytes], status: int, told: str) -> None:
            nonlocal sent
            slice_ = slices[next(numbers)]
            good = [{**one, "id": f"{one['id']}{slice_.scope}"} for one in GOOD]
            items = [dumps(good[0]), *found, *map(dumps, good[1:])]
            body = b'{"resultats": [' + b",".join(items) + b"]}"
            sent = Answer(status, body, headers={"Content-Range": told})
            with collection.run.open(slice_) as writer:
                offers._walk(writer, {}, None, may_split=False)
                writer.end()
            met = collection.run._met["offers"]
            try:
                parse(body)
            except NotJsonError:
                assert writer.rejected
            else:
                assert {one["id"] for one in good} <= met
                assert writer.records + writer.rejected >= len(items)
            met.clear()

        check()
        collection.run.finish()
    assert query("select count(*) >= 40 from raw.france_travail__offers") == [(True,)]
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err


def test_killed_and_run_again(
    api: Callable[..., Simulator], settings: Settings, query: Query, tmp_path: Path
) -> None:
    offers = records(900)
    simulator = api(offers)
    environment = {
        name: value for name, value in os.environ.items() if name.startswith("SOURCES__FRANCE")
    }
    environment["SOURCES__FRANCE_TRAVAIL__LAST_START"] = "150"
    for moment, times in (
        ('before(Spool, "extract")', 1),
        ('after(Spool, "extract")', 4),
        ('before(PackageStorage, "complete_job")', 3),
    ):
        asked = simulator.count(SEARCHED)
        program = PREPARED + 'print(collect("france_travail", settings))'
        done = killed(settings.data, program.format(moment=moment, times=times), environment)
        assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
        assert simulator.count(SEARCHED) - asked < 30
    done = killed(settings.data, program.format(moment="pass", times=0), environment)
    assert "status='complete', reason=None" in done.stdout, done.stdout + done.stderr
    assert query(OFFERS) == ids(offers)
    assert query("select count(distinct run_id) from raw.slices") == [(1,)]
    whole = (
        "select bool_and(is_complete), max(run_no) from ("
        + SLICES.replace("scope, slice, mode,", "run_no, slice,", 1)
        + ")"
    )
    assert query(whole) == [(True, 1)]
    assert SECRET not in done.stdout + done.stderr


def killed(data: Path, program: str, environment: dict[str, str]) -> Any:
    env = clean_env(data, WAGEHOUSE_NOW=NOW.isoformat(), PYTHONPATH=str(REPO), **environment)
    return subprocess.run(
        [sys.executable, "-c", program], cwd=REPO, env=env, capture_output=True, text=True
    )


PLANTED = (SECRET, APP, "Zoé T", "zoe.temoin", "01 99 00 11 22")


def test_secrets_and_contacts_stay_out(
    api: Callable[..., Simulator], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """The server says the secrets back, in a record, in an error and in a header."""
    offers = records(30)
    offers[0] |= {
        "intitule": f"Clé {SECRET}",
        "contact": {"nom": "Zoé Témoin", "courriel": "zoe.temoin@example.org"},
        "agence": {"telephone": "01 99 00 11 22"},
    }
    simulator = api(offers)
    simulator.fail(faults.status(500, f'{{"message": "{SECRET} {APP}"}}'.encode()), path=SEARCHED)
    caplog.set_level("DEBUG")
    result = run(settings)
    assert result.status == "complete"
    found = [
        path
        for path in settings.data.rglob("*")
        if path.is_file()
        and any(
            planted in path.read_bytes()
            for planted in (
                SECRET.encode(),
                APP.encode(),
                b"Zo\xc3\xa9 T",
                b"zoe.temoin",
                b"01 99 00 11 22",
            )
        )
    ]
    assert found == []
    ours = [one for one in caplog.messages if SECRET in one or APP in one]
    assert ours == []
