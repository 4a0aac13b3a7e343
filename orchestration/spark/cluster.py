"""A small Spark cluster on this machine: a master, two workers, a Thrift server; on loopback.

Everything comes from the pyspark wheel, which has the classes and no start scripts for them. A
cluster belongs to one data folder: `state/cluster.json` tells its processes and the port that
clients connect to, logs stand in `logs/cluster/`. Every process carries the data folder in its
environment, executors included, and is found by that: stopping leaves none behind, also where the
file is stale or gone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from ingestion.settings import Settings
from orchestration.errors import ClusterError
from orchestration.locks import MARKER as RUN_MARKER
from orchestration.locks import run_lock
from orchestration.processes import carrying, end
from orchestration.spark.folders import CONF, metastore, tables_folder
from orchestration.spark.needs import check_java, check_packages, spark_home

#: Environment variable of every process of a cluster: the absolute data folder it belongs to.
MARKER = "WAGEHOUSE_CLUSTER_OF"
HOST = "127.0.0.1"
WORKERS = 2
#: What a worker gives, all of it to one executor.
WORKER_CORES = 1
#: Heap of the Thrift server and of each executor: the setting, and its default.
MEMORY, DEFAULT_MEMORY = "WAGEHOUSE_SPARK_MEMORY", "2g"
#: Heap of master and workers, which only watch over others.
DAEMON_MEMORY = "256m"

_MASTER, _WORKER, _SERVER = "master", "worker", "server"
_DEPLOY = "org.apache.spark.deploy"
_AT = ("--host", HOST, "--webui-port", "0")
_THRIFT = "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"
#: What each part writes into its log when it is up. Ports are chosen by the parts themselves, so
#: that none is taken between choosing and using it.
_MASTER_UP = re.compile(r"Starting Spark master at (spark://\S+)")
_WORKER_UP = re.compile(r"Successfully registered with master")
_SERVER_UP = re.compile(r"Starting ThriftBinaryCLIService on port (\d+)")
_START_S = 180.0
_POLL_S = 0.1
#: The Thrift server closes its catalog, workers wait for their executors.
_STOP_S = 20.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """A process of the cluster; `created` tells it from a later one with the same id."""

    name: str
    pid: int
    created: float

    @property
    def is_alive(self) -> bool:
        """Whether that very process runs."""
        try:
            process = psutil.Process(self.pid)
            is_zombie = process.status() == psutil.STATUS_ZOMBIE
            return process.create_time() == self.created and not is_zombie
        except psutil.Error:
            return False


@dataclass(frozen=True)
class Cluster:
    """The cluster of a data folder, as its file tells it."""

    master: str
    port: int
    started_at: str
    parts: tuple[Part, ...]
    host: str = HOST

    @property
    def gone(self) -> list[str]:
        """Names of the parts that have ended."""
        return [part.name for part in self.parts if not part.is_alive]

    @property
    def is_up(self) -> bool:
        """Whether it takes work and does it: master, server and at least one worker run."""
        alive = {part.name.split("-")[0] for part in self.parts if part.is_alive}
        return alive == {_MASTER, _WORKER, _SERVER}

    def line(self) -> str:
        """One line for people."""
        gone = f"; gone: {', '.join(self.gone)}" if self.gone else ""
        return (
            f"Spark cluster: Thrift server at {self.host}:{self.port}, {WORKERS} workers at"
            f" {self.master}, since {self.started_at}{gone}"
        )


def find(settings: Settings) -> Cluster | None:
    """The cluster that the data folder's file tells of, alive or not; None where it tells none."""
    try:
        told = json.loads(_file(settings).read_text())
        return Cluster(**{**told, "parts": tuple(Part(**part) for part in told["parts"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def start(settings: Settings, tell: Tell) -> Cluster:
    """Start the cluster, or only the workers that are gone where the rest of it stands.

    Raises EngineError (no packages, no Java), ClusterError (a part did not come up) and
    RunInProgressError (a run may hold Spark's catalog), one line each.
    """
    check_packages()
    check_java()
    with _one_at_a_time(settings):
        standing = find(settings)
        if standing and all(name.startswith(_WORKER) for name in standing.gone):
            return _with_workers(settings, standing, tell) if standing.gone else standing
        with run_lock(settings.data, settings.state, "make cluster"):
            _end_all(settings)
            try:
                return _start_all(settings, tell)
            except BaseException:
                _end_all(settings)
                raise


def stop(settings: Settings) -> int:
    """End every process of the cluster; how many there were."""
    with _one_at_a_time(settings):
        return _end_all(settings)


def _start_all(settings: Settings, tell: Tell) -> Cluster:
    for scratch in (settings.spark / "work", settings.spark / "local"):
        shutil.rmtree(scratch, ignore_errors=True)
    tell("starting the master")
    master = _launch(
        settings,
        _MASTER,
        ["spark-class", f"{_DEPLOY}.master.Master", *_AT, "--port", "0"],
    )
    url = _wait(settings, master, _MASTER_UP)[1]
    tell("starting workers and Thrift server")
    workers = [_launch_worker(settings, f"{_WORKER}-{n + 1}", url) for n in range(WORKERS)]
    server = _launch_server(settings, url)
    for worker in workers:
        _wait(settings, worker, _WORKER_UP)
    cluster = Cluster(
        master=url,
        port=int(_wait(settings, server, _SERVER_UP)[1]),
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        parts=(master, *workers, server),
    )
    _write(settings, cluster)
    return cluster


def _with_workers(settings: Settings, cluster: Cluster, tell: Tell) -> Cluster:
    tell("starting workers that were gone")
    again = {name: _launch_worker(settings, name, cluster.master) for name in cluster.gone}
    for worker in again.values():
        _wait(settings, worker, _WORKER_UP)
    healed = replace(cluster, parts=tuple(again.get(part.name, part) for part in cluster.parts))
    _write(settings, healed)
    return healed


def _launch_worker(settings: Settings, name: str, master: str) -> Part:
    return _launch(
        settings,
        name,
        [
            *("spark-class", f"{_DEPLOY}.worker.Worker", *_AT),
            *("--cores", str(WORKER_CORES), "--memory", _memory()),
            *("--work-dir", str(settings.spark / "work")),
            master,
        ],
    )


def _launch_server(settings: Settings, master: str) -> Part:
    catalog = f"jdbc:derby:;databaseName={metastore(settings)};create=true"
    options = {
        "spark.driver.bindAddress": HOST,
        "spark.driver.host": HOST,
        "spark.executor.memory": _memory(),
        "spark.hadoop.javax.jdo.option.ConnectionURL": catalog,
        # A small model need not wait behind a large one.
        "spark.scheduler.mode": "FAIR",
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.shuffle.partitions": str(WORKERS * WORKER_CORES),
        "spark.sql.warehouse.dir": tables_folder(settings),
        "spark.ui.enabled": "false",
    }
    hive = {"hive.server2.thrift.bind.host": HOST, "hive.server2.thrift.port": "0"}
    log = _logs(settings) / "derby.log"
    return _launch(
        settings,
        _SERVER,
        [
            *("spark-submit", "--class", _THRIFT, "--master", master),
            *("--driver-java-options", f"-Dderby.stream.error.file={log}"),
            *_pairs("--conf", options),
            "spark-internal",
            *_pairs("--hiveconf", hive),
        ],
        memory=_memory(),
    )


def _memory() -> str:
    return os.environ.get(MEMORY) or DEFAULT_MEMORY


def _pairs(option: str, values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield from (option, f"{name}={value}")


def _launch(
    settings: Settings, name: str, command: Sequence[str], memory: str = DAEMON_MEMORY
) -> Part:
    """Start a part in a session of its own: Ctrl-C at the prompt is not for it."""
    home = spark_home()
    # A part outlives the run that it may have been started in.
    env = {key: value for key, value in os.environ.items() if key != RUN_MARKER}
    env |= {
        MARKER: str(settings.data),
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(CONF),
        "SPARK_DAEMON_MEMORY": memory,
        # By default it takes a fixed port, to run what anybody on this machine sends it.
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
        "SPARK_LOCAL_IP": HOST,
        "SPARK_LOCAL_DIRS": str(settings.spark / "local"),
    }
    log = _log(settings, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    settings.spark.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(home / "bin" / command[0]), *command[1:]],
            cwd=settings.spark,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Part(name, process.pid, psutil.Process(process.pid).create_time())


def _wait(settings: Settings, part: Part, is_up: re.Pattern[str]) -> re.Match[str]:
    """Wait for the line of its log that says that a part is up."""
    log = _log(settings, part.name)
    deadline = time.monotonic() + _START_S
    while True:
        # Asked before the log is read: what a part says last is seen.
        is_alive = part.is_alive
        text = log.read_text(errors="replace")
        if found := is_up.search(text):
            return found
        if not is_alive or time.monotonic() > deadline:
            how = f"did not come up in {_START_S:.0f} s" if is_alive else "ended while starting"
            raise ClusterError(f"The cluster's {part.name} {how}: {_last_line(text)} See {log}.")
        time.sleep(_POLL_S)


def _last_line(text: str) -> str:
    """What a log says last, less the frames of a stack."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("at ", "... "))]
    return said[-1][:200] if said else "its log is empty."


def _end_all(settings: Settings) -> int:
    processes = carrying(MARKER, str(settings.data))
    end(processes, patience=_STOP_S)
    _file(settings).unlink(missing_ok=True)
    return len(processes)


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    settings.state.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(settings.state / "cluster.lock", timeout=0):
            yield
    except Timeout:
        raise ClusterError(
            "Another process is starting or stopping this cluster: wait until it has."
        ) from None


def _write(settings: Settings, cluster: Cluster) -> None:
    temporary = _file(settings).with_suffix(".tmp")
    temporary.write_text(json.dumps(asdict(cluster), indent=2) + "\n")
    temporary.replace(_file(settings))


def _file(settings: Settings) -> Path:
    return settings.state / "cluster.json"


def _logs(settings: Settings) -> Path:
    return settings.logs / "cluster"


def _log(settings: Settings, name: str) -> Path:
    return _logs(settings) / f"{name}.log"
