"""JSearch: jobs as Google shows them, and estimates of pay, by OpenWeb Ninja or RapidAPI.

The free plan has 200 calls a month of ten jobs each, and an answer takes 10 to 20 seconds: a call
that was not answered may have been charged and is not made again. Its searches are ranked and
never hold all there is: no job closes by not being met. Pay names its currency in words only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.http.limits import HOUR, MONTH
from ingestion.jsearch import estimates, jobs
from ingestion.jsearch.account import BASE_URL, JSearchSettings, judge
from ingestion.source import SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter


def fetch(collection: Collection) -> None:
    """Fetch the jobs of each search, then the estimates of pay."""
    config = collection.config
    if not isinstance(config, JSearchSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of JSearch")
    searches = {one.scope: one for one in collection.searches or (jobs.DEFAULT,)}
    plan = list(jobs.slices(collection, config))
    base_url = config.base_url or BASE_URL
    client = collection.client(base_url, headers=config.key_headers(base_url))
    walk = jobs.JobWalk(collection, config, client, searches)
    asked = estimates.Estimates(collection, config, client, searches.values())
    if collection.ask is None and config.salaries:
        plan += asked.slices()

    def take(writer: SliceWriter) -> None:
        (walk if writer.slice.endpoint == "search" else asked).take(writer)

    collection.walk(plan, take)


SPEC = SourceSpec(
    name="jsearch",
    title="JSearch",
    kind="api",
    url="https://www.openwebninja.com/api/jsearch",
    endpoints=(jobs.ENDPOINT, *estimates.ENDPOINTS),
    fetch=fetch,
    terms=Terms(
        attribution="Jobs from JSearch by OpenWeb Ninja, each with its publisher",
        attribution_url="https://www.openwebninja.com/api/jsearch",
        licence="OpenWeb Ninja terms of 2026-09-14: use in one's own products; no resale or "
        "redistribution as data; rights of the publishers are not addressed",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=JSearchSettings,
    rate=((1_000, HOUR), (200, MONTH)),
    # A run that a limit has stopped is to go on, not to begin again; cursors last some days.
    interval=timedelta(days=3),
    needs=("api_key",),
    scarce=True,
    judge=judge,
    retry_timeouts=False,
    searches=jobs.SEARCHES,
    precedence=55,
)

__all__ = ["SPEC", "JSearchSettings", "fetch"]
