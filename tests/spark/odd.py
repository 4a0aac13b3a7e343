"""Records full of what two engines may read in two ways."""

# ruff: noqa: RUF001 - characters that look like others are the point

from __future__ import annotations

from itertools import islice
from typing import Any

#: Text: line ends, spaces, case, accents, entities, quotes, backslashes, pay in odd words.
TEXTS = (
    "Trailing line end\n",
    "\n leading\r\nand CRLF\r",
    "tab\tand\x0bvertical\x0cform",
    "thin\u00a0\u202f\u2009\u2007spaces\u3000\u1680",
    "line\u2028and\u2029paragraph\u0085next",
    "soft\u00adhyphen\u200bzero\ufeffwidth\u2060",
    "İstanbul ıI ſ ŉ ß ẞ ǅ ﬁ ΟΔΟΣ ΣΑΣ",
    "Ａ１ full width ½ ² Ⅷ",
    "e\u0301 combining A\u030a",
    "👩‍💻 𝓕 beyond the plane 🚀",
    "back\\slash \\n \\b \\u0041 \\' \\",
    "'single' \"double\" `tick` ''twice''",
    "$1 ${x} \\1 %s {0} {{ 7 }} :param ?",
    "&amp;amp; &#8364;60.000 &#x20AC;5 &#128512; &bogus; &#0; &#55357; &#99999999; &AMP; &lt;b&gt;",
    "<br>Salary: $50,000<br/>- $60,000 per year<p",
    "pay 45-55k, OTE 90k",
    "£30k - £35k pro rata; bonus £5,000",
    "Gehalt: 50.000 – 60.000 € brutto im Jahr, 12,50 €/h",
    "salaire 2 300,50 € à 2 800 € par mois sur 13 mois",
    "CHF 1'200'000 per annum",
    "Salary: $0.01 per hour, $0.005, $1.005, $2.675",
    "Salary: $999999999999999999999 - $1e400 a year",
    "Minimum: $50,000\nMaximum: $60,000 yearly",
    "between $20 and $25.50 an hour and up to $30",
    "Senior Sr. Lead Manager III (m/f/d) - Intern/Trainee",
    "Praktikant:in Vertrieb (80-100%) C++/C#/.NET R&D",
    "null",
    "NaN",
    "true",
    "1e3",
    "-0",
    "00012",
    " ",
    "",
    "a" * 300 + " $10 per hour " + "é" * 300,
    "_%_ like % _",
    "[a-z]+ (regex) ^$ . * ?",
    "-- comment /* block */ ; select 1",
    "=SUM(A1) +1 @x -2",
)
#: Times: offsets, leap seconds, fractions, ends of the calendar, and what is none.
TIMES = (
    "2024-02-29T23:59:59Z",
    "2024-01-31T23:30:00-05:00",
    "2024-03-31T02:30:00+01:00",
    "2024-01-01T00:00:00.123456Z",
    "2024-01-01T00:00:00.123456789Z",
    "2024-01-01T00:00:00+14:00",
    "2024-01-01 00:00",
    "2024-01-01",
    "1969-12-31T23:59:59.999999Z",
    "1900-01-01T00:00:00Z",
    "2024-01-01T12:00:00+0530",
    "2024-01-01T24:00:00Z",
    "2024-06-30T23:59:60Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-1-1",
    "2024",
    "20240101",
    "yesterday",
    "",
)
#: Places: names with and without a region, of several countries, and none.
PLACES = (
    "New York, NY",
    "Zürich, Switzerland",
    "Paris, France",
    "København, Denmark",
    "São Paulo, Brazil",
    "Springfield",
    "San José, Costa Rica",
    "Flexible / Remote",
    "London, United Kingdom",
    "Washington, DC",
    "İzmir, Turkey",
    ", ",
    "Paris, TX",
    "Frankfurt (Oder), Germany",
    "",
)
LEVELS: tuple[list[str], ...] = (
    ["Entry Level"],
    ["Senior Level", "Mid Level"],
    ["management"],
    ["Éntry"],
    [],
)
CATEGORIES: tuple[list[str], ...] = (
    ["Data and Analytics"],
    ["Sales", "Software Engineering"],
    ["données"],
    [""],
    [],
)


def odd_jobs(edited: bool = False) -> list[dict[str, Any]]:
    """Jobs of The Muse's shape, each text with other times and places; `edited`: a day later, when
    every third one says something else and the last ones are gone."""
    found = []
    for number, text in enumerate(TEXTS):
        place, level = PLACES[number % len(PLACES)], LEVELS[number % len(LEVELS)]
        words = TEXTS[-number - 1] if edited and number % 3 == 0 else text
        found.append(
            {
                "id": 990_000_000 + number,
                "name": text or None,
                "contents": f"<p>{words}</p>\n<ul><li>Salary: {words}</li></ul>{text}",
                "publication_date": TIMES[number % len(TIMES)],
                "refs": {"landing_page": f"https://example.org/{number}?q={text[:9]}"},
                "company": {"id": number % 7, "name": TEXTS[(number * 5) % len(TEXTS)]},
                "locations": [{"name": place}, {"name": PLACES[(number * 7 + 3) % len(PLACES)]}],
                "levels": [{"name": name, "short_name": "x"} for name in level],
                "categories": [{"name": name} for name in CATEGORIES[number % len(CATEGORIES)]],
                "tags": [{"name": text}],
                "type": "external",
            }
        )
    return list(islice(found, len(found) - 3 if edited else None))


def odd_companies() -> list[dict[str, Any]]:
    """Employers of The Muse's shape, named like those of the jobs and otherwise."""
    return [
        {
            "id": 990_000_000 + number,
            "name": text,
            "publication_date": TIMES[-1 - number % len(TIMES)],
            "refs": {"landing_page": f"https://example.org/c/{number}"},
            "size": {"name": text[:20], "short_name": "x"},
            "locations": [{"name": PLACES[number % len(PLACES)]}],
            "industries": [{"name": text}],
        }
        for number, text in enumerate(TEXTS)
    ]


#: Rows of a dropped survey: title, pay, currency, country, city, seniority, skills, year.
SURVEY_ROWS = (
    ("S0001", "Analyst\u00a0(BI)", "12.5", "USD", "USA", "Omaha", "Mid", "a, b", "2026"),
    ("S0002", "Kellner", "1e5", "EUR", "Germany", "Köln", "Junior", "", "2025"),
    ("S0301", "Koch", "45'000.50", "CHF", "CH", "Zürich", "", "x", "2024"),
    ("S0302", "", "-5", "GBP", "UK", "", "Lead", "é", "2025"),
    ("S0303", "Développeur", "0", "EUR", "fr", "Paris", "Senior", "C++", "1999"),
    ("S0304", "Engineer", "99999999999", "USD", "United States", "Austin", "?", "\\n", "2025"),
    ("S0305", "Engineer", "83900", "XXX", "Nowhere", "İzmir", "Mid", "null", "1925"),
    ("S0306", "Nurse", "", "", "", "", "", "", ""),
)
