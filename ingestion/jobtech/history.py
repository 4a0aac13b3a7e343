"""Files of past years: which there are, and the ads in one."""

from __future__ import annotations

import html
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from ingestion.http import ApiClient, Line, Verdict, records_in
from ingestion.http.transfer import BrokenOff
from ingestion.landing.canonical import Document, readable

_LINK = re.compile(r"""href\s*=\s*["']?([^"'\s>]{1,300}\.zip)["'\s>]""", re.IGNORECASE)
_PART = re.compile(
    r"(?:^|[^a-z])(?:q|kv|kvartal)[-_ ]?[1-4](?:[^0-9]|$)|months|halv", re.IGNORECASE
)
#: Files with other contents: enriched, samples of a hundredth, descriptions.
_OTHER = re.compile(r"berik|enrich|sample|metadata|procent|percent|_1_|stats", re.IGNORECASE)
_MEMBER = re.compile(r"\.(?:jsonl?|jl|ndjson)$", re.IGNORECASE)
_CHUNK = 1_000_000


def judge(verdict: Verdict) -> None:
    """A page that lists files is a right answer, and what it lists is its document."""
    if verdict.status == 200 and verdict.code in ("html", "not_json"):
        links = _LINK.findall(readable(verdict.body))
        if links:
            links = [unquote(html.unescape(link)) for link in links]
            names = [link.rsplit("/", 1)[-1] for link in links if not _OTHER.search(link)]
            verdict.accept(Document({"files": list(dict.fromkeys(names))}, suspect=False))


def files(client: ApiClient) -> list[str]:
    """Names of the files there are; none where no list of them is to be had."""
    answer = client.get("")
    value = answer.document.value if answer.document is not None else None
    found = value.get("files") if isinstance(value, dict) else None
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def of_year(names: list[str], year: int) -> list[str]:
    """The file of a year, or those of its quarters; by its usual name where none is listed."""
    mine = [name for name in names if re.search(rf"(?<![0-9]){year}(?![0-9])", name)]
    whole = sorted(
        (name for name in mine if not _PART.search(name)),
        key=lambda name: (name != f"{year}.zip", len(name), name),
    )
    if whole:
        return whole[:1]
    return sorted(mine) or [f"{year}.zip"]


def lines(path: Path) -> Iterator[Line]:
    """The ads in a ZIP of JSON lines or JSON arrays, numbered through all its files.

    Raises BrokenOff where the file ends or is not what it should be.
    """
    number = 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(name for name in archive.namelist() if _is_data(name))
            for member in members:
                for line in records_in(_chunks(archive, member)):
                    number += 1
                    yield Line(number, line.body, line.document, line.problem)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BrokenOff("undecodable", f"{path.name}: {type(error).__name__}") from None


def _is_data(name: str) -> bool:
    return _MEMBER.search(name) is not None and not name.startswith("__MACOSX")


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK):
            yield chunk
