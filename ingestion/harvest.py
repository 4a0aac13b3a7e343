"""From the answers of a source to the records of a slice: what all sources with pages share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ingestion.http import Answer, ApiClient
from ingestion.http.verdict import NOTHING, at, whole
from ingestion.landing.canonical import fault, readable, show

if TYPE_CHECKING:
    from dlt.sources.helpers.rest_client.paginators import BasePaginator

    from ingestion.collection import Collection
    from ingestion.landing import SliceWriter

#: Lines of progress come after so many pages.
SAY_EVERY = 20
#: Makes of a record, an object, what lands of it, and its id where that does not stand in it.
Shape = Callable[[dict[str, Any]], tuple[dict[str, Any], str]]


def take(
    writer: SliceWriter,
    answer: Answer,
    path: str,
    asked: Mapping[str, Any] | None = None,
    judge: Callable[[Mapping[str, Any]], str | None] = lambda envelope: None,
    wanted: Callable[[Any], bool] = lambda record: True,
    most: int | None = None,
    shape: Shape | None = None,
) -> list[Any]:
    """Land the records of an answer and what stands round them; returns the records as received.

    path: dotted path of the list of records; "" where the body is that list. asked: stands in the
    request of each row beside what was sent. judge: tells from what stands round the records what
    is wrong with the answer. wanted: whether a record is among those the user asked for; the others
    do not land. most: records that are taken. shape: makes of a record what lands, and its id where
    that does not stand in it. What cannot be used is rejected, and is a problem of the slice.
    """
    request = {**answer.request, **(asked or {})}
    if answer.document is NOTHING:
        return []
    if answer.document is None:
        problem = answer.problem or "empty_body: the answer holds nothing"
        writer.reject(readable(answer.body), problem, request)
        writer.problem(_where(request) + problem)
        return []
    document = answer.document
    records = at(document.value, path)
    if not isinstance(records, list):
        problem = f"type_changed: {path or 'the body'} is {type(records).__name__}, not a list"
        writer.reject(show(document.value), problem, request)
        writer.problem(_where(request) + problem)
        return []
    for value in records[:most]:
        if not wanted(value):
            continue
        landing, key = value, ""
        is_sound = isinstance(value, dict) and not (document.suspect and fault(value))
        if shape is not None and is_sound:
            landing, key = shape(value)
        writer.record(landing, request, suspect=document.suspect, key=key)
    if path:
        envelope = _without(document.value, path.split("."))
        told = judge(envelope)
        if told is not None:
            writer.problem(_where(request) + told)
        if document.suspect and fault(envelope):
            envelope = {"text": show(envelope)}
        writer.response(envelope, request)
    return records


def take_whole(
    writer: SliceWriter,
    answer: Answer,
    record: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    key: str,
    asked: Mapping[str, Any] | None = None,
) -> None:
    """Land an answer that is one record: what `record` makes of its body, under the id `key`.

    What cannot be used is rejected, and is a problem of the slice.
    """
    request = {**answer.request, **(asked or {})}
    document = answer.document
    if document is None or not isinstance(document.value, dict):
        found = type(document.value).__name__ if document is not None else ""
        problem = answer.problem or f"type_changed: the body is {found}, not an object"
        writer.reject(readable(answer.body), problem, request)
        writer.problem(problem)
        return
    value = {**record(document.value)}
    why = fault(document.value) if document.suspect else None
    if why is not None:
        # Merged with what was asked for it would not show any more what is wrong with it.
        writer.reject(show(document.value), why, request, record_id=key)
        writer.problem(why)
        return
    writer.record(value, request, key=key)


def walk_pages(
    collection: Collection,
    client: ApiClient,
    writer: SliceWriter,
    path: str,
    params: Mapping[str, Any],
    pages: BasePaginator,
    *,
    records: str,
    total: str | None = None,
    asked: Mapping[str, Any] | None = None,
    judge: Callable[[Mapping[str, Any]], str | None] = lambda envelope: None,
    maximum: int | None = None,
    cost: int = 1,
    until: Callable[[list[Any]], bool] = lambda records: False,
    beyond: Callable[[Answer], str | None] = lambda answer: None,
    wanted: Callable[[Any], bool] = lambda record: True,
    shape: Shape | None = None,
) -> None:
    """Fetch the pages of a slice from where it stands; what went wrong is in `writer.problems`.

    The slice is not ended here. total: dotted path of the number of records there are, against
    which those that came are counted. maximum: of the slice, as the user asked. until: tells from
    the records of a page that none of the pages after it is wanted; the slice is then complete.
    beyond: tells from an answer that the source gives no more of what there is, and why. wanted,
    shape: see `take`; what is not wanted is missing where `total` is compared.

    Raises SourceStopped when the source cannot go on.
    """
    met_before = writer.records + writer.rejected
    told: int | None = None
    keep = collection.keep(writer.slice.endpoint, records)
    answers = client.pages(path, params, pages, records, keep=keep, cost=cost)
    for number, answer in enumerate(answers, 1):
        writer.answer()
        no_more = beyond(answer)
        if no_more is not None:
            writer.problem(no_more)
            return
        most = None if maximum is None else max(0, maximum - writer.records)
        found = take(writer, answer, records, asked, judge, wanted, most, shape)
        if total is not None and answer.document is not None:
            told = whole(at(answer.document.value, total)) or told
        position = position_of(pages)
        if position is not None:
            writer.at(position)
        if number % SAY_EVERY == 0:
            collection.say(
                f"{_name(collection, writer)}: {writer.records}"
                f"{f' of {told}' if told else ''} records, {writer.new_versions} new"
            )
        if writer.is_full:
            writer.problem(f"row_limit: {writer.records} records (WAGEHOUSE_ENV=dev)")
            return
        if maximum is not None and writer.records >= maximum:
            writer.problem(reached_maximum(collection, maximum))
            return
        if found and until(found):
            return
    reason = reason_of(pages)
    if reason is not None:
        writer.problem(reason)
    met = writer.records + writer.rejected
    if total is not None and not writer.problems and told is not None and met < told:
        writer.problem(f"short: {met} of {told} records came")
    if met == met_before == 0 and not writer.problems and params:
        collection.say(f"{_name(collection, writer)}: no record; is the search still right?")


def reached_maximum(collection: Collection, most: int) -> str:
    """The problem of a slice that holds as many records as were asked for. Where the settings say
    so, run after run, it is all there is to have, and a cursor may go on from it."""
    if collection.ask is None:
        return f"capped: {most} records, the maximum of the search"
    return f"maximum: {most} records were asked for"


def take_all(
    collection: Collection,
    writer: SliceWriter,
    answer: Answer,
    path: str,
    *,
    total: str | None = None,
    asked: Mapping[str, Any] | None = None,
    maximum: int | None = None,
    shape: Shape | None = None,
) -> None:
    """Land an answer that holds all records of a slice; see `walk_pages`."""
    writer.answer()
    limit = collection.settings.record_limit
    limits = [number for number in (maximum, limit) if number is not None]
    most = min(limits) if limits else None
    found = take(writer, answer, path, asked, most=most, shape=shape)
    if most is not None and len(found) > most:
        asked_for = maximum is not None and most == maximum
        limited = f"row_limit: {most} records (WAGEHOUSE_ENV=dev)"
        writer.problem(reached_maximum(collection, most) if asked_for else limited)
    elif total is not None and answer.document is not None:
        told = whole(at(answer.document.value, total))
        if told is not None and len(found) < told and not writer.problems:
            writer.problem(f"short: {len(found)} of {told} records came")


def say_end(collection: Collection, writer: SliceWriter) -> None:
    """A line of progress about a slice that has ended."""
    collection.say(
        f"{_name(collection, writer)}: {writer.records} records, {writer.new_versions} new, "
        f"{writer.rejected} rejected"
    )


def position_of(pages: object) -> object:
    """Where the next page stands, as our paginators tell it."""
    position: object = getattr(pages, "position", None)
    return position


def reason_of(pages: object) -> str | None:
    """Why a walk did not come to the end, as our paginators tell it."""
    reason: str | None = getattr(pages, "reason", None)
    return reason


def _name(collection: Collection, writer: SliceWriter) -> str:
    slice_ = writer.slice
    part = "" if slice_.slice == "all" else f" {slice_.slice}"
    return f"{collection.spec.title} {slice_.endpoint} {slice_.scope}{part}"


def _where(request: Mapping[str, Any]) -> str:
    page = request.get("page")
    return "" if page is None else f"page {page}: "


def _without(value: Any, path: list[str]) -> Any:
    """An envelope less the list at the path."""
    rest = dict(value)
    if len(path) == 1:
        del rest[path[0]]
    else:
        rest[path[0]] = _without(value[path[0]], path[1:])
    return rest
