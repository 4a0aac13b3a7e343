"""Adzuna: ads of 19 countries, and its statistics of them.

An account allows 25 calls a minute, 250 a day, 1,000 a week and 2,500 a month, each of 50 ads at
most; texts are snippets of 500 characters. Pay is a year's, in the currency of the country, and for
most ads Adzuna's own estimate: only the flag beside it tells. Off unless the account is set: what
Adzuna allows to be done with its data is little, see the terms.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingestion.adzuna import ads
from ingestion.adzuna.account import BASE_URL, Account, AdzunaSettings, judge
from ingestion.adzuna.statistics import ENDPOINTS, Statistics
from ingestion.http.limits import DAY, MINUTE, MONTH, WEEK
from ingestion.source import SourceSpec, Terms

if TYPE_CHECKING:
    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter


def fetch(collection: Collection) -> None:
    """Fetch the ads of each search in each of its countries, then the statistics of them."""
    config = collection.config
    if not isinstance(config, AdzunaSettings):
        raise TypeError(f"{type(config).__name__} are not the settings of Adzuna")
    searches = {one.scope: one for one in ads.searched(collection, config)}
    plan = [part for one in searches.values() for part in ads.slices(collection, config, one)]
    client = collection.client(config.base_url or BASE_URL, auth=Account(config))
    walk = ads.AdWalk(collection, config, client, searches)
    statistics = Statistics(collection, client, searches.values())
    if collection.ask is None and config.statistics:
        plan += statistics.slices()

    def take(writer: SliceWriter) -> None:
        (walk if writer.slice.endpoint == "search" else statistics).take(writer)

    collection.walk(plan, take)


SPEC = SourceSpec(
    name="adzuna",
    title="Adzuna",
    kind="api",
    url="https://developer.adzuna.com",
    endpoints=(ads.ENDPOINT, *ENDPOINTS),
    fetch=fetch,
    terms=Terms(
        attribution="Jobs by Adzuna",
        attribution_url="https://www.adzuna.co.uk",
        licence="Adzuna API terms: listings and its estimates with its mark and a link; aggregates "
        "of an organisation only with its written consent; one account; remove on termination",
        may_show_listing=True,
    ),
    settings_class=AdzunaSettings,
    rate=((25, MINUTE), (250, DAY), (1_000, WEEK), (2_500, MONTH)),
    # A run that the limit of a day has stopped is to go on, not to begin again.
    interval=timedelta(days=7),
    needs=("app_id", "app_key"),
    judge=judge,
    searches=ads.SEARCHES,
    precedence=60,
)

__all__ = ["SPEC", "AdzunaSettings", "fetch"]
