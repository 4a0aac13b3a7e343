"""What Spark needs on this machine: the packages of the second lock, and Java."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from orchestration.errors import EngineError

#: Oldest Java that Spark 4 starts on.
JAVA = 17
#: dbt's adapter, its Thrift client, Spark itself.
_PACKAGES = ("dbt.adapters.spark", "pyhive", "pyspark")
#: `openjdk version "17.0.15"`, and `"1.8.0_392"` before 9.
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_INSTALL = "install one (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"


def check_packages() -> None:
    """Raise EngineError where the packages of the Spark targets are not installed."""
    for name in _PACKAGES:
        try:
            found = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            found = None
        if found is None:
            raise EngineError(
                f"The Spark targets need packages that are not there ({name}): make setup-spark."
            )


def check_java() -> None:
    """Raise EngineError where the Java that Spark would start is missing or too old."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        raise EngineError(
            f"Spark needs Java {JAVA} or newer, and there is none"
            f"{f' at {java}' if java else ''}: {_INSTALL}."
        )
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = _VERSION.search(done.stderr + done.stdout)
    if found is None or int(found[1]) < JAVA:
        which = f"Java {found[1]}" if found else "no Java that tells its version"
        raise EngineError(f"Spark needs Java {JAVA} or newer, and {java} is {which}: {_INSTALL}.")


def spark_home() -> Path:
    """Spark as it lies in the pyspark wheel."""
    spec = importlib.util.find_spec("pyspark")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent
