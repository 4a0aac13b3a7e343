"""The engine that builds the models: what it needs, and what its processes are told."""

from __future__ import annotations

import os
import socket

from ingestion.settings import Settings
from orchestration.errors import EngineError
from orchestration.spark import cluster
from orchestration.spark.folders import CONF, TABLES, tables_folder
from orchestration.spark.needs import check_java, check_packages

HOST, PORT = "WAGEHOUSE_SPARK_HOST", "WAGEHOUSE_SPARK_PORT"
#: Where a Thrift server is when nobody says so.
_DEFAULT = ("127.0.0.1", 10000)
_CONNECT_S = 5.0


def engine_of(settings: Settings) -> str:
    """Who builds: duckdb, or spark for both of its targets, which have their tables in common."""
    return "duckdb" if settings.target == "duckdb" else "spark"


def check_engine(settings: Settings) -> None:
    """Raise EngineError, one line, where the target cannot build on this machine now."""
    if settings.target == "duckdb":
        return
    check_packages()
    if settings.target == "spark":
        check_java()
        standing = cluster.find(settings)
        if standing is not None and standing.is_up:
            raise EngineError(
                "This data folder's cluster is up and holds Spark's catalog: use it with"
                " TARGET=spark_cluster, or end it with make cluster-stop."
            )
        return
    host, port = _endpoint(settings)
    try:
        socket.create_connection((host, port), timeout=_CONNECT_S).close()
    except OSError as error:
        raise EngineError(
            f"No Spark cluster answers at {host}:{port} ({error.strerror or error}): make cluster"
            f" starts one on this machine, {HOST} and {PORT} name another."
        ) from error


def environment(settings: Settings) -> dict[str, str]:
    """What dbt must find beside the settings, whichever target it is told."""
    found = {}
    if settings.raw_path is not None:
        found["WAGEHOUSE_RAW"] = settings.raw_path
    if settings.target != "duckdb":
        found |= {TABLES: tables_folder(settings), "SPARK_CONF_DIR": str(CONF)}
    if settings.target == "spark":
        found |= {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(settings.spark / "local"),
        }
    if settings.target == "spark_cluster":
        host, port = _endpoint(settings)
        found |= {HOST: host, PORT: str(port)}
    return found


def _endpoint(settings: Settings) -> tuple[str, int]:
    """Where the Thrift server is: as told, else the data folder's own cluster."""
    host, port = os.environ.get(HOST), os.environ.get(PORT)
    if host or port:
        try:
            return host or _DEFAULT[0], int(port or _DEFAULT[1])
        except ValueError:
            raise EngineError(f"{PORT} cannot be read: it must be a number.") from None
    standing = cluster.find(settings)
    if standing is None:
        return _DEFAULT
    if not standing.is_up:
        gone = ", ".join(standing.gone)
        raise EngineError(
            f"Parts of the cluster are gone ({gone}): make cluster starts them again."
        )
    return standing.host, standing.port
