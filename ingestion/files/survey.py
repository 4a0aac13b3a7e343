"""A first look at a file of text, once from end to end: its hash, encoding, delimiter, odd places.

It decides between the quick way of reading and the careful one, and refuses what no reader should
be given.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.files.table import MAX_LINE, FileUnreadable

CHUNK = 4_000_000
#: Bytes from which the encoding and the delimiter are judged.
SAMPLE = 256_000
DELIMITERS = (",", ";", "\t", "|")
#: In the order in which a tie is decided.
ENCODINGS = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "mac_roman", "utf_16_le"),
    *("utf_16_be", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr", "koi8_r"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLANK = re.compile(rb"\n\r?\n|\r\r")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a file of text before it is read.

    `is_plain`: no zero bytes, no blank lines, line ends as usual. `is_utf8`: every byte is.
    `odd`: bytes round the first that are no UTF-8.
    """

    size: int
    newlines: int
    bom: str | None
    is_utf8: bool
    is_plain: bool
    has_quotes: bool
    odd: bytes
    start: bytes


def survey(file: Path) -> Survey:
    """Look at a file from end to end. Raises FileUnreadable for a line without end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    newlines, size, running = 0, 0, 0
    is_utf8, is_plain, has_quotes, odd, start, last = True, True, False, b"", b"", b""
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            start = start or chunk[:SAMPLE]
            size += len(chunk)
            found = chunk.count(b"\n") or chunk.count(b"\r")
            newlines += found
            if found:
                end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
                first = min(at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0)
                longest, running = running + first, len(chunk) - end
            else:
                running += len(chunk)
                longest = running
            if longest > MAX_LINE:
                raise FileUnreadable(
                    f"long_line: a line of more than {MAX_LINE // 1_000_000} MB, near line "
                    f"{newlines + 1:,}"
                )
            if is_utf8:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    is_utf8 = False
                    at = max(0, error.start - SAMPLE // 2)
                    odd = chunk[at : at + SAMPLE]
            joint = last[-2:] + chunk
            is_plain = is_plain and b"\0" not in chunk and not _BLANK.search(joint)
            has_quotes = has_quotes or b'"' in chunk
            last = chunk
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8, odd = False, last[-SAMPLE:]
    is_plain = is_plain and not start.startswith((b"\n", b"\r"))
    bom = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    return Survey(size, newlines, bom, is_utf8, is_plain, has_quotes, odd, start)


def encoding_of(found: Survey) -> str:
    """The encoding of a file; where a few bytes are none of it, those rows are told apart later."""
    if found.bom is not None:
        return found.bom
    if found.is_utf8 and b"\0" not in found.start:
        return "utf-8"
    if not found.is_utf8:
        text = found.odd.decode("utf-8", "surrogateescape")
        bad = sum("\udc80" <= character <= "\udcff" for character in text)
        good = sum(not character.isascii() for character in text) - bad
        if good > 2 * bad:
            return "utf-8"
    return _guess(found.odd or found.start)


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    matches = from_bytes(sample, cp_isolation=list(ENCODINGS), threshold=0.3)
    best = matches.best()
    if best is None:
        return "cp1252"
    # Short samples of Western text fit many code pages: the commonest of those that fit as well.
    rivals = {match.encoding for match in matches if match.chaos <= best.chaos + 0.01}
    few = sum(byte >= 0x80 for byte in sample) < 30
    western = few and "cp1252" in rivals and best.encoding in ("cp1250", "cp1254", "cp1257")
    return "cp1252" if western else best.encoding


def delimiter_of(start: bytes, encoding: str, header: int) -> str:
    """The delimiter by which most lines of the beginning have the same number of cells."""
    text = start.decode(encoding.removesuffix("_le").removesuffix("_be"), "replace")
    lines = text.splitlines(keepends=True)[header - 1 :][:200]
    if len(lines) > 2:
        lines = lines[:-1]
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            widths.update(len(row) for row in csv.reader(lines, delimiter=delimiter) if row)
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        score = (times / widths.total() if width > 1 else 0.0, width)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def has_stray_quotes(file: Path, delimiter: str) -> bool:
    """Whether a quote stands within a cell that is none of its ends, nor doubled."""
    sides = f'[^"\\r\\n{re.escape(delimiter)}]'
    pattern = f'{sides}"{sides}'
    with file.open("rb") as stream:
        last = b""
        while chunk := stream.read(CHUNK):
            joint = pa.array([last[-2:] + chunk], pa.binary())
            if pc.match_substring_regex(joint, pattern)[0].as_py():
                return True
            last = chunk
    return False
