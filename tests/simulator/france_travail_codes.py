"""The référentiels of France Travail: official codes where few, some examples where many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Region, its name, then code and name of its départements.
_REGIONS = """
84|Auvergne-Rhône-Alpes|01 Ain;03 Allier;07 Ardèche;15 Cantal;26 Drôme;38 Isère;42 Loire
84||43 Haute-Loire;63 Puy-de-Dôme;69 Rhône;73 Savoie;74 Haute-Savoie
27|Bourgogne-Franche-Comté|21 Côte-d'Or;25 Doubs;39 Jura;58 Nièvre;70 Haute-Saône
27||71 Saône-et-Loire;89 Yonne;90 Territoire de Belfort
53|Bretagne|22 Côtes-d'Armor;29 Finistère;35 Ille-et-Vilaine;56 Morbihan
24|Centre-Val de Loire|18 Cher;28 Eure-et-Loir;36 Indre;37 Indre-et-Loire;41 Loir-et-Cher;45 Loiret
94|Corse|2A Corse-du-Sud;2B Haute-Corse
44|Grand Est|08 Ardennes;10 Aube;51 Marne;52 Haute-Marne;54 Meurthe-et-Moselle;55 Meuse
44||57 Moselle;67 Bas-Rhin;68 Haut-Rhin;88 Vosges
32|Hauts-de-France|02 Aisne;59 Nord;60 Oise;62 Pas-de-Calais;80 Somme
11|Île-de-France|75 Paris;77 Seine-et-Marne;78 Yvelines;91 Essonne;92 Hauts-de-Seine
11||93 Seine-Saint-Denis;94 Val-de-Marne;95 Val-d'Oise
28|Normandie|14 Calvados;27 Eure;50 Manche;61 Orne;76 Seine-Maritime
75|Nouvelle-Aquitaine|16 Charente;17 Charente-Maritime;19 Corrèze;23 Creuse;24 Dordogne
75||33 Gironde;40 Landes;47 Lot-et-Garonne;64 Pyrénées-Atlantiques;79 Deux-Sèvres;86 Vienne
75||87 Haute-Vienne
76|Occitanie|09 Ariège;11 Aude;12 Aveyron;30 Gard;31 Haute-Garonne;32 Gers;34 Hérault;46 Lot
76||48 Lozère;65 Hautes-Pyrénées;66 Pyrénées-Orientales;81 Tarn;82 Tarn-et-Garonne
52|Pays de la Loire|44 Loire-Atlantique;49 Maine-et-Loire;53 Mayenne;72 Sarthe;85 Vendée
93|Provence-Alpes-Côte d'Azur|04 Alpes-de-Haute-Provence;05 Hautes-Alpes;06 Alpes-Maritimes
93||13 Bouches-du-Rhône;83 Var;84 Vaucluse
01|Guadeloupe|971 Guadeloupe
02|Martinique|972 Martinique
03|Guyane|973 Guyane
04|La Réunion|974 La Réunion
06|Mayotte|976 Mayotte
"""
#: Some départements with those that touch them.
NEIGHBOURS = {
    "75": ("92", "93", "94"),
    "92": ("75", "78", "91", "93", "94", "95"),
    "44": ("35", "49", "56", "85"),
    "69": ("01", "38", "42", "71"),
    "2A": ("2B",),
    "2B": ("2A",),
}


@dataclass(frozen=True, slots=True)
class Commune:
    """An INSEE code with name, postcode, département, and where it lies."""

    code: str
    name: str
    postcode: str
    department: str
    latitude: float
    longitude: float


def _communes() -> list[Commune]:
    rows = (
        "06088|Nice|06000|06|43.7|7.27;13055|Marseille|13001|13|43.3|5.38",
        "2A004|Ajaccio|20000|2A|41.93|8.74;2B033|Bastia|20200|2B|42.7|9.45",
        "31555|Toulouse|31000|31|43.6|1.43;33063|Bordeaux|33000|33|44.84|-0.58",
        "34172|Montpellier|34000|34|43.61|3.87;35238|Rennes|35000|35|48.11|-1.68",
        "44109|Nantes|44000|44|47.24|-1.56;59350|Lille|59000|59|50.63|3.06",
        "67482|Strasbourg|67000|67|48.58|7.76;69123|Lyon|69001|69|45.76|4.83",
        "69266|Villeurbanne|69100|69|45.77|4.88;74010|Annecy|74000|74|45.9|6.12",
        "75056|Paris|75000|75|48.86|2.35;75102|Paris 2e Arrondissement|75002|75|48.87|2.34",
        "75113|Paris 13e Arrondissement|75013|75|48.83|2.36",
        "92044|Levallois-Perret|92300|92|48.89|2.29;93066|Saint-Denis|93200|93|48.94|2.36",
        "97209|Fort-de-France|97200|972|14.61|-61.08;97411|Saint-Denis|97400|974|-20.88|55.45",
    )
    found = []
    for row in ";".join(rows).split(";"):
        code, name, postcode, department, latitude, longitude = row.split("|")
        where = float(latitude), float(longitude)
        found.append(Commune(code, name, postcode, department, *where))
    return found


COMMUNES = {commune.code: commune for commune in _communes()}


@dataclass(frozen=True, slots=True)
class Trade:
    """How a trade of `prose.TRADES` is called and filed here."""

    rome: str
    rome_name: str
    appellation: str
    name: str
    naf: str
    naf_name: str


_TRADES = (
    "M1811|Data engineer|404278|Data engineer|62.02A|Conseil en systèmes informatiques",
    "M1419|Data analyst|38975|Data analyst|62.02A|Conseil en systèmes informatiques",
    "M1805|Études et développement informatique|14205|Développeur / Développeuse web|62.01Z|"
    "Programmation informatique",
    "J1506|Infirmier / Infirmière|15632|Infirmier / Infirmière|86.10Z|Activités hospitalières",
    "N1103|Magasinage et préparation de commandes|18103|Préparateur / Préparatrice de commandes|"
    "52.10B|Entreposage et stockage non frigorifique",
    "F1602|Électricité bâtiment|14876|Électricien / Électricienne|43.21A|"
    "Travaux d'installation électrique",
    "M1203|Comptable|12433|Comptable|69.20Z|Activités comptables",
    "D1406|Management en force de vente|13797|Responsable des ventes|46.90Z|"
    "Commerce de gros non spécialisé",
    "G1602|Cuisinier|13861|Cuisinier / Cuisinière|56.10A|Restauration traditionnelle",
    "F1201|Conducteur de travaux|126549|Conducteur / Conductrice de travaux|41.20B|"
    "Construction d'autres bâtiments",
)
TRADES = tuple(Trade(*row.split("|")) for row in _TRADES)
QUALIFICATIONS = {
    "1": "Manœuvre",
    "2": "Ouvrier spécialisé",
    "3": "Ouvrier qualifié (P1,P2)",
    "4": "Ouvrier qualifié (P3,P4,OHQ)",
    "5": "Employé non qualifié",
    "6": "Employé qualifié",
    "7": "Technicien",
    "8": "Agent de maîtrise",
    "9": "Cadre",
}
#: ROME domain by theme: what belongs to a theme is not told by the offers.
THEMES = {"1": "M18", "6": "J15", "12": "G16"}


def _pairs(text: str) -> list[dict[str, str]]:
    pairs = (part.strip().split(" ", 1) for part in text.split(";"))
    return [{"code": code, "libelle": name} for code, name in pairs]


def _unique(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"code": code, "libelle": name} for code, name in dict(pairs).items()]


def _departments() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    names: dict[str, str] = {}
    for row in _REGIONS.strip().splitlines():
        code, name, departments = row.split("|")
        names[code] = name or names[code]
        region = {"code": code, "libelle": names[code]}
        found += [{**pair, "region": region} for pair in _pairs(departments)]
    return sorted(found, key=lambda one: str(one["code"]))


DEPARTMENTS = _departments()
REGION_OF = {one["code"]: one["region"]["code"] for one in DEPARTMENTS}

REFERENTIALS: dict[str, list[dict[str, Any]]] = {
    "appellations": _unique([(one.appellation, one.name) for one in TRADES]),
    "nafs": _unique([(one.naf, one.naf_name) for one in TRADES]),
    "communes": [
        {
            "code": one.code,
            "libelle": one.name,
            "codePostal": one.postcode,
            "codeDepartement": one.department,
        }
        for one in COMMUNES.values()
    ],
    "continents": _pairs("60 Afrique;61 Amérique;62 Asie;63 Europe;64 Océanie"),
    "departements": DEPARTMENTS,
    "domaines": _pairs(
        "D14 Force de vente;F12 Conception et études;F16 Second œuvre;G16 Production culinaire;"
        "J15 Soins paramédicaux;M12 Comptabilité et gestion;M14 Organisation et études;"
        "M18 Systèmes d'information;N11 Magasinage et manutention"
    ),
    "langues": _pairs("1 Allemand;2 Anglais;3 Espagnol;4 Français;5 Italien;6 Néerlandais"),
    "metiers": _unique([(one.rome, one.rome_name) for one in TRADES]),
    "naturesContrats": _pairs(
        "E1 Contrat travail;E2 Contrat apprentissage;FS Cont. professionnalisation;"
        "NS Emploi non salarié;CU Contrat d'usage;CC CDI de chantier ou d'opération;"
        "CI CDI intérimaire;EE Contrat d'engagement éducatif"
    ),
    "niveauxFormations": _pairs(
        "AFS Primaire à 4ème;C3A 3ème achevée;NV5 CAP, BEP et équivalents;NV4 Bac ou équivalent;"
        "NV3 Bac+2 ou équivalents;NV2 Bac+3, Bac+4 ou équivalents;"
        "NV1 Bac+5 et plus ou équivalents"
    ),
    "pays": _pairs("01 France;A1 Allemagne;B2 Belgique;L3 Luxembourg;S4 Suisse"),
    "permis": _pairs(
        "A A - Moto;B B - Véhicule léger;C C - Poids lourd;CE CE - Poids lourd + remorque;"
        "D D - Transport en commun"
    ),
    "regions": _unique([(one["region"]["code"], one["region"]["libelle"]) for one in DEPARTMENTS]),
    "secteursActivites": _unique([(one.naf[:2], one.naf_name) for one in TRADES]),
    "themes": _pairs("1 Informatique;6 Santé;12 Restauration"),
    "typesContrats": _pairs(
        "CDI Contrat à durée indéterminée;CDD Contrat à durée déterminée;MIS Mission intérimaire;"
        "SAI Contrat travail saisonnier;LIB Profession libérale;CCE Profession commerciale;"
        "FRA Franchise;REP Reprise d'entreprise;TTI Contrat travail temporaire insertion;"
        "DDI Contrat durée déterminée insertion;DIN CDI Intérimaire;"
        "DDT Contrat durée déterminée tremplin"
    ),
}
