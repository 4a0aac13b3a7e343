"""What Spark needs, where the cluster is, what a killed build left; all without Spark."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from ingestion.settings import Settings
from orchestration.build import clear_left_over
from orchestration.errors import ClusterError, EngineError, RunInProgressError
from orchestration.locks import MARKER as RUN_MARKER
from orchestration.locks import run_lock
from orchestration.spark import cluster, needs
from orchestration.spark.engine import check_engine, engine_of, environment
from orchestration.spark.folders import tables_folder
from tests.conftest import clean_env, wagehouse

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("WAGEHOUSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAGEHOUSE_DATA", str(tmp_path))
    return Settings()


def on(target: str, settings: Settings) -> Settings:
    return settings.model_copy(update={"target": target})


def tell_of_cluster(settings: Settings, **pids: int) -> None:
    """Write the file of a cluster whose parts are these processes."""
    parts = [
        {"name": name.replace("_", "-"), "pid": pid, "created": psutil.Process(pid).create_time()}
        for name, pid in pids.items()
    ]
    told = {"master": "spark://127.0.0.1:7077", "port": 10123, "started_at": "2026-03-02"}
    settings.state.mkdir(parents=True, exist_ok=True)
    (settings.state / "cluster.json").write_text(json.dumps({**told, "parts": parts}))


def whole_cluster(settings: Settings) -> None:
    me = os.getpid()
    tell_of_cluster(settings, master=me, worker_1=me, worker_2=me, server=me)


# ---- what is needed -------------------------------------------------------------------------


def fake_java(folder: Path, says: str) -> Path:
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("says", "named"),
    [
        ('openjdk version "11.0.25" 2024-10-15', "Java 11"),
        ('java version "1.8.0_392"', "Java 8"),
        ("The operation could not be completed.", "no Java that tells its version"),
    ],
)
def test_java_that_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, named: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, says)))
    with pytest.raises(EngineError, match=f"^Spark needs Java 17 or newer, and .* is {named}: "):
        needs.check_java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_java_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, f'openjdk version "{version}"')))
    needs.check_java()


def test_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        EngineError, match=r"^Spark needs Java 17 or newer, and there is none: inst"
    ):
        needs.check_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"there is none at .*/bin/java"):
        needs.check_java()


def test_packages_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "_PACKAGES", ("duckdb", "no_such_package.spark"))
    with pytest.raises(EngineError, match="make setup-spark"):
        needs.check_packages()


# ---- which engine, and where ----------------------------------------------------------------


@pytest.fixture
def all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.spark.engine.check_packages", lambda: None)
    monkeypatch.setattr("orchestration.spark.engine.check_java", lambda: None)


def test_duckdb_needs_nothing_and_is_told_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.spark.engine.check_packages", lambda: 1 / 0)
    check_engine(settings)
    assert environment(settings) == {}
    assert engine_of(settings) == "duckdb"


def test_dbt_is_told_where_raw_and_tables_are(settings: Settings) -> None:
    told = environment(on("spark", settings))
    assert told["WAGEHOUSE_RAW"] == str(settings.data / "raw")
    assert told["WAGEHOUSE_SPARK_WAREHOUSE"] == str(settings.data / "spark" / "warehouse")
    assert engine_of(on("spark", settings)) == engine_of(on("spark_cluster", settings)) == "spark"


@pytest.mark.parametrize(
    ("told", "folder"),
    [
        ("/lake/tables/", "/lake/tables"),
        ("file:///lake/tables", "/lake/tables"),
        ("s3a://lake/tables/", "s3a://lake/tables"),
    ],
)
def test_folder_of_tables(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, told: str, folder: str
) -> None:
    monkeypatch.setenv("WAGEHOUSE_SPARK_WAREHOUSE", told)
    assert tables_folder(settings) == folder


@pytest.mark.usefixtures("all_there")
def test_cluster_of_the_data_folder_is_found(settings: Settings) -> None:
    whole_cluster(settings)
    told = environment(on("spark_cluster", settings))
    assert (told["WAGEHOUSE_SPARK_HOST"], told["WAGEHOUSE_SPARK_PORT"]) == ("127.0.0.1", "10123")


@pytest.mark.usefixtures("all_there")
def test_named_server_comes_before_the_own_cluster(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_cluster(settings)
    monkeypatch.setenv("WAGEHOUSE_SPARK_HOST", "127.0.0.2")
    with socket.create_server(("127.0.0.2", 0)) as server:
        monkeypatch.setenv("WAGEHOUSE_SPARK_PORT", str(server.getsockname()[1]))
        check_engine(on("spark_cluster", settings))
    with pytest.raises(EngineError, match=r"^No Spark cluster answers at 127.0.0.2:\d+ \(Conn"):
        check_engine(on("spark_cluster", settings))
    monkeypatch.setenv("WAGEHOUSE_SPARK_PORT", "ten")
    with pytest.raises(EngineError, match=r"^WAGEHOUSE_SPARK_PORT cannot be read"):
        check_engine(on("spark_cluster", settings))


@pytest.mark.usefixtures("all_there")
def test_cluster_without_workers_is_not_asked(settings: Settings) -> None:
    with subprocess.Popen(SLEEP) as worker:
        tell_of_cluster(settings, master=os.getpid(), worker_1=worker.pid, server=os.getpid())
        worker.kill()
    with pytest.raises(EngineError, match=r"gone \(worker-1\): make cluster"):
        check_engine(on("spark_cluster", settings))


@pytest.mark.usefixtures("all_there")
def test_session_beside_the_cluster_is_refused(settings: Settings) -> None:
    check_engine(on("spark", settings))
    whole_cluster(settings)
    with pytest.raises(EngineError, match="holds Spark's catalog"):
        check_engine(on("spark", settings))


def test_run_without_a_cluster_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = str(server.getsockname()[1])
    env = clean_env(tmp_path, WAGEHOUSE_TARGET="spark_cluster", WAGEHOUSE_SPARK_PORT=free)
    done = wagehouse("run", "--no-site", env=env)
    assert done.returncode == 1
    said = done.stdout.strip().splitlines()
    assert said[0].startswith("Failed: ")
    assert any(words in said[0] for words in ("make cluster", "make setup-spark"))
    assert not (tmp_path / "warehouse.duckdb").exists()
    assert not (tmp_path / "raw").exists()


# ---- the cluster's processes ----------------------------------------------------------------


def test_stop_ends_what_the_file_does_not_tell(settings: Settings) -> None:
    env = {**os.environ, cluster.MARKER: str(settings.data)}
    with subprocess.Popen(SLEEP, env=env) as ours, subprocess.Popen(SLEEP) as other:
        try:
            deadline = time.monotonic() + 10
            while psutil.Process(ours.pid).environ().get(cluster.MARKER) is None:
                assert time.monotonic() < deadline
            assert cluster.stop(settings) == 1
            assert not psutil.pid_exists(ours.pid)
            assert other.poll() is None
            assert cluster.stop(settings) == 0
        finally:
            ours.kill()
            other.kill()


def test_stale_file_tells_of_nothing_alive(settings: Settings) -> None:
    whole_cluster(settings)
    path = settings.state / "cluster.json"
    told: dict[str, Any] = json.loads(path.read_text())
    for part in told["parts"]:
        part["created"] -= 1000  # the id has gone to another process since
    path.write_text(json.dumps(told))
    found = cluster.find(settings)
    assert found is not None
    assert not found.is_up
    assert found.gone == ["master", "worker-1", "worker-2", "server"]
    assert cluster.stop(settings) == 0
    assert cluster.find(settings) is None
    path.write_text("{half")
    assert cluster.find(settings) is None


def test_start_waits_for_no_run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "check_packages", lambda: None)
    monkeypatch.setattr(cluster, "check_java", lambda: None)
    code = (
        "import sys; from pathlib import Path; from orchestration.locks import run_lock\n"
        "data = Path(sys.argv[1])\n"
        "with run_lock(data, data / 'state', 'A run'): print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(settings.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(RunInProgressError, match="A run is in progress"):
            cluster.start(settings, lambda text: None)
        holder.communicate(b"\n")


def test_part_that_does_not_come_up_is_one_line_and_leaves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    spark_class = home / "bin" / "spark-class"
    spark_class.write_text(
        "#!/bin/sh\n"
        "echo $WAGEHOUSE_RUN_OF-; echo 'no room for it'; echo '\tat org.apache.Spark'; exit 1\n"
    )
    spark_class.chmod(0o755)
    monkeypatch.setattr(cluster, "check_packages", lambda: None)
    monkeypatch.setattr(cluster, "check_java", lambda: None)
    monkeypatch.setattr(cluster, "spark_home", lambda: home)
    with run_lock(settings.data, settings.state, "A run"):
        assert os.environ[RUN_MARKER]
        with pytest.raises(ClusterError, match=r"master ended while starting: no room for it See "):
            cluster.start(settings, lambda text: None)
    # It is no child of the run, which would be ended with what a killed run leaves behind.
    assert (settings.logs / "cluster" / "master.log").read_text().startswith("-\n")
    assert not (settings.state / "cluster.json").exists()


def test_cluster_verb_says_what_there_is(tmp_path: Path) -> None:
    done = wagehouse("cluster", "status", env=clean_env(tmp_path))
    assert (done.returncode, done.stderr) == (
        1,
        "There is no cluster: make cluster starts one.\n",
    )
    done = wagehouse("cluster", "stop", env=clean_env(tmp_path))
    assert (done.returncode, done.stderr) == (0, "There was no cluster.\n")
    assert wagehouse("cluster", "begin", env=clean_env(tmp_path)).returncode == 2


# ---- what a killed build leaves ---------------------------------------------------------------


def left_over(place: Path) -> str:
    return (
        "Runtime Error in model x\n  [LOCATION_ALREADY_EXISTS] Cannot name the managed table as"
        f" `spark_catalog`.`marts`.`x`, as its associated location 'file:{place}' already exists."
    )


def test_folders_without_a_table_go_and_no_others(settings: Settings, tmp_path: Path) -> None:
    tables = Path(tables_folder(settings))
    ours, kept, elsewhere = (
        tables / "marts.db" / "x",
        tables / "marts.db" / "y",
        tmp_path / "a" / "b",
    )
    for folder in (ours, kept, elsewhere):
        (folder / "_temporary").mkdir(parents=True)
    assert clear_left_over(settings, ["another error", left_over(ours), left_over(elsewhere)])
    assert not ours.exists()
    assert kept.exists()
    assert elsewhere.exists()
    assert not clear_left_over(settings, [left_over(ours), left_over(tables / "marts.db")])
    assert kept.exists()
