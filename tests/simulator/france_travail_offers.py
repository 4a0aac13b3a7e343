"""Generated offers of France Travail, in the API's own shape, with the faults of their writers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from tests.simulator import prose
from tests.simulator.france_travail_codes import (
    COMMUNES,
    DEPARTMENTS,
    QUALIFICATIONS,
    REFERENTIALS,
    TRADES,
)
from tests.simulator.stock import Listing, rng, stock

Offer = dict[str, Any]
LONGEST = 5_000
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MONTHS = ("12", "12.0", "12.0", "13.0", "13", "13.5")
#: Forms of pay with their weights; the last are those without a usual period.
PAY = (
    ("Annuel de {low} Euros à {high} Euros", 111),
    ("Annuel de {low} Euros à {high} Euros sur {months} mois", 64),
    ("Mensuel de {low} Euros à {high} Euros sur {months} mois", 22),
    ("Mensuel de {low} Euros à {high} Euros", 14),
    ("Annuel de {low} Euros sur {months} mois", 8),
    ("Mensuel de {low} Euros sur {months} mois", 8),
    ("Annuel de {low} Euros", 4),
    ("Mensuel de {low} Euros", 2),
    ("Horaire de {low} Euros", 1),
    ("Horaire de {low} Euros sur {months} mois", 1),
    ("Autre de {low} Euros à {high} Euros", 1),
    ("Cachet de {low} Euros", 1),
    ("De {low} Euros à {high} Euros", 1),
)
#: Hours or months by which a year's pay is divided.
SHARES = {"Annuel": 1, "Mensuel": 12, "Horaire": 1_820, "Autre": 12, "Cachet": 220, "De": 1}
#: Share of offers with a key that may be absent, as counted on real ones.
COMPANY, PAID, NAF, STAFF, QUALIFICATION, SKILLS = 0.56, 0.46, 0.52, 0.48, 0.42, 0.06
PARTNERS = ("Emplois Fictifs", "Travail Exemple", "Annonces Modèles")
CONTRACTS = (
    ("CDI", "CDI", "E1", 55),
    ("CDI", "Contrat à durée indéterminée", "E1", 5),
    ("CDD", "CDD - {n} Mois", "E1", 16),
    ("CDD", "CDD - {n} Jour(s)", "CU", 2),
    ("MIS", "Mission intérimaire - {n} Mois", "E1", 14),
    ("CDD", "CDD - 24 Mois", "E2", 3),
    ("SAI", "Saisonnier - {n} Mois", "E1", 3),
    ("LIB", "Profession libérale", "NS", 2),
)
NATURES = {one["code"]: one["libelle"] for one in REFERENTIALS["naturesContrats"]}
HOURS = ("35H", "35H", "39H", "37H30", "36H50", "24H", "17H30")


def records(n: int, seed: int = 1, day: date = date(2026, 3, 2)) -> list[Offer]:
    """The `n` offers of the day, in no order that means anything."""
    found = [_offer(listed, seed) for listed in stock(n, day)]
    rng("france_travail", "order", seed, day).shuffle(found)
    return found


def offer_id(number: int, partner: bool) -> str:
    """Seven digits and capitals; those of partners are numbers."""
    if partner:
        return str(180_000_000 + number)
    value, text = 36**6 + number, ""
    while value:
        value, digit = divmod(value, 36)
        text = DIGITS[digit] + text
    return text


def _offer(listed: Listing, seed: int) -> Offer:
    number = listed.number
    random = rng("france_travail", seed, number)
    partner = random.random() < 0.25
    # An agency publishes the same again under another number.
    core = rng("france_travail", "core", seed, number - 1 if number % 33 == 0 else number)
    trade_no = core.randrange(len(prose.TRADES))
    trade = TRADES[trade_no]
    company = prose.employer(core, "fr")
    title = prose.title(core, trade_no, "fr")
    created, changed = _moments(random, listed, partner)
    contract, contract_name, nature, _ = random.choices(
        CONTRACTS, [weight for *_, weight in CONTRACTS]
    )[0]
    person = prose.contact(random, "fr") if random.random() < 0.3 else None
    own = offer_id(number, partner)
    offer: Offer = {
        "id": own,
        "intitule": title,
        "description": _text(core, title, company, listed.edits, person),
        "dateCreation": created,
        "dateActualisation": changed,
        "lieuTravail": _place(core),
        "romeCode": trade.rome,
        "romeLibelle": trade.rome_name,
        "appellationlibelle": trade.name,
        "entreprise": _company(random, company),
        "typeContrat": contract,
        "typeContratLibelle": contract_name.format(n=random.choice((1, 3, 6, 12, 18))),
        "natureContrat": NATURES[nature],
        **_experience(random),
        "salaire": salary(random, prose.TRADES[trade_no][1] * 0.75 * 1.05**listed.edits),
        "alternance": nature == "E2",
        "contact": _contact(random, person, partner),
        "agence": _agency(random),
        "accessibleTH": random.random() < 0.2,
        "origineOffre": _origin(random, own, partner),
        "offresManqueCandidats": random.random() < 0.1,
        "entrepriseAdaptee": random.random() < 0.01,
        "employeurHandiEngage": random.random() < 0.05,
    }
    if partner:
        offer["nombrePostes"] = 1
    else:
        offer |= _details(random)
    offer |= _rare(random, trade.naf, trade.naf_name)
    return offer


def _moments(random: Random, listed: Listing, partner: bool) -> tuple[str, str]:
    """Offers of partners arrive all at once, at night; changes keep the date of creation."""
    start = datetime(listed.on.year, listed.on.month, listed.on.day, 2, tzinfo=UTC)
    created = start if partner else start + timedelta(milliseconds=random.randrange(36_000_000))
    after = timedelta(seconds=random.randrange(3_000))
    changed = created + after
    if listed.edits:
        on = listed.changed_on
        changed = datetime(on.year, on.month, on.day, 12, tzinfo=UTC) + after
    return _time(created, random), _time(changed, random)


def _time(moment: datetime, random: Random) -> str:
    kind = "milliseconds" if random.random() < 0.8 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=kind) + "Z"


def _text(random: Random, title: str, company: str, edits: int, person: Any) -> str:
    text = prose.advert(random, "fr", title, company, None, edits, person).plain()
    if random.random() < 0.1:
        text = "\n\n".join([text] * (LONGEST // len(text) + 1))
    return text[:LONGEST]


def _place(random: Random) -> dict[str, Any]:
    kind = random.random()
    if kind < 0.03:
        return {"libelle": random.choice(("France", "Luxembourg", "Suisse", "Belgique"))}
    if kind < 0.15:
        department = random.choice(DEPARTMENTS)
        return {"libelle": f"{department['code']} - {department['libelle'].replace('-', ' ')}"}
    commune = random.choice(list(COMMUNES.values()))
    name = commune.name if random.random() < 0.5 else commune.name.upper().replace("-", " ")
    return {
        "libelle": f"{commune.department} - {name}",
        "latitude": commune.latitude + random.randrange(-9, 10) / 1_000,
        "longitude": commune.longitude + random.randrange(-9, 10) / 1_000,
        "codePostal": commune.postcode,
        "commune": commune.code,
    }


def _company(random: Random, name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"entrepriseAdaptee": False}
    if random.random() < COMPANY:
        found["nom"] = name.upper()
    if random.random() < 0.2:
        found["description"] = f"{name} est une entreprise imaginaire."
    if random.random() < 0.05:
        found |= {"logo": "https://example.org/logo.png", "url": "https://example.org/"}
    return found


def _experience(random: Random) -> dict[str, Any]:
    kind = random.choices("DES", (35, 45, 20))[0]
    years = random.choice((1, 2, 3, 5, 7))
    named = {
        "D": "Débutant accepté",
        "S": f"{years} An(s)",
        "E": random.choice((f"{years} An(s)", "6 Mois", f"Expérience exigée de {years} An(s)")),
    }
    found = {"experienceExige": kind, "experienceLibelle": named[kind]}
    if random.random() < 0.06:
        found["experienceCommentaire"] = "sur un poste similaire"
    return found


def salary(random: Random, base: float) -> dict[str, Any]:
    """Pay as recruiters enter it: a label in one of its forms, a comment, or nothing at all."""
    if random.random() >= PAID:
        if random.random() < 0.6:
            return {}
        low = round(base / 1_000)
        texts = (f"{low} - {low + 10} k€ brut annuel", "Selon profil", "à négocier")
        return {"commentaire": random.choice(texts), "complement1": "Autre"}
    found: dict[str, Any] = {"libelle": _label(random, base)}
    extras = random.sample(("Primes", "Mutuelle", "Titres restaurant", "CE", "Intéressement"), 3)
    if random.random() < 0.45:
        found |= dict(zip(("complement1", "complement2"), extras, strict=False))
        found["listeComplements"] = [
            {"code": str(n), "libelle": name} for n, name in enumerate(extras, 1)
        ]
    return found


def _label(random: Random, base: float) -> str:
    form = random.choices([form for form, _ in PAY], [weight for _, weight in PAY])[0]
    low = base / SHARES[form.split(" ", 1)[0]]
    high = low * 1.2
    # What recruiters mistake: the period, the order, a zero, an hour's pay for that of a year.
    slip = random.random()
    if slip < 0.01 and form[:6] in ("Annuel", "Mensue"):
        form = form.replace("Annuel", "?").replace("Mensuel", "Annuel").replace("?", "Mensuel")
    elif slip < 0.02:
        low, high = high, low
    elif slip < 0.03:
        high *= 10
    elif slip < 0.04:
        form, low = "Annuel de {low} Euros", base / 1_820
    text = form.format(low=_number(random, low), high=_number(random, high), months="{months}")
    text = text.replace("{months}", random.choice(MONTHS))
    return text.replace("à", "\N{REPLACEMENT CHARACTER}") if random.random() < 0.01 else text


def _number(random: Random, amount: float) -> str:
    amount = round(amount, -3) if amount > 10_000 else round(amount, 2 if amount < 100 else 0)
    kind = random.random()
    if kind < 0.6:
        return f"{amount:.1f}" if amount >= 100 else f"{amount:.2f}"
    if kind < 0.75:
        return f"{amount:.2f}"
    text = f"{amount:,.2f}" if kind > 0.9 else f"{amount:.2f}"
    blank = random.choice((" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"))
    return text.replace(".", ";").replace(",", blank).replace(";", ",")


def _contact(random: Random, person: prose.Contact | None, partner: bool) -> dict[str, Any]:
    if person is None or partner:
        return {}
    found = {
        "nom": f"Exemple SAS - M. {person.name}",
        "coordonnees1": "https://example.org/postuler",
        "coordonnees2": "1 rue de l'Exemple",
        "coordonnees3": "75000 PARIS",
        "telephone": person.phone,
        "courriel": f"Pour postuler, utiliser le lien suivant : mailto:{person.mail}",
        "commentaire": f"Demander {person.name}",
        "urlRecruteur": "https://example.org/recruteur",
        "urlPostulation": "https://example.org/postuler",
    }
    return {name: found[name] for name in found if name == "nom" or random.random() < 0.6}


def _agency(random: Random) -> dict[str, Any]:
    if random.random() < 0.9:
        return {}
    return {"telephone": "01 99 00 00 07", "courriel": "Agence : agence@example.org"}


def _origin(random: Random, own: str, partner: bool) -> dict[str, Any]:
    url = f"https://candidat.francetravail.fr/offres/recherche/detail/{own}"
    if not partner:
        return {"origine": "1", "urlOrigine": url}
    logo = "https://example.org/partenaire.png"
    who = {"nom": random.choice(PARTNERS), "url": f"https://example.org/{own}", "logo": logo}
    return {"origine": "2", "urlOrigine": url, "partenaires": [who]}


def _details(random: Random) -> dict[str, Any]:
    """What only offers of France Travail itself tell."""
    hours = random.choice(HOURS)
    full = hours not in ("24H", "17H30")
    moves = random.choice(("1 Jamais", "2 Ponctuels Zone départementale", "3 Fréquents"))
    return {
        "dureeTravailLibelle": f"{hours}\n" + random.choice(("Travail en journée", "2X8", "Nuit")),
        "dureeTravailLibelleConverti": "Temps plein" if full else "Temps partiel",
        "nombrePostes": random.choice((1, 1, 1, 2, 10)),
        "deplacementCode": moves[0],
        "deplacementLibelle": moves[2:],
        "contexteTravail": {
            "horaires": [f"{hours}/semaine", "Travail en journée"],
            "conditionsExercice": random.choice(([], ["Station debout prolongée"])),
        },
    }


def _rare(random: Random, naf: str, naf_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def some(share: float, **fields: Any) -> None:
        if random.random() < share:
            found.update(fields)

    code = random.choice(list(QUALIFICATIONS))
    must = random.choice(("E", "S"))
    level = random.choice(REFERENTIALS["niveauxFormations"])["libelle"]
    study = {"niveauLibelle": level, "exigence": must}
    full = {"codeFormation": "31054", "domaineLibelle": "informatique", "commentaire": "ou plus"}
    skill = {"code": "300067", "libelle": "Analyser des données", "exigence": must}
    tongue = random.choice(REFERENTIALS["langues"])["libelle"]
    licence = random.choice(REFERENTIALS["permis"])["libelle"]
    quality = {"libelle": "Faire preuve de rigueur", "description": "Capacité à suivre des règles."}
    sector = {"secteurActivite": naf[:2], "secteurActiviteLibelle": naf_name}
    some(QUALIFICATION, qualificationCode=code, qualificationLibelle=QUALIFICATIONS[code])
    some(NAF, codeNAF=naf, **sector)
    some(STAFF, trancheEffectifEtab=random.choice(("0 salarié", "10 à 19 salariés")))
    some(SKILLS, competences=[skill, {"libelle": "Travailler en équipe", "exigence": "S"}])
    some(0.2, formations=[{**full, **study} if random.random() < 0.4 else study])
    some(0.15, langues=[{"libelle": tongue, "exigence": must}])
    some(0.1, permis=[{"libelle": licence, "exigence": must}])
    some(0.03, outilsBureautiques=["Tableur", "Traitement de texte"])
    some(0.3, qualitesProfessionnelles=[quality])
    some(0.02, complementExercice="Télétravail possible")
    some(0.02, conditionExercice="Travail le week-end")
    return found
