"""JobTech: all job ads of Sweden's public employment service, open data without a key (CC0).

One answer, the snapshot, is the whole stock; from then on the stream tells what has changed since,
with sparse notes of what is gone. Files of past years are fetched where a search names days.
"""

from __future__ import annotations

from datetime import timedelta

from ingestion.jobtech.fetching import FIELDS, JobtechSettings, fetch
from ingestion.jobtech.history import judge
from ingestion.source import EndpointSpec, SourceSpec, Terms

SPEC = SourceSpec(
    name="jobtech",
    title="JobTech",
    kind="api",
    url="https://jobtechdev.se",
    endpoints=(
        EndpointSpec(
            "ads",
            id_field="id",
            drop=(
                "application_contacts",
                "contacts",
                "employer.phone_number",
                "employer.email",
                "application_details.email",
                # Free texts about whom to call.
                "application_details.information",
                "application_details.other",
            ),
            # What is gone the stream tells; the stock is large.
            full_every=timedelta(days=7),
            overlap=timedelta(days=1),
            fields={
                "id": "text|number",
                "headline": "text",
                "description": "object",
                "description.text": "text|object",
                "employer": "object",
                "employer.name": "text?",
                "occupation": "object|list",
                "occupation_group": "object|list",
                "occupation_field": "object|list",
                "workplace_address": "object",
                "workplace_address.municipality": "text?",
                "workplace_address.region": "text?",
                "workplace_address.country": "text?",
                "workplace_address.coordinates": "list?",
                "publication_date": "time",
                "last_publication_date": "time?",
                "application_deadline": "time?",
                "employment_type": "object|list?",
                "working_hours_type": "object|list?",
                "duration": "object|list?",
                "salary_description": "text?",
                "must_have": "object?",
                "nice_to_have": "object?",
                "webpage_url": "text?",
                "timestamp": "number?",
                "removed": "boolean?",
            },
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Job ads from JobTech Dev, Arbetsförmedlingen",
        attribution_url="https://jobtechdev.se",
        licence="CC0 1.0",
        may_show_listing=True,
        may_publish_aggregates=True,
        may_redistribute=True,
    ),
    settings_class=JobtechSettings,
    # Nothing is stated; a run asks once. An older version allowed one request a minute.
    rate=((1, 1), (60, 3_600)),
    judge=judge,
    searches=FIELDS,
    precedence=40,
    home_country="SE",
)

__all__ = ["SPEC", "JobtechSettings", "fetch"]
