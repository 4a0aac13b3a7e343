"""Pay in texts: what a description of 3 kB costs, beside one look for a currency sign in it.

Two cores. Two descriptions in five name pay, one in five other money, the others none, as in the
ads we know. The three models that find, read and judge amounts run on them as they are compiled.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import Settings
from tests.bench.figures import Figure
from tests.eval.pay import PROJECT

DESCRIPTIONS = 20_000
SIZE = 3_000
#: Microseconds of CPU: 20,000 descriptions a second on two cores.
BAR = 100.0
MODELS = ("int_pay__find", "int_pay__read", "int_pay__parse")
PAY = (
    "The salary range is $80,000 - $95,000 per year, with a bonus.",
    "Gehalt: 50.500 € bis 57.500 € brutto im Jahr, zzgl. Prämie.",
    "Rémunération : 38 à 42 K€ brut annuel selon expérience.",
    "Pay: £14.50 per hour, 37.5 hours per week.",
)
OTHER = (
    "Tuition reimbursement of up to $5,250 a year, and a 401k with match.",
    "We raised $50 million and serve 25,000 customers since 2014.",
)
WORDS = re.findall(
    "[a-z]+",
    "team work you will our the and with for client product data design plan build support lead"
    " quality process customer skills experience years develop manage new services health project",
)


def measure() -> list[Figure]:
    """Microseconds a description, of all three models and of the one look."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        _build(data)
        with duckdb.connect(str(Settings(data=data).warehouse)) as connection:
            connection.execute("set threads = 2")
            _fill(connection, data)
            look = _time(
                connection,
                "select count(*) from intermediate.int_text__clean"
                " where regexp_matches(description_folded, '[$€£]')",
            )
            times = {
                model: _time(
                    connection,
                    f"create or replace table intermediate.{model} as {_sql(data, model)}",
                )
                for model in MODELS
            }
            found = connection.execute(
                "select count(*) from intermediate.int_pay__parse where is_pay"
            ).fetchone()
    if found is None or found[0] < DESCRIPTIONS // 3:
        raise RuntimeError(f"{found} statements of pay were found: the models read nothing")
    whole = sum(times.values())
    return [
        Figure("pay read in a description of 3 kB", whole, "us CPU", bar=BAR),
        *(Figure(f"of it {model}", spent, "us CPU") for model, spent in times.items()),
        Figure("one look for a currency sign", look, "us CPU"),
    ]


def _build(data: Path) -> None:
    """The models on nothing, so that their SQL is compiled and their tables are there."""
    settings = Settings(data=data)
    with duckdb.connect(str(settings.warehouse)):
        pass
    env = {name: value for name, value in os.environ.items() if not name.startswith("WAGEHOUSE_")}
    subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("build", "--quiet", "--select", "+int_pay__parse"),
            *("--exclude-resource-type", "test", "unit_test"),
        ],
        cwd=PROJECT,
        env=env
        | {
            "WAGEHOUSE_DATA": str(data),
            "DBT_TARGET_PATH": str(data / "target"),
            "DBT_LOG_PATH": str(data / "logs"),
        },
        check=True,
    )


def _sql(data: Path, model: str) -> str:
    folder = data / "target" / "compiled" / "wagehouse" / "models" / "intermediate"
    return (folder / f"{model}.sql").read_text()


def _fill(connection: duckdb.DuckDBPyConnection, data: Path) -> None:
    """Descriptions in place of what int_text__clean yields, of the hash that the models ask for."""
    asked = re.search(r"int_text__clean\"? where rules_hash = '([0-9a-f]+)'", _sql(data, MODELS[0]))
    if asked is None:
        raise RuntimeError("int_pay__find does not ask int_text__clean for a hash of rules")
    texts = list(_descriptions())
    connection.register(
        "texts", pa.table({"number": pa.array(range(len(texts))), "text": pa.array(texts)})
    )
    connection.execute(
        f"""
        insert into intermediate.int_text__clean
            (source, record_id, version_no, description, description_folded, rules_hash)
        select 'bench', cast(number as varchar), 1, text, lower(text), '{asked[1]}' from texts
        """
    )


def _descriptions() -> Iterator[str]:
    chance = random.Random(7)
    for number in range(DESCRIPTIONS):
        lines = [_line(chance) for _ in range(SIZE // 120)]
        if number % 5 in (0, 1):
            lines.insert(chance.randrange(len(lines)), chance.choice(PAY))
        elif number % 5 == 2:
            lines.insert(chance.randrange(len(lines)), chance.choice(OTHER))
        yield "\n".join(lines)


def _line(chance: random.Random) -> str:
    words = [chance.choice(WORDS) for _ in range(18)]
    words.insert(chance.randrange(18), str(chance.randrange(2, 40)))
    return " ".join(words).capitalize() + "."


def _time(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Microseconds of CPU a description, the better of two runs; other work on the machine does not
    count."""
    spent = []
    for _ in range(2):
        start = time.process_time()
        connection.execute(sql).fetchall()
        spent.append(time.process_time() - start)
    return min(spent) / DESCRIPTIONS * 1e6
