"""France Travail's API of offers over given or generated ones, with its tokens.

with Simulator(FranceTravailApi(records(500))) as api:
    form = {"grant_type": "client_credentials", "client_id": APP, "client_secret": SECRET,
            "scope": "api_offresdemploiv2 o2dsoffre"}
    token = requests.post(api.url + TOKEN_PATH + "?realm=%2Fpartenaire", form).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    requests.get(f"{api.url}{ROOT}/v2/offres/search", {"range": "0-149"}, headers=headers)
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from ingestion.demo.server import Answer, Request
from tests.simulator import common
from tests.simulator.france_travail_codes import REFERENTIALS
from tests.simulator.france_travail_offers import Offer, records
from tests.simulator.france_travail_parameters import check
from tests.simulator.france_travail_search import Index
from tests.simulator.stock import token

__all__ = ["APP", "ROOT", "SCOPES", "SECRET", "TOKEN_PATH", "FranceTravailApi", "from_capture"]
__all__ += ["records"]

TOKEN_PATH = "/connexion/oauth2/access_token"
ROOT = "/partenaire/offresdemploi"
REALM = "/partenaire"
#: The only application unless others are given.
APP, SECRET = "PAR_wagehouse_0123456789abcdef", "fedcba9876543210"
SCOPES = frozenset(("api_offresdemploiv2", "o2dsoffre"))
FORM = "application/x-www-form-urlencoded"
ID = re.compile("[0-9A-Z]{7}|[0-9]+")


@dataclass
class _Token:
    app: str
    until: float
    calls: int = 0


@dataclass
class FranceTravailApi:
    """Offers, those who may read them, and the référentiels.

    apps: secrets by client id. subscribed: the applications that may use this API; None: all.
    application_scope: `application_<client id>` is asked for besides the two scopes.
    token_life: seconds; token_calls: calls after which a token is refused. See `revoke`.
    limits: calls of an application, the first of them told by headers.
    widest, last_start, last_end: bounds of a range; some have met a last_start of 1000 and a
    last_end of 1149. single: whether a range of one offer is allowed.
    last_status: of an answer with the last offers, where those before it were partial.
    max_inclusive: whether `maxCreationDate` belongs to the window.
    accents: whether keywords may have letters beyond ASCII.
    now: what `publieeDepuis` counts from; by default when the newest offer was created.
    """

    offers: Sequence[Offer] = ()
    referentials: Mapping[str, Sequence[Mapping[str, Any]]] = field(
        default_factory=lambda: REFERENTIALS
    )
    apps: Mapping[str, str] = field(default_factory=lambda: {APP: SECRET})
    subscribed: Collection[str] | None = None
    scopes: frozenset[str] = SCOPES
    application_scope: bool = False
    token_life: float = 1_499
    token_calls: int | None = None
    limits: Collection[common.Limit] = ((10, 1),)
    widest: int = 150
    last_start: int = 3_000
    last_end: int = 3_149
    single: bool = True
    last_status: int = 200
    max_inclusive: bool = True
    accents: bool = False
    now: datetime | None = None
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._tokens: dict[str, _Token] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._limiters = {app: common.Limiter(self.limits, self.clock) for app in self.apps}

    @cached_property
    def _index(self) -> Index:
        return Index(self.offers, self.now, self.max_inclusive)

    @cached_property
    def _by_id(self) -> dict[str, Offer]:
        return {offer["id"]: offer for offer in self.offers}

    def revoke(self) -> None:
        """From now on all tokens that were given are refused."""
        with self._lock:
            self._tokens.clear()

    def __call__(self, request: Request) -> Answer:
        if request.path == TOKEN_PATH:
            return self._token(request)
        if not request.path.startswith(f"{ROOT}/v2/"):
            return Answer.of({"message": "Ressource introuvable"}, 404)
        app, refusal = self._app(request)
        if refusal is not None:
            return refusal
        limiter = self._limiters[app]
        wait = limiter.take()
        headers = {}
        if self.limits:
            most = next(iter(self.limits))[0]
            headers["X-Ratelimit-Burst-Capacity-Clientidlimiter"] = str(most)
            headers["X-Ratelimit-Remaining-Clientidlimiter"] = str(max(0, limiter.left()))
        if wait is not None:
            headers["Retry-After"] = common.seconds(wait)
            return Answer(429, b"Too many requests", "text/plain", headers)
        try:
            answer = self._routed(request)
        except common.RefusedError as error:
            answer = Answer.of({"message": error.message}, error.status)
        return Answer(
            answer.status, answer.body, answer.content_type, {**answer.headers, **headers}
        )

    def _token(self, request: Request) -> Answer:
        """Credentials belong into the body, as a form."""
        if request.method != "POST":
            return Answer(405, b"", "text/plain")
        if request.headers.get("authorization"):
            return Answer(409, b"<html><body><h1>Conflict</h1></body></html>", "text/html")
        form: dict[str, list[str]] = {}
        if request.headers.get("content-type", "").split(";")[0].strip() == FORM:
            form = parse_qs(request.body.decode(errors="replace"))
        sent = {name: values[0] for name, values in form.items()}
        app = sent.get("client_id", "")
        allowed = self.subscribed is None or app in self.subscribed
        known = app in self.apps and self.apps[app] == sent.get("client_secret")
        if request.first("realm") != REALM or not allowed or not known:
            return _denied("invalid_client", "Client authentication failed")
        if sent.get("grant_type") != "client_credentials":
            if sent.get("grant_type") in ("authorization_code", "refresh_token"):
                return _denied("invalid_grant", "The provided access grant is invalid.")
            return _denied("unsupported_grant_type", "Grant type is not supported")
        scopes = self.scopes | ({f"application_{app}"} if self.application_scope else set())
        if set(sent.get("scope", "").split()) != scopes:
            return _denied("invalid_scope", "Unknown/invalid scope(s)")
        text = token("token", app, next(self._numbers))
        with self._lock:
            self._tokens[text] = _Token(app, self.clock() + self.token_life)
        content = {"scope": " ".join(sorted(scopes)), "expires_in": int(self.token_life)}
        content |= {"token_type": "Bearer", "access_token": text}
        return Answer.of(content, Cache_Control="no-store")

    def _app(self, request: Request) -> tuple[str, Answer | None]:
        """The application whose token was sent, or a refusal: without a body or with one."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not text:
            return "", Answer(401, b"", headers={"WWW-Authenticate": "Bearer"})
        with self._lock:
            known = self._tokens.get(text)
            if known is None or known.until <= self.clock() or known.calls == self.token_calls:
                return "", Answer.of({"message": "Le jeton est invalide ou expiré"}, 401)
            known.calls += 1
        return known.app, None

    def _routed(self, request: Request) -> Answer:
        if request.method != "GET":
            return Answer.of({"message": "Méthode non autorisée"}, 405)
        match request.path.removeprefix(f"{ROOT}/v2/").split("/"):
            case ["offres", "search"]:
                return self._search(request)
            case ["offres", offer_id]:
                return self._one(request, offer_id)
            case ["referentiel", name] if name in self.referentials:
                common.known_only(request, ())
                rows = self.referentials[name]
                headers = {"Content-Range": f"{name} */{len(rows)}"}
                answer = Answer.of(list(rows))
                return Answer(200, answer.body, answer.content_type, headers)
        return Answer.of({"message": "Ressource introuvable"}, 404)

    def _one(self, request: Request, offer_id: str) -> Answer:
        common.known_only(request, ())
        if not ID.fullmatch(offer_id):
            raise common.RefusedError(400, "Format du paramètre id incorrect.")
        offer = self._by_id.get(offer_id)
        return Answer(204, b"") if offer is None else Answer.of(offer)

    def _search(self, request: Request) -> Answer:
        asked = {name: values[0] for name, values in request.query.items()}
        check(asked, self.accents)
        first, last = map(int, asked.get("range", f"0-{self.widest - 1}").split("-"))
        if last < first or (first == last and not self.single):
            raise common.RefusedError(400, "La plage de résultats demandée est incorrecte.")
        if last - first >= self.widest:
            raise common.RefusedError(400, "La plage de résultats demandée est trop importante.")
        if first > self.last_start:
            text = f"La position de début doit être inférieure ou égale à {self.last_start}."
            raise common.RefusedError(400, text)
        if last > self.last_end:
            text = f"La position de fin doit être inférieure ou égale à {self.last_end}."
            raise common.RefusedError(400, text)
        found = self._index.find(asked)
        total = len(found.offers)
        page = found.offers[first : last + 1]
        if not page:
            return Answer(204, b"", headers={"Content-Range": f"*/{total}"})
        content = {"resultats": page, "filtresPossibles": found.facets}
        answer = Answer.of(content)
        headers = {"Content-Range": f"offres {first}-{first + len(page) - 1}/{total}"}
        whole = first == 0 and len(page) == total
        status = 200 if whole else self.last_status if first + len(page) == total else 206
        return Answer(status, answer.body, answer.content_type, headers)


def _denied(error: str, description: str) -> Answer:
    return Answer.of({"error": error, "error_description": description}, 400)


def from_capture(content: Any) -> list[Offer]:
    """The offers of a captured answer or of a list of them, unchanged."""
    return common.captured(content, "resultats")
