"""The address of an API, however much of it a user has set."""

from __future__ import annotations

from urllib.parse import urlsplit


def api_address(given: str | None, default: str) -> str:
    """The address under which an API's paths stand.

    given: BASE_URL as set; the host alone will do, or any part of the path that `default`, the real
    address, has. Without it, `default`.
    """
    if not given:
        return default
    base = given.rstrip("/")
    here = urlsplit(base).path
    steps = urlsplit(default).path.strip("/").split("/")
    for known in range(len(steps), 0, -1):
        if here.endswith("/" + "/".join(steps[:known])):
            return "/".join([base, *steps[known:]])
    return "/".join([base, *steps])
