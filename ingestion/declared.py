"""What the declarations of the sources say, written where others read it: the seed of their terms
and pages of the documentation. `make declare` writes; a test says when that was forgotten.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

from ingestion.http import failures
from ingestion.http.limits import window_name
from ingestion.settings import REPO
from ingestion.source import SAMPLE, SourceSpec, available_sources, source

#: Columns of the seed `source_terms`.
COLUMNS = (
    "source",
    "name",
    "kind",
    "url",
    "attribution",
    "attribution_url",
    "licence",
    "may_show_listing",
    "must_show_all",
    "may_publish_aggregates",
    "may_redistribute",
    "retention_days",
    "is_demo",
    "precedence",
    "home_country_code",
    "scheme",
    "max_age_hours",
)


def terms_csv() -> str:
    """The seed: one row a source that is no file, and one for the committed sample, which has the
    terms of the demo."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for spec in available_sources().values():
        if spec.kind != "file":
            writer.writerow(_terms(spec))
    sample = _terms(source("demo")) | {
        "source": SAMPLE,
        "name": "Sample file",
        "kind": "file",
        "precedence": "80",
        "home_country_code": "",
        "scheme": "",
        "max_age_hours": "",
    }
    writer.writerow(sample)
    return buffer.getvalue()


def _terms(spec: SourceSpec) -> dict[str, str]:
    terms = spec.terms
    is_demo = spec.kind == "demo"
    values: tuple[object, ...] = (
        spec.name,
        spec.title,
        spec.kind,
        spec.url,
        terms.attribution,
        terms.attribution_url,
        terms.licence,
        terms.may_show_listing,
        terms.must_show_all,
        terms.may_publish_aggregates,
        terms.may_redistribute,
        terms.retention_days,
        is_demo,
        spec.precedence,
        spec.home_country,
        spec.scheme or spec.name,
        int(spec.max_age.total_seconds() // 3600),
    )
    texts = (
        str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
        for value in values
    )
    return dict(zip(COLUMNS, texts, strict=True))


def sources_page() -> str:
    """The table of sources, as a block of the documentation."""
    lines = [
        "| Source | What lands | Needs | At most | Met whole | What its terms allow |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for spec in available_sources().values():
        if spec.kind != "api":
            continue
        tables = ", ".join(f"`{spec.name}__{endpoint.name}`" for endpoint in spec.endpoints)
        cells = (f"[{spec.title}]({spec.url})<br/>`{spec.name}`", tables, _needs(spec))
        more = (_limits(spec), _enumerated(spec), _allowed(spec))
        lines.append("| " + " | ".join((*cells, *more)) + " |")
    return _block("sources", "\n".join(lines))


def _needs(spec: SourceSpec) -> str:
    names = ", ".join(f"`{name.upper()}`" for name in spec.needs)
    if spec.opt_in:
        return f"{names + '; ' if names else ''}to be named in `WAGEHOUSE_SOURCES`"
    optional = f"`{spec.optional_key.upper()}`, if you have one" if spec.optional_key else "nothing"
    return names or optional


def _limits(spec: SourceSpec) -> str:
    def words(windows: tuple[tuple[int, float], ...]) -> str:
        return ", ".join(f"{n:,} in {window_name(length)}" for n, length in windows)

    keyed = f"; with a key {words(spec.rate_with_key)}" if spec.rate_with_key else ""
    return (words(spec.rate) or "no limit stated") + keyed


def _enumerated(spec: SourceSpec) -> str:
    every = {endpoint.full_every for endpoint in spec.endpoints if endpoint.full_every}
    return f"every {_span(min(every))}" if every else "never: nothing closes"


def _span(length: timedelta) -> str:
    hours = length // timedelta(hours=1)
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"


def _allowed(spec: SourceSpec) -> str:
    terms = spec.terms
    allowed = {
        "figures": terms.may_publish_aggregates,
        "listings": terms.may_show_listing,
        "rows passed on": terms.may_redistribute,
    }
    words = ", ".join(what for what, may in allowed.items() if may) or "private reading"
    days = terms.retention_days
    kept = f"; kept {days} day{'s' if days > 1 else ''}" if days else ""
    whole = "; its listings are shown all or not at all" if terms.must_show_all else ""
    return words + kept + whole


def failures_page() -> str:
    """What can go wrong when a source is asked, as a block of the documentation."""
    return _block("failures", failures.markdown())


def _block(name: str, text: str) -> str:
    return f"{{% docs {name} %}}\n{text.strip()}\n{{% enddocs %}}\n"


def written() -> dict[Path, str]:
    """The files that say what is declared, with what they are to hold."""
    project = REPO / "dbt_project"
    return {
        project / "seeds" / "source_terms.csv": terms_csv(),
        project / "docs" / "sources.md": sources_page(),
        project / "docs" / "failures.md": failures_page(),
    }


if __name__ == "__main__":
    for file, content in written().items():
        file.write_text(content, encoding="utf-8")
