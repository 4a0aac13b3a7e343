"""The committed sample of a dropped file: a small generated survey of pay.

`python -m ingestion.demo` writes it anew; it is a function of nothing but this code.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from random import Random

from ingestion.demo.catalog import countries, country_weights, families, pick
from ingestion.demo.generator import LEVEL_WEIGHTS, LEVELS
from ingestion.settings import REPO

SAMPLE_FILE = REPO / "data" / "sample" / "salaries.csv"
MAPPING = SAMPLE_FILE.with_name("salaries.mapping.yml")
ROWS = 300
SEED = 20260301
COLUMNS = ("id", "title", "salary", "currency", "country", "city", "seniority", "stack", "year")
#: Countries as people write them.
NAMES = {
    "US": ("United States", "USA", "US"),
    "GB": ("United Kingdom", "UK"),
    "DE": ("Germany",),
    "FR": ("France",),
    "CA": ("Canada",),
}
SENIORITY = {"internship": "Intern", "entry": "Junior", "mid": "Mid", "senior": "Senior"}


def rows() -> list[dict[str, str]]:
    """The rows of the sample by column, the same every time."""
    rng = Random(SEED)
    tech = [family for family in families() if family.group == "tech"]
    found = []
    for number in range(1, ROWS + 1):
        code = pick(country_weights(), rng.random())
        country = countries()[code if countries()[code].code in NAMES else 0]
        pool = families() if rng.random() < 0.4 else tech
        family = rng.choice(pool)
        trade = rng.choice(family.titles["en"])
        _, level, _, factor = LEVELS[pick(LEVEL_WEIGHTS, rng.random())]
        town = rng.choice(country.cities)
        annual = family.base * trade.factor * factor * country.factor * town.factor
        annual = max(country.floor, annual * math.exp(rng.gauss(0, 0.15)))
        skills = rng.sample(family.skills, rng.randint(2, 5))
        found.append(
            {
                "id": f"S{number:04}",
                "title": trade.name,
                "salary": f"{round(annual, -2):.0f}" if rng.random() > 0.02 else "",
                "currency": country.currency,
                "country": rng.choice(NAMES[country.code]),
                "city": town.name.split(",")[0] if rng.random() < 0.8 else "",
                "seniority": SENIORITY.get(level, "Manager"),
                "stack": ", ".join(skills),
                "year": rng.choice(("2025", "2026", "2026")),
            }
        )
    return found


def text() -> str:
    """The sample as the text of a CSV file."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows())
    return buffer.getvalue()


def write(file: Path = SAMPLE_FILE) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text(), "utf-8")
