"""Generated data: postings and employers in The Muse's shape, and the small server behind them.

It stands in where no real source could be reached, so that everything can be seen at work.
"""

from __future__ import annotations

from datetime import timedelta

from ingestion.demo.source import DemoSettings, fetch
from ingestion.source import DEMO, EndpointSpec, SourceSpec, Terms

SPEC = SourceSpec(
    name=DEMO,
    title="Generated demo data",
    kind="demo",
    url="",
    endpoints=(
        EndpointSpec("jobs", id_field="id", full_every=timedelta(days=1)),
        EndpointSpec("companies", id_field="id", full_every=timedelta(days=1)),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Generated data, no real postings",
        attribution_url="",
        licence="MIT",
        may_show_listing=True,
        may_publish_aggregates=True,
        may_redistribute=True,
    ),
    settings_class=DemoSettings,
    opt_in=True,
)

__all__ = ["SPEC", "DemoSettings", "fetch"]
