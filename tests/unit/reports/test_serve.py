"""The static server: types, compression, byte ranges, caching, paths."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from orchestration.serve import SiteServer, serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "sites" / "r1"
    (site / "pay").mkdir(parents=True)
    (site / "data" / "r1").mkdir(parents=True)
    (site / "index.html").write_text("<h1>Overview</h1>")
    (site / "pay" / "index.html").write_text("<h1>Pay</h1>")
    (site / "engine.wasm").write_bytes(b"\0asm" * 1000)
    (site / "data" / "r1" / "pay.parquet").write_bytes(bytes(range(100)))
    (site / ".hidden").write_text("no")
    (tmp_path / "secret.txt").write_text("no")
    (tmp_path / "site").symlink_to("sites/r1")
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[SiteServer]:
    with serving(folder / "site", base_path="/jobs") as server:
        yield server


def ask(
    server: SiteServer, path: str, method: str = "GET", **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(
            method, path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_pages_stand_under_the_path(server: SiteServer) -> None:
    assert server.url.endswith("/jobs/")
    assert ask(server, "/jobs/")[1] == b"<h1>Overview</h1>"
    assert ask(server, "/jobs/pay/?x=1")[1] == b"<h1>Pay</h1>"
    for path, to in (("/jobs", "/jobs/"), ("/jobs/pay", "/jobs/pay/")):
        answer, _ = ask(server, path)
        assert (answer.status, answer.headers["Location"]) == (301, to)
    assert ask(server, "/pay/")[0].status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/nothing",
        "/jobs/index.html/more",
        "/jobs/data/",
        "/jobs/.hidden",
        "/jobs/../secret.txt",
        "/jobs/..%2f..%2fsecret.txt",
        "/jobs//etc/passwd",
        "/jobs/%00",
    ],
)
def test_what_is_no_part_of_the_site_is_not_found(server: SiteServer, path: str) -> None:
    answer, body = ask(server, path)
    assert answer.status == 404
    assert b"no\n" not in body


def test_text_and_wasm_are_compressed_for_who_takes_it(server: SiteServer) -> None:
    answer, body = ask(server, "/jobs/engine.wasm", Accept_Encoding="gzip, br")
    assert answer.headers["Content-Type"] == "application/wasm"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(body) < 100
    assert gzip.decompress(body) == b"\0asm" * 1000
    plain, body = ask(server, "/jobs/engine.wasm")
    assert plain.headers["Content-Encoding"] is None
    assert body == b"\0asm" * 1000


def test_parts_of_data_can_be_asked_for(server: SiteServer) -> None:
    path = "/jobs/data/r1/pay.parquet"
    head, body = ask(server, path, "HEAD", Accept_Encoding="gzip")
    assert (head.headers["Content-Length"], head.headers["Accept-Ranges"]) == ("100", "bytes")
    assert head.headers["Content-Encoding"] is None
    assert body == b""
    for asked, first, last in (("0-3", 0, 3), ("90-", 90, 99), ("-8", 92, 99), ("95-200", 95, 99)):
        answer, body = ask(server, path, Range=f"bytes={asked}")
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/100"
        assert body == bytes(range(first, last + 1))
    assert ask(server, path, Range="bytes=200-300")[0].status == 416
    assert ask(server, path, Range="bytes=-")[0].status == 200


def test_what_can_change_is_asked_for_again(server: SiteServer, folder: Path) -> None:
    page, _ = ask(server, "/jobs/")
    assert page.headers["Cache-Control"] == "no-cache"
    assert ask(server, "/jobs/", If_None_Match=page.headers["ETag"])[0].status == 304
    data, _ = ask(server, "/jobs/data/r1/pay.parquet")
    assert "immutable" in data.headers["Cache-Control"]
    ask(server, "/jobs/", Accept_Encoding="gzip")
    new = folder / "sites" / "r2"
    new.mkdir()
    (new / "index.html").write_text("<h1>New</h1>")
    (folder / "next").symlink_to("sites/r2")
    (folder / "next").replace(folder / "site")
    _, body = ask(server, "/jobs/", Accept_Encoding="gzip")
    assert gzip.decompress(body) == b"<h1>New</h1>"


def test_only_this_machine_is_served(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    answer, _ = ask(server, "/jobs/")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ask(server, "/jobs/", "POST")[0].status == 501
