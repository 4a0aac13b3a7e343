"""France Travail: the offers of its API « Offres d'emploi v2 », and the référentiels of its codes.

A search gives its first 3,150 offers at most, so a scope that holds more is read by windows of the
day of creation, and where those are as narrow as can be by codes; see `splitting`. Within a day of
an enumeration only what was created since is asked for. A change keeps the day of creation and no
feed tells what is gone: the enumeration, which the licence wants every day, finds both.
"""

from __future__ import annotations

from datetime import timedelta

from ingestion.france_travail.codes import REFERENTIALS, REFERENTIALS_FOR
from ingestion.france_travail.fetching import FIELDS, FranceTravailSettings, fetch, judge
from ingestion.source import EndpointSpec, SourceSpec, Terms

SPEC = SourceSpec(
    name="france_travail",
    title="France Travail",
    kind="api",
    url="https://francetravail.io/data/api/offres-emploi",
    endpoints=(
        EndpointSpec(
            "offers",
            id_field="id",
            drop=("contact", "agence"),
            # A little less than a day: a run that starts some minutes earlier enumerates, too.
            full_every=timedelta(hours=20),
            overlap=timedelta(days=1),
            fields={
                "id": "text",
                "intitule": "text",
                "description": "text",
                "dateCreation": "time",
                "dateActualisation": "time?",
                "lieuTravail": "object",
                "lieuTravail.libelle": "text",
                "lieuTravail.latitude": "number?",
                "lieuTravail.longitude": "number?",
                "romeCode": "text",
                "romeLibelle": "text?",
                "typeContrat": "text",
                "natureContrat": "text",
                "experienceExige": "text",
                "alternance": "boolean",
                "entreprise.nom": "text?",
                "salaire.libelle": "text?",
                "origineOffre.urlOrigine": "text",
                "nombrePostes": "number?",
                "competences": "list?",
                "formations": "list?",
                "langues": "list?",
                "permis": "list?",
            },
        ),
        EndpointSpec(
            "referentials",
            id_field="code",
            full_every=REFERENTIALS_FOR,
            # None is fetched between two enumerations.
            overlap=timedelta(0),
            cache=REFERENTIALS_FOR,
            fields={"referential": "text", "code": "text", "libelle": "text"},
        ),
    ),
    fetch=fetch,
    terms=Terms(
        attribution="Offers from France Travail, as of the day of collection; how they are "
        "processed is published with the project",
        attribution_url="https://francetravail.io",
        licence="Licence de réutilisation de la base de données des offres d'emploi: source, date "
        "and licence named, offers shown whole, synchronised every 24 h, withdrawn ones anonymised",
        may_show_listing=True,
        must_show_all=True,
        may_publish_aggregates=True,
        retention_days=1,
    ),
    settings_class=FranceTravailSettings,
    # Ten a second are allowed.
    rate=((8, 1),),
    needs=("client_id", "client_secret"),
    success=frozenset({200, 204, 206}),
    judge=judge,
    searches=FIELDS,
    precedence=40,
    home_country="FR",
    max_age=timedelta(hours=26),
)

__all__ = ["REFERENTIALS", "SPEC", "FranceTravailSettings", "fetch"]
