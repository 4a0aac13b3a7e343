"""The asset graph, from the sources to the site. This module only gathers.

Families of assets stand in `orchestration/assets/`, logic in `ingestion`, in dbt and in the modules
beside this one.
"""

from __future__ import annotations

from dagster import Definitions, in_process_executor

from orchestration.assets.dbt import build_dbt_assets
from orchestration.assets.ingestion import build_ingestion_assets
from orchestration.assets.published import build_published_asset
from orchestration.assets.site import build_site_asset
from orchestration.jobs import build_jobs
from orchestration.resources import dbt_resource
from orchestration.schedules import build_schedules
from orchestration.sensors import build_sensors

defs = Definitions(
    assets=[
        *build_ingestion_assets(),
        build_dbt_assets(),
        build_published_asset(),
        build_site_asset(),
    ],
    jobs=build_jobs(),
    schedules=build_schedules(),
    sensors=build_sensors(),
    resources={"dbt": dbt_resource()},
    # DuckDB takes one writer, and every new process would import everything again (8-25 s).
    executor=in_process_executor,
)
