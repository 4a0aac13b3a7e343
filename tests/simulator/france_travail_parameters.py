"""The parameters of France Travail's search: what each accepts, and which go together."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tests.simulator.common import RefusedError

Asked = Mapping[str, str]
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
#: Values one parameter may have, separated by commas, and how many of them.
PATTERNS: dict[str, tuple[str, int]] = {
    "range": (r"\d+-\d+", 1),
    "sort": ("[012]", 1),
    "domaine": (r"[A-N]\d\d", 1),
    "grandDomaine": ("[A-N]|C15|L14|M1[3-8]", 1),
    "codeROME": (r"[A-N]\d{4}", 200),
    "appellation": (r"\d{5,6}", 200),
    "theme": (r"\d+", 1),
    "secteurActivite": (r"\d\d", 2),
    "codeNAF": (r"\d\d\.\d\d[A-Z]", 2),
    "experience": ("[0-3]", 4),
    "experienceExigence": ("[DSE]", 1),
    # DDT is in the référentiel and cannot be asked for.
    "typeContrat": ("(?!DDT)[A-Z]{3}", 20),
    "natureContrat": ("[A-Z][A-Z0-9]", 20),
    "origineOffre": ("[12]", 1),
    "qualification": ("[09]", 1),
    "dureeHebdo": ("[012]", 3),
    "dureeHebdoMin": (r"\d{4}", 1),
    "dureeHebdoMax": (r"\d{4}", 1),
    "dureeContratMin": (r"\d{1,2}(\.\d+)?", 1),
    "dureeContratMax": (r"\d{1,2}(\.\d+)?", 1),
    "commune": (r"\d[\dAB]\d{3}", 5),
    "distance": (r"\d+", 1),
    "departement": (r"\d[\dAB]\d?", 5),
    "region": (r"\d\d", 1),
    "paysContinent": (r"[A-Z\d]\d", 1),
    "niveauFormation": (r"[A-Z\d]{3}", 1),
    "permis": ("[A-Z0-9]{1,2}", 5),
    "motsCles": (r"[^,]{2,}", 50),
    "salaireMin": (r"\d+(\.\d+)?", 1),
    "periodeSalaire": ("[MAHC]", 1),
    "publieeDepuis": ("1|3|7|14|31", 1),
    "minCreationDate": (MOMENT, 1),
    "maxCreationDate": (MOMENT, 1),
    "partenaires": (".+", 20),
    "modeSelectionPartenaires": ("INCLUS|EXCLU", 1),
}
FLAGS = {
    "accesTravailleurHandicape": "accessibleTH",
    "offresManqueCandidats": "offresManqueCandidats",
    "entreprisesAdaptees": "entrepriseAdaptee",
    "employeursHandiEngages": "employeurHandiEngage",
    "offresMRS": "offresMRS",
    "tempsPlein": "",
    "inclureLimitrophes": "",
}
PAIRS = (
    ("salaireMin", "periodeSalaire"),
    ("minCreationDate", "maxCreationDate"),
    ("partenaires", "modeSelectionPartenaires"),
)
KEYWORDS = re.compile(r"""[A-z0-9 @#$%^&+./",-]*""")
TOO_MANY = "Le nombre de départements maximum autorisé pour la recherche est de 5"


def check(asked: Asked, accents: bool = False) -> None:
    """Refuse parameters that the API does not have, values it does not take, halves of pairs."""
    for name, value in asked.items():
        if name in FLAGS:
            if value not in ("true", "false"):
                raise RefusedError(400, f"Le paramètre {name} doit valoir true ou false.")
            continue
        if name not in PATTERNS:
            raise RefusedError(400, f"Le paramètre {name} est inconnu.")
        pattern, most = PATTERNS[name]
        parts = value.split(",")
        if len(parts) > most:
            text = f"Le paramètre {name} accepte au plus {most} valeurs."
            raise RefusedError(400, TOO_MANY if name == "departement" else text)
        if not all(re.fullmatch(pattern, part) for part in parts):
            raise RefusedError(400, f"Format du paramètre {name} incorrect.")
    for pair in PAIRS:
        if sum(name in asked for name in pair) == 1:
            raise RefusedError(400, f"Les paramètres {' et '.join(pair)} vont ensemble.")
    if not accents and not KEYWORDS.fullmatch(asked.get("motsCles", "")):
        raise RefusedError(400, "Le paramètre motsCles contient des caractères interdits.")
    if asked.get("minCreationDate", "") > asked.get("maxCreationDate", "~"):
        raise RefusedError(400, "minCreationDate doit précéder maxCreationDate.")
