"""Invented advertisements for simulated APIs, in four languages.

People, addresses and numbers are plainly invented: mail at example.org, telephone numbers from the
ranges kept free for fiction.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from random import Random

#: What is done, in each language, with a usual yearly pay in euros.
TRADES = (
    ({"en": "Data Engineer", "de": "Dateningenieur", "fr": "Ingénieur données"}, 62_000),
    ({"en": "Data Analyst", "de": "Datenanalystin", "fr": "Analyste de données"}, 48_000),
    (
        {"en": "Backend Developer", "de": "Backend-Entwicklerin", "fr": "Développeur back-end"},
        60_000,
    ),
    ({"en": "Registered Nurse", "de": "Pflegefachkraft", "fr": "Infirmier"}, 38_000),
    (
        {"en": "Warehouse Worker", "de": "Lagermitarbeiter", "fr": "Préparateur de commandes"},
        27_000,
    ),
    ({"en": "Electrician", "de": "Elektroniker", "fr": "Électricien"}, 36_000),
    ({"en": "Accountant", "de": "Buchhalterin", "fr": "Comptable"}, 42_000),
    ({"en": "Sales Manager", "de": "Vertriebsleiter", "fr": "Responsable des ventes"}, 66_000),
    ({"en": "Cook", "de": "Köchin", "fr": "Cuisinier"}, 28_000),
    ({"en": "Site Manager", "de": "Bauleiterin", "fr": "Conducteur de travaux"}, 55_000),
)
SWEDISH = (
    ("Dataingenjör", "Mjukvaru- och systemutvecklare", "Data/IT"),
    ("Dataanalytiker", "Systemanalytiker", "Data/IT"),
    ("Backendutvecklare", "Mjukvaru- och systemutvecklare", "Data/IT"),
    ("Sjuksköterska", "Grundutbildade sjuksköterskor", "Hälso- och sjukvård"),
    ("Lagerarbetare", "Lager- och terminalpersonal", "Transport"),
    ("Elektriker", "Installations- och serviceelektriker", "Bygg och anläggning"),
    ("Redovisningsekonom", "Redovisningsekonomer", "Administration, ekonomi, juridik"),
    ("Säljchef", "Försäljnings- och marknadschefer", "Chefer och verksamhetsledare"),
    ("Kock", "Kockar och kallskänkor", "Hotell, restaurang, storhushåll"),
    ("Platschef", "Platschefer inom bygg", "Bygg och anläggning"),
)
LEVELS = {
    "en": ("Junior {}", "{}", "{}", "Senior {}", "Lead {}", "{} (m/f/d)"),
    "de": ("{} (m/w/d)", "Junior {} (w/m/d)", "{} in Teilzeit", "Leitende/r {} (m/w/d)"),
    "fr": ("{} (H/F)", "{} F/H", "{} confirmé(e)", "Stage - {}"),
    "sv": ("{}", "{} sökes", "Erfaren {}", "{} till sommaren"),
}
EMPLOYERS = (
    (
        "Larkfield",
        "Oberwald",
        "Montbrun",
        "Granholm",
        "Westhaven",
        "Tannach",
        "Vieuxpont",
        "Sjöberga",
    ),
    ("Works", "Logistik", "Conseil", "Teknik", "Labs", "Pflege", "Énergie", "Bygg"),
    {"en": "Ltd", "de": "GmbH", "fr": "SAS", "sv": "AB"},
)
SECTIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": (
        (
            "About {company}",
            (
                "{company} has grown from a workshop of four people to a house of several trades.",
                "We keep our promises to customers, and we keep our working hours as well.",
                "Decisions are taken by those who live with them, usually within the same week.",
                "Our teams are small, and nobody needs three signatures for a new keyboard.",
            ),
        ),
        (
            "What you will do",
            (
                "As {title} you plan your own week together with two colleagues.",
                "You look after what is in use today and help to choose what comes after it.",
                "You write down what you have learned, so that the next person finds it.",
                "You speak with the people who depend on your work, and not about them.",
                "From time to time you show visitors what we do and why.",
            ),
        ),
        (
            "What you bring",
            (
                "Some years in a comparable post, or a good reason why you can do without them.",
                "Patience with details and impatience with detours.",
                "You write clearly, and you ask before you guess.",
                "A driving licence is useful and not required.",
            ),
        ),
    ),
    "de": (
        (
            "Über {company}",
            (
                "{company} ist aus einer Werkstatt mit vier Leuten entstanden.",
                "Wir halten Zusagen gegenüber Kunden ein und den Feierabend ebenso.",
                "Entschieden wird dort, wo die Folgen ankommen, meist noch in derselben Woche.",
                "Unsere Gruppen sind klein, die Wege kurz und die Küche ist gut bestückt.",
            ),
        ),
        (
            "Ihre Aufgaben",
            (
                "Als {title} planen Sie Ihre Woche selbst, gemeinsam mit zwei Kolleginnen.",
                "Sie pflegen das Bestehende und wählen mit aus, was danach kommt.",
                "Sie schreiben auf, was Sie gelernt haben, damit andere es wiederfinden.",
                "Sie sprechen mit denen, die auf Ihre Arbeit angewiesen sind.",
            ),
        ),
        (
            "Ihr Profil",
            (
                "Eine abgeschlossene Ausbildung oder gleichwertige Erfahrung ist erwünscht.",
                "Sie arbeiten sorgfältig und fragen lieber einmal mehr.",
                "Sichere Kenntnisse der deutschen Sprache in Wort und Schrift.",
                "Ein Führerschein der Klasse B ist von Vorteil, aber keine Bedingung.",
            ),
        ),
    ),
    "fr": (
        (
            "À propos de {company}",
            (
                "{company} est née d'un atelier de quatre personnes et n'a cessé de grandir.",
                "Nous tenons parole envers nos clients, et nous respectons les horaires.",
                "Les choix se font là où leurs effets se voient, souvent dans la semaine.",
                "Nos équipes restent petites et l'on s'y écoute.",
            ),
        ),
        (
            "Vos missions",
            (
                "En tant que {title}, vous organisez vos semaines avec deux collègues.",
                "Vous entretenez l'existant et vous aidez à choisir la suite.",
                "Vous consignez ce que vous apprenez afin que chacun le retrouve.",
                "Vous échangez avec celles et ceux qui dépendent de votre travail.",
            ),
        ),
        (
            "Votre profil",
            (
                "Une première expérience est souhaitée, l'envie d'apprendre est nécessaire.",
                "Vous êtes à l'aise à l'écrit et vous posez des questions.",
                "Le permis B est un plus, sans être exigé.",
            ),
        ),
    ),
    "sv": (
        (
            "Om {company}",
            (
                "{company} började som en verkstad med fyra personer och har vuxit sedan dess.",
                "Vi håller det vi lovar, både mot kunder och mot varandra.",
                "Beslut fattas nära dem som berörs, oftast samma vecka.",
                "Våra grupper är små och fikat är på riktigt.",
            ),
        ),
        (
            "Arbetsuppgifter",
            (
                "Som {title} planerar du din vecka tillsammans med två kollegor.",
                "Du sköter det som finns och är med och väljer det som kommer.",
                "Du skriver ner vad du lär dig så att andra hittar det.",
                "Du pratar med dem som är beroende av ditt arbete.",
            ),
        ),
        (
            "Kvalifikationer",
            (
                "Några års erfarenhet av liknande arbete är meriterande.",
                "Du är noggrann, frågar hellre än gissar och skriver god svenska.",
                "B-körkort underlättar men är inget krav.",
            ),
        ),
    ),
}
#: By language: a heading, a sentence on pay, one on changes, one on contacts.
CLOSING = {
    "en": (
        "What you can expect",
        "We pay {pay}, depending on experience.",
        "Update {n}: the closing date has been moved.",
        "Questions? Call {name} on {phone} or write to {mail}.",
    ),
    "de": (
        "Wir bieten",
        "Das Gehalt liegt bei {pay}, je nach Erfahrung.",
        "Nachtrag {n}: Die Bewerbungsfrist wurde verlängert.",
        "Fragen beantwortet {name} unter {phone} oder {mail}.",
    ),
    "fr": (
        "Nous proposons",
        "Rémunération : {pay} selon expérience.",
        "Mise à jour {n} : la date limite est repoussée.",
        "Renseignements auprès de {name}, {phone} ou {mail}.",
    ),
    "sv": (
        "Vi erbjuder",
        "Lön: {pay} beroende på erfarenhet.",
        "Uppdatering {n}: sista ansökningsdag är flyttad.",
        "Frågor besvaras av {name}, {phone} eller {mail}.",
    ),
}
NAMES = {
    "en": ("Pat Example", "Sam Sample"),
    "de": ("Erika Beispiel", "Max Muster"),
    "fr": ("Camille Exemple", "Dominique Modèle"),
    "sv": ("Anna Exempel", "Bo Prov"),
}
#: Numbers that telephone authorities keep for films and books.
PHONES = {
    "en": "+1 202-555-01{:02d}",
    "de": "030 23125 0{:02d}",
    "fr": "01 99 00 12 {:02d}",
    "sv": "070-174 06 {:02d}",
}


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    mail: str
    phone: str


@dataclass(frozen=True, slots=True)
class Advert:
    """Headings with their sentences."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]

    def html(self) -> str:
        parts = []
        for heading, sentences in self.sections:
            items = "".join(f"<li>{html.escape(one, quote=False)}</li>" for one in sentences)
            parts.append(f"<h3>{html.escape(heading, quote=False)}</h3>\n<ul>{items}</ul>")
        return "\n".join(parts)

    def plain(self) -> str:
        return "\n\n".join("\n".join((heading, *lines)) for heading, lines in self.sections)


def contact(random: Random, language: str) -> Contact:
    name = random.choice(NAMES[language])
    mail = f"{name.lower().replace(' ', '.').replace('è', 'e')}@example.org"
    return Contact(name, mail, PHONES[language].format(5 + random.randrange(90)))


def title(random: Random, trade: int, language: str) -> str:
    name = SWEDISH[trade][0] if language == "sv" else TRADES[trade][0][language]
    return random.choice(LEVELS[language]).format(name)


def employer(random: Random, language: str) -> str:
    first, second, tails = EMPLOYERS
    return f"{random.choice(first)} {random.choice(second)} {tails[language]}"


def advert(
    random: Random,
    language: str,
    title: str,
    company: str,
    pay: str | None = None,
    edits: int = 0,
    person: Contact | None = None,
) -> Advert:
    """About 1.5 kB of text; with a sentence for pay, for each change, and for whom to ask."""
    sections = []
    for heading, sentences in SECTIONS[language]:
        chosen = [one.format(company=company, title=title) for one in sentences]
        random.shuffle(chosen)
        sections.append((heading.format(company=company), tuple(chosen)))
    heading, pays, changed, asks = CLOSING[language]
    last = [pays.format(pay=pay)] if pay else []
    last += [changed.format(n=n + 1) for n in range(edits)]
    if person:
        last.append(asks.format(name=person.name, phone=person.phone, mail=person.mail))
    if last:
        sections.append((heading, tuple(last)))
    return Advert(tuple(sections))


@dataclass(frozen=True, slots=True)
class Place:
    city: str
    region: str
    country: str
    country_name: str
    postcode: str
    latitude: float
    longitude: float
    currency: str


PLACES = {
    "de": (
        Place("Dresden", "Sachsen", "DE", "Deutschland", "01067", 51.05, 13.73, "EUR"),
        Place("Berlin", "Berlin", "DE", "Deutschland", "10115", 52.53, 13.38, "EUR"),
        Place("Potsdam", "Brandenburg", "DE", "Deutschland", "14467", 52.40, 13.06, "EUR"),
        Place("Halle (Saale)", "Sachsen-Anhalt", "DE", "Deutschland", "06108", 51.48, 11.97, "EUR"),
        Place("München", "Bayern", "DE", "Deutschland", "80331", 48.14, 11.57, "EUR"),
    ),
    "fr": (
        Place("Paris", "Île-de-France", "FR", "France", "75011", 48.86, 2.38, "EUR"),
        Place("Lyon", "Auvergne-Rhône-Alpes", "FR", "France", "69003", 45.76, 4.85, "EUR"),
    ),
    "en": (
        Place("London", "England", "GB", "United Kingdom", "EC1A 1AA", 51.52, -0.10, "GBP"),
        Place("New York", "New York", "US", "United States", "10001", 40.75, -74.0, "USD"),
        Place("Austin", "Texas", "US", "United States", "73301", 30.27, -97.74, "USD"),
        Place("Toronto", "Ontario", "CA", "Canada", "M5H 2N2", 43.65, -79.38, "CAD"),
        Place("Dublin", "Leinster", "IE", "Ireland", "D01", 53.35, -6.26, "EUR"),
    ),
    "sv": (
        Place("Stockholm", "Stockholms län", "SE", "Sverige", "11122", 59.33, 18.06, "SEK"),
        Place("Göteborg", "Västra Götalands län", "SE", "Sverige", "41101", 57.71, 11.97, "SEK"),
        Place("Umeå", "Västerbottens län", "SE", "Sverige", "90325", 63.83, 20.26, "SEK"),
    ),
}


def place(random: Random, language: str) -> Place:
    return random.choice(PLACES[language])
