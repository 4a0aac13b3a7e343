"""Jobsuche of the Bundesagentur für Arbeit: offers in Germany, with the details of new ones.

The API is that of the agency's own website. It is not offered to others, so the source runs only
where `WAGEHOUSE_SOURCES` names it, with the key that the website sends. It gives the first 10,000
offers of a query; where `SEARCHES` asks for more they are split, without one a run takes those.
"""

from __future__ import annotations

from datetime import timedelta

from ingestion.arbeitsagentur.offers import (
    DROP,
    PARAMETERS,
    ArbeitsagenturSettings,
    fetch,
    judge,
)
from ingestion.source import EndpointSpec, SourceSpec, Terms

SPEC = SourceSpec(
    name="arbeitsagentur",
    title="Arbeitsagentur",
    kind="api",
    url="https://www.arbeitsagentur.de/jobsuche",
    endpoints=(
        EndpointSpec(
            "jobs",
            id_field="refnr",
            # Handles that mean nothing, and what is asked for beside the list.
            volatile=("details", "hashId", "kundennummerHash"),
            drop=tuple(f"details.{name}" for name in DROP),
            full_every=timedelta(days=7),
            # Offers count in whole days of Berlin.
            overlap=timedelta(days=2),
            fields={
                "refnr": "text",
                "beruf": "text",
                "titel": "text?",
                "arbeitgeber": "text?",
                "aktuelleVeroeffentlichungsdatum": "time",
                "modifikationsTimestamp": "time?",
                "eintrittsdatum": "text?",
                "arbeitsort": "object",
                "arbeitsort.ort": "text?",
                "arbeitsort.region": "text?",
                "arbeitsort.land": "text?",
                "arbeitsort.plz": "text|number?",
                "arbeitsort.koordinaten": "object?",
                "externeUrl": "text?",
                "details": "object?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Stellenangebote der Bundesagentur für Arbeit",
        attribution_url="https://www.arbeitsagentur.de/jobsuche",
        licence="No terms for the API, which is not an official one: show with a link; no "
        "redistribution",
        may_show_listing=True,
        may_publish_aggregates=True,
    ),
    settings_class=ArbeitsagenturSettings,
    # None is known.
    rate=((2, 1),),
    opt_in=True,
    judge=judge,
    searches=frozenset({*PARAMETERS, "since", "until"}),
    precedence=40,
    home_country="DE",
)

__all__ = ["SPEC", "ArbeitsagenturSettings", "fetch"]
