"""Saved web pages: the schema.org `JobPosting` that employers put into them for search engines.

The page itself is not read, only what stands in its `application/ld+json` scripts; pages are
dropped as files, never fetched. Columns have canonical names, so pages need no mapping of their
own.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingestion.files.documents import cell
from ingestion.files.table import BadLine, Batch, FileUnreadable, texts
from ingestion.landing.canonical import dumps, hash_of

MAX_PAGE = 50_000_000
COLUMNS = (
    *("id", "title", "description", "company", "city", "region", "country", "latitude"),
    *("longitude", "employment_type", "contract", "workplace", "pay_min", "pay_max", "currency"),
    *("period", "skills", "category", "posted_on", "expires_on", "url"),
)
_WRAPPED = re.compile(
    r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)?(.*?)(?:-->|//\]\]>|\]\]>)?\s*;?\s*$", re.DOTALL
)
_CONTRACTS = {"CONTRACTOR": "freelance", "TEMPORARY": "other", "INTERN": "internship"}


class PageTable:
    """See `Table`. Lines are the numbers of the postings in the page."""

    is_loose = True
    columns: tuple[str, ...] = COLUMNS

    def __init__(self, file: Path) -> None:
        if file.stat().st_size > MAX_PAGE:
            raise FileUnreadable(f"too_big: a page of more than {MAX_PAGE // 1_000_000} MB")
        self.facts: dict[str, Any] = {"format": "page"}
        self._found, self._bad = _postings(_html(file.read_bytes()))
        if not self._found and not self._bad:
            raise FileUnreadable("no_job_posting: the page holds no schema.org JobPosting")

    def batches(self) -> Iterator[Batch]:
        records = [columns_of(posting, page) for posting, page in self._found]
        yield Batch(
            pa.array(range(1, len(records) + 1), pa.int64()),
            {name: texts([cell(record.get(name)) for record in records]) for name in COLUMNS},
            rows=texts([dumps(posting) for posting, _ in self._found]),
            bad=self._bad,
        )


def _html(data: bytes) -> bytes:
    """The HTML of a page, also out of a browser's archive of one (MHTML)."""
    head = data[:2_000].lstrip().lower()
    if not head.startswith((b"from:", b"mime-version:", b"snapshot-content-location:")):
        return data
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            return content if isinstance(content, bytes) else b""
    return b""


def _postings(html: bytes) -> tuple[list[tuple[dict[str, Any], str | None]], list[BadLine]]:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html.decode("utf-8", "replace"))
    link = tree.css_first('link[rel="canonical"]')
    page = link.attributes.get("href") if link is not None else None
    found: list[tuple[dict[str, Any], str | None]] = []
    bad: list[BadLine] = []
    for number, script in enumerate(tree.css('script[type="application/ld+json"]'), start=1):
        text = script.text() or ""
        inner = _WRAPPED.match(text)
        try:
            value = json.loads(inner[1] if inner else text, strict=False)
        except (ValueError, RecursionError) as error:
            if "JobPosting" in text:
                bad.append(BadLine(number, text[:100_000], f"not_json: {error}"))
            continue
        found += [(posting, page) for posting in _walk(value)]
    return found, bad


def _walk(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every JobPosting of a document, in a list, a graph or by itself."""
    if depth > 20:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        if "JobPosting" in (kinds if isinstance(kinds, list) else [kinds]):
            yield value
            return
        for item in value.values():
            if isinstance(item, list | dict):
                yield from _walk(item, depth + 1)


def columns_of(posting: dict[str, Any], page: str | None) -> dict[str, Any]:
    """The canonical columns of a JobPosting; what it lacks is None."""
    place = _first(posting.get("jobLocation"))
    address = _part(place, "address")
    pay = _first(posting.get("baseSalary"))
    value = _part(pay, "value")
    if not isinstance(value, dict):
        value = {"value": value, "unitText": _part(pay, "unitText")}
    kinds = [str(kind).upper() for kind in _all(posting.get("employmentType"))]
    single = value.get("value")
    identifier = _first(posting.get("identifier"))
    number = _part(identifier, "value") if isinstance(identifier, dict) else identifier
    company = _first(posting.get("hiringOrganization"))
    name = _part(company, "name") if isinstance(company, dict) else company
    url = _first(posting.get("url")) or page
    return {
        "id": _id(number, name, url, posting),
        "title": posting.get("title") or posting.get("name"),
        "description": posting.get("description"),
        "company": name,
        "city": _part(address, "addressLocality") if isinstance(address, dict) else address,
        "region": _part(address, "addressRegion"),
        "country": _named(_part(address, "addressCountry")),
        "latitude": _part(_part(place, "geo"), "latitude"),
        "longitude": _part(_part(place, "geo"), "longitude"),
        "employment_type": next(
            (kind.lower() for kind in kinds if kind in ("FULL_TIME", "PART_TIME")), None
        ),
        "contract": next((_CONTRACTS[kind] for kind in kinds if kind in _CONTRACTS), None),
        "workplace": "remote" if posting.get("jobLocationType") == "TELECOMMUTE" else None,
        "pay_min": _or(value.get("minValue"), single),
        "pay_max": _or(value.get("maxValue"), single),
        "currency": _part(pay, "currency") or posting.get("salaryCurrency"),
        "period": str(value["unitText"]).lower() if value.get("unitText") else None,
        "skills": posting.get("skills"),
        "category": _named(_first(posting.get("occupationalCategory") or posting.get("industry"))),
        "posted_on": posting.get("datePosted"),
        "expires_on": posting.get("validThrough"),
        "url": url,
    }


def _id(number: Any, company: Any, url: Any, posting: dict[str, Any]) -> str:
    if number:
        return f"{number}@{company}" if company else str(number)
    return str(url) if url else hash_of(dumps(posting))


def _or(value: Any, other: Any) -> Any:
    return other if value is None else value


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _first(value: Any) -> Any:
    return next(iter(_all(value)), None)


def _part(value: Any, name: str) -> Any:
    found = value.get(name) if isinstance(value, dict) else None
    return _first(found)


def _named(value: Any) -> Any:
    return value.get("name") if isinstance(value, dict) else value
