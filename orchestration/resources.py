"""Resources of the graph: dbt's command line, without the two helpers that only cost time here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

from dagster_dbt import DbtCliInvocation, DbtCliResource
from packaging.version import Version

from orchestration.models import dbt_executable
from orchestration.paths import DBT_PROJECT


class DbtCli(DbtCliResource):
    """dbt in a process of its own, which alone holds the warehouse while it runs.

    The stock resource starts a second dbt to ask for its version and loads dbt's adapter into this
    process, 6 s of CPU together; the version is known, and metadata is read over one connection
    of ours after the build.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(Version(installed_version("dbt-core")).base_version)

    def start(
        self, args: Sequence[str], env: Mapping[str, str], **options: Any
    ) -> DbtCliInvocation:
        """A dbt command that finds `env` beside the environment of this process."""
        before = dict(os.environ)
        os.environ.update(env)
        try:
            return self.cli(args, raise_on_error=False, **options)
        finally:
            for name in env:
                if name in before:
                    os.environ[name] = before[name]
                else:
                    del os.environ[name]

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def dbt_resource() -> DbtCli:
    """The resource on our project, its profile and the dbt beside this Python."""
    return DbtCli(
        project_dir=str(DBT_PROJECT),
        profiles_dir=str(DBT_PROJECT),
        dbt_executable=dbt_executable(),
        # The run has a log of its own; the debug log was 20 MB a build.
        global_config_flags=["--no-use-colors", "--log-level-file", "none"],
    )
