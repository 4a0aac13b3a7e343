"""A new source by the steps of the README, in a copy of the project: declared, fetched, staged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ingestion.demo.server import Answer, Request
from tests.simulator import Simulator

HERE = Path(__file__).parent
PAGE = 4
#: The files of the repository that the steps touch, and what is read to follow them.
PARTS = ("ingestion", "dbt_project", "data/sample", "pyproject.toml", ".env.example")
JOBS = [
    {
        "ref": f"t-{number}",
        "title": "Boulanger" if number % 2 else "Senior data engineer",
        "text": "<p>Bake bread, or data.</p>",
        "company": "Moulin Imaginaire",
        "town": "Lyon, France",
        "pay": {"from": 30_000 + number, "to": 36_000, "currency": "EUR"},
        "on": "2026-03-01",
        "recruiter": "someone@toy.example",
    }
    for number in range(10)
]


def toy_api(request: Request) -> Answer:
    page = int(request.first("page") or 0)
    pages = -(-len(JOBS) // PAGE)
    items = JOBS[page * PAGE : (page + 1) * PAGE]
    return Answer.of({"items": items, "pages": pages, "total": len(JOBS)})


class Copy:
    """A copy of the project, and the environment of its commands."""

    def __init__(self, repo: Path, root: Path, api: str) -> None:
        self.root = root
        self.data = root / "data"
        for part in PARTS:
            target = root / part
            target.parent.mkdir(parents=True, exist_ok=True)
            if (repo / part).is_dir():
                ignored = shutil.ignore_patterns("target", "logs", "__pycache__")
                shutil.copytree(repo / part, target, ignore=ignored)
            else:
                shutil.copy(repo / part, target)
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("WAGEHOUSE_", "SOURCES__", "DBT_"))
        } | {
            "PYTHONPATH": str(root),
            "WAGEHOUSE_DATA": str(self.data),
            "WAGEHOUSE_SOURCES": "toy",
            "SOURCES__TOY__BASE_URL": api,
        }

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{file}: {old!r}"
        path.write_text(text.replace(old, new), "utf-8")

    def python(self, *args: str, folder: str = ".") -> str:
        done = subprocess.run(
            [sys.executable, *args],
            cwd=self.root / folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def copy(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    with Simulator(toy_api) as api:
        yield Copy(repo, tmp_path_factory.mktemp("toy"), api.url)


def test_a_source_by_the_steps_of_the_readme(copy: Copy) -> None:
    # 1 and 2: declare it and fetch it
    (copy.root / "ingestion" / "toy.py").write_text((HERE / "source.py.txt").read_text())
    # 3: stage it
    staging = "dbt_project/models/staging"
    sources = (copy.root / staging / "_sources.yml").read_text("utf-8")
    declared = re.search(r"      - name: arbeitnow__jobs\n.*?(?=\n      - name: )", sources, re.S)
    assert declared is not None
    toy = declared[0].replace("arbeitnow", "toy").replace("Arbeitnow", "Toy jobs")
    copy.edit(f"{staging}/_sources.yml", declared[0], f"{declared[0]}\n{toy}")
    (copy.root / staging / "stg_toy__jobs.sql").write_text(
        (HERE / "stg_toy__jobs.sql.txt").read_text()
    )
    described = (copy.root / staging / "stg_arbeitnow__jobs.yml").read_text("utf-8")
    (copy.root / staging / "stg_toy__jobs.yml").write_text(
        described.replace("arbeitnow", "toy").replace("Arbeitnow", "Toy jobs")
    )
    copy.edit(
        "dbt_project/macros/landing/endpoints.sql",
        "('arbeitnow', 'jobs'),",
        "('arbeitnow', 'jobs'), ('toy', 'jobs'),",
    )
    # 4: write down what follows
    copy.python("-m", "ingestion.declared")
    assert "toy,Toy jobs,api," in (copy.root / "dbt_project/seeds/source_terms.csv").read_text()
    assert "`toy__jobs`" in (copy.root / "dbt_project/docs/sources.md").read_text()
    # and try it
    collected = (
        "from ingestion import Settings, collect\n"
        "result = collect('toy', Settings.load())\n"
        "assert result.status == 'complete', result\n"
        "print(result.counts.records)\n"
    )
    assert copy.python("-c", collected).split() == [str(len(JOBS))]
    dbt = "from dbt.cli.main import cli; cli()"
    models = ("stg_toy__jobs", "+posting", "+pay_statement")
    build = ("build", "--select", *models, "--exclude-resource-type", "test", "unit_test")
    copy.python("-c", dbt, "--quiet", *build, folder="dbt_project")
    tests = ("test", "--select", "stg_toy__jobs", "--indirect-selection", "cautious")
    copy.python("-c", dbt, "--quiet", *tests, folder="dbt_project")
    with duckdb.connect(str(copy.data / "warehouse.duckdb"), read_only=True) as connection:
        postings = connection.execute(
            "select source, count(*), count(distinct seniority) from normalized.posting group by 1"
        ).fetchall()
        pay = connection.execute(
            "select origin, currency, min(annual_min), max(annual_max), count(*)"
            " from normalized.pay_statement where is_usable group by all"
        ).fetchall()
        raw = connection.execute(
            "select count(*) from raw.toy__jobs where contains(payload, 'recruiter')"
        ).fetchone()
    assert postings == [("toy", 10, 1)]
    assert pay == [("advertised", "EUR", 30_000, 36_000, 10)]
    assert raw == (0,)
