"""The Muse: jobs and companies of its public API v2.

Pages count from 0 and the API gives the first hundred of a query; to go deeper, `SEARCHES` splits
the jobs by category and place. Its order is none to rely on, so each run walks all pages. A key is
optional and raises the hourly limit.
"""

from __future__ import annotations

from datetime import timedelta

from ingestion.source import EndpointSpec, SourceSpec, Terms
from ingestion.the_muse.pages import PARAMETERS, TheMuseSettings, fetch

ENDPOINTS = (
    EndpointSpec(
        "jobs",
        id_field="id",
        full_every=timedelta(days=1),
        fields={
            "id": "number",
            "name": "text",
            "contents": "text",
            "publication_date": "time",
            "company.id": "number",
            "company.name": "text",
            "refs.landing_page": "text",
            "locations": "list",
            "locations.name": "text",
            "categories": "list",
            "categories.name": "text",
            "levels": "list",
            "levels.name": "text",
        },
    ),
    EndpointSpec(
        "companies",
        id_field="id",
        full_every=timedelta(days=1),
        fields={
            "id": "number",
            "name": "text",
            "refs.landing_page": "text",
            "size.name": "text",
            "locations": "list",
            "industries": "list",
        },
    ),
)

SPEC = SourceSpec(
    name="the_muse",
    title="The Muse",
    kind="api",
    url="https://www.themuse.com",
    endpoints=ENDPOINTS,
    fetch=fetch,
    terms=Terms(
        attribution="Job postings from The Muse",
        attribution_url="https://www.themuse.com",
        licence="The Muse API terms: show with a link back; no redistribution; destroy on "
        "termination",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=TheMuseSettings,
    rate=((500, 3600),),
    rate_with_key=((3600, 3600),),
    optional_key="api_key",
    searches=frozenset(PARAMETERS),
    precedence=20,
    home_country="US",
)

__all__ = ["ENDPOINTS", "SPEC", "TheMuseSettings", "fetch"]
