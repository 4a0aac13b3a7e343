"""Settings: where things are, what is refused and how it is said."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ingestion.errors import DemoRefused, SettingsError, UnknownSourceError
from ingestion.search import check_searches
from ingestion.settings import PROFILES, REPO, Settings, SourceSettings
from ingestion.source import available_sources, selected_sources, source
from ingestion.the_muse import TheMuseSettings
from ingestion.the_muse.pages import parameters


@pytest.fixture(autouse=True)
def _environment_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ingestion.settings.ENV_FILE", tmp_path / "no.env")
    for name in ("DLT_DATA_DIR", "RUNTIME__DLTHUB_TELEMETRY"):
        monkeypatch.setenv(name, "")


def test_defaults() -> None:
    settings = Settings.load()
    assert settings.data == REPO / "data"
    assert settings.warehouse == REPO / "data" / "warehouse.duckdb"
    assert settings.sources == ()
    assert (settings.target, settings.audience, settings.env) == ("duckdb", "private", "prod")
    assert settings.record_limit is None
    assert settings.now().tzinfo is UTC


def test_relative_data_is_taken_from_the_repository_whatever_the_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAGEHOUSE_DATA", "some/../where")
    assert Settings.load().data == REPO / "where"
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path))
    assert Settings.load().data == tmp_path


def test_dev_has_its_own_folder_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAGEHOUSE_ENV", "dev")
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path))
    settings = Settings.load()
    assert settings.data == tmp_path / "dev"
    assert settings.record_limit
    monkeypatch.setenv("WAGEHOUSE_DATA", str(settings.data))
    assert Settings.load().data == tmp_path / "dev", "also as a child process is told"


def test_env_file_gives_way_to_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("WAGEHOUSE_AUDIENCE=public\nWAGEHOUSE_SOURCES=demo\nWAGEHOUSE_NOW=\n")
    monkeypatch.setenv("WAGEHOUSE_SOURCES", "the_muse")
    for name in ("WAGEHOUSE_AUDIENCE", "WAGEHOUSE_NOW"):
        # Registered for removal at the end of the test.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    settings = Settings.load(file)
    assert settings.audience == "public"
    assert settings.sources == ("the_muse",)
    assert settings.fixed_now is None
    assert os.environ["WAGEHOUSE_AUDIENCE"] == "public"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T06:00:00Z", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:00", datetime(2026, 3, 2, 6, tzinfo=UTC)),
        ("2026-03-02T06:00:00+02:00", datetime(2026, 3, 2, 4, tzinfo=UTC)),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC)),
    ],
)
def test_now(monkeypatch: pytest.MonkeyPatch, text: str, instant: datetime) -> None:
    monkeypatch.setenv("WAGEHOUSE_NOW", text)
    assert Settings.load().now() == instant


@pytest.mark.parametrize("name", ["WAGEHOUSE_NOW", "WAGEHOUSE_AUDIENCE", "WAGEHOUSE_TARGET"])
def test_what_cannot_be_read_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "verysecret")
    with pytest.raises(SettingsError, match=f"^{name} cannot be read") as raised:
        Settings.load()
    assert "verysecret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_source_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "API_KEY": "k-123456",
        "SEARCHES": '[{"category": "Sales"}, {"place": "New York, NY"}]',
        "RATE": "[[500, 3600], [2, 1]]",
        "TIMEOUT": "5",
        "BASE_URL": "",
    }.items():
        monkeypatch.setenv(f"SOURCES__THE_MUSE__{name}", value)
    config = TheMuseSettings.load("the_muse")
    assert config.secrets() == ("k-123456",)
    assert [search.scope for search in config.searches] == ["category=Sales", "place=New York, NY"]
    assert parameters(config.searches[1]) == {"location": "New York, NY"}
    assert config.rate == ((500, 3600), (2, 1))
    assert config.base_url is None
    assert "k-123456" not in repr(config)


@pytest.mark.parametrize(
    ("text", "windows"), [("5", ((5, 1),)), ("0.25", ((1, 4),)), ("2.0", ((2, 1),))]
)
def test_a_number_is_requests_a_second(
    monkeypatch: pytest.MonkeyPatch, text: str, windows: tuple[tuple[int, float], ...]
) -> None:
    monkeypatch.setenv("SOURCES__THE_MUSE__RATE", text)
    assert TheMuseSettings.load("the_muse").rate == windows


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEARCHES", "Sales"),
        ("SEARCHES", '[{"cattegory": "Sales"}]'),
        ("RATE", "[[0, 3600]]"),
        ("RATE", "0"),
        ("RATE", "-3"),
        ("RATE", "fast"),
        ("TIMEOUT", "soon"),
        ("RETRIES", "-1"),
    ],
)
def test_source_settings_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SOURCES__THE_MUSE__{name}", value)
    with pytest.raises(SettingsError, match=f"^SOURCES__THE_MUSE__{name} cannot be read") as raised:
        TheMuseSettings.load("the_muse")
    assert "\n" not in str(raised.value)


def test_selected_sources() -> None:
    def selected(*names: str) -> list[str]:
        return [n for n in selected_sources(Settings(sources=names)) if n != "files"]

    keyless = {"the_muse", "jobtech", "greenhouse", "lever", "ashby", "arbeitnow", "himalayas"}
    assert keyless <= set(selected())
    assert not {"demo", "arbeitsagentur"} & set(selected()), "only where they are named"
    assert selected("demo") == ["demo"]
    with pytest.raises(UnknownSourceError, match="no source 'the_mouse'"):
        selected("the_mouse")
    with pytest.raises(DemoRefused):
        selected("the_muse", "demo")


def test_a_list_of_sources_names_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAGEHOUSE_SOURCES", " the_muse, demo,the_muse,")
    assert Settings.load().sources == ("the_muse", "demo")


def test_every_source_is_declared_whole() -> None:
    for name, spec in available_sources().items():
        assert spec.name == name == source(name).name
        assert spec.title
        assert issubclass(spec.settings_class, SourceSettings)
        assert set(spec.needs) <= set(spec.settings_class.model_fields)
        if spec.kind == "api":
            assert spec.rate, "an API is asked within limits"
            assert spec.endpoints


@pytest.mark.parametrize("profile", sorted(file.stem for file in PROFILES.glob("*.env")))
def test_a_profile_sets_what_nobody_else_does(
    profile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in dotenv_values(PROFILES / f"{profile}.env"):
        monkeypatch.setenv(name, "")  # so that it is as before afterwards
    monkeypatch.setenv("WAGEHOUSE_PROFILE", profile)
    (tmp_path / "none.env").write_text("SOURCES__ADZUNA__SEARCHES=[]\n")
    monkeypatch.delenv("SOURCES__ADZUNA__SEARCHES")
    settings = Settings.load(tmp_path / "none.env")
    assert settings.sources
    for name in settings.sources:
        spec = source(name)
        config = spec.settings_class.load(name)
        check_searches(name, config.searches, spec.searches)
        assert bool(config.searches) is (name != "adzuna")


def test_a_profile_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAGEHOUSE_PROFILE", "plumbers")
    with pytest.raises(SettingsError, match=r"names 'plumbers'\. Known: data_jobs_france, "):
        Settings.load(tmp_path / "none.env")
