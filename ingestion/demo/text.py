"""The HTML of the generated ads: sections of words laid out in the house style of the employer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from random import Random
from typing import Any

from ingestion.demo.catalog import Company, Family, phrases


@dataclass(frozen=True, slots=True)
class Advert:
    """What an ad says, before it is laid out. `notes` are remarks of later edits."""

    title: str
    company: Company
    family: Family
    language: str
    city: str
    workplace: str
    employment: str
    years: int
    pay: str | None
    notes: Sequence[str]


Section = tuple[str, str | list[str]]


def _some(rng: Random, items: Sequence[str], low: int, high: int) -> list[str]:
    return rng.sample(items, min(len(items), rng.randint(low, high)))


def sections(rng: Random, advert: Advert) -> list[Section]:
    """Headings with a paragraph or a list, in the order in which the ad shows them; plain text."""
    words: dict[str, Any] = phrases()[advert.language]
    heads = words["heads"]
    filled = {
        "company": advert.company.name,
        "title": advert.title,
        "city": advert.city,
        "product": advert.company.product,
        "n": advert.company.n_people,
        "y": advert.years,
    }

    def say(key: str) -> str:
        return str(rng.choice(words[key])).format(**filled)

    english = advert.language == "en"
    duties = advert.family.duties if english else words["duties"][advert.family.group]
    duties = [*_some(rng, duties, 4, 7), *_some(rng, words["common_duties"], 1, 3)]
    needs = advert.family.needs if english else words["needs"]
    known = rng.sample(advert.family.skills, min(6, len(advert.family.skills)))
    required = rng.choice(words["skill_required"]).format(a=known[0], b=known[1], c=known[2])
    desired = rng.choice(words["skill_desired"]).format(a=known[3], b=known[4])
    place = f"{say(advert.workplace)} {say(advert.employment)}"
    pay = advert.pay or ""
    # Pay stands in its own section, in the middle of a paragraph, or at the end of the benefits.
    spot = rng.random()
    about: Section = (rng.choice(heads["about"]), say("about"))
    opening = say("opening") + " " + place
    body: list[Section] = [
        ("", opening if spot < 0.7 or not pay else f"{opening} {pay}"),
        (rng.choice(heads["duties"]), duties),
        (
            rng.choice(heads["needs"]),
            [
                *(need.format(**filled) for need in _some(rng, needs, 2, 4)),
                required,
                *_some(rng, words["common_needs"], 1, 3),
            ],
        ),
        (rng.choice(heads["wishes"]), [desired]),
    ]
    benefits = _some(rng, words["benefits"], 3, 7)
    if pay and spot < 0.45:
        body.append((rng.choice(heads["pay"]), pay))
    elif pay and spot < 0.7:
        benefits.insert(rng.randint(0, len(benefits)), pay)
    body.append((rng.choice(heads["benefits"]), benefits))
    body.insert(0 if rng.random() < 0.7 else len(body), about)
    if rng.random() < 0.8:
        body.insert(rng.randint(1, len(body)), (rng.choice(heads["culture"]), say("culture")))
    if english and rng.random() < 0.6:
        body.append(("", say("legal")))
    body.append(("", " ".join([say("footer"), *advert.notes])))
    return body


def _escaped(text: str) -> str:
    return escape(text, quote=False).replace("&lt;br&gt;", "<br>")


def _paragraphs(parts: Sequence[Section]) -> str:
    out = []
    for head, text in parts:
        if head:
            out.append(f"<h3>{_escaped(head)}</h3>")
        if isinstance(text, str):
            out.append(f"<p>{_escaped(text)}</p>")
        else:
            out.append("<ul>" + "".join(f"<li>{_escaped(item)}</li>" for item in text) + "</ul>")
    return "".join(out)


def _breaks(parts: Sequence[Section]) -> str:
    out = []
    for head, text in parts:
        title = f"<b>{_escaped(head)}:</b><br>" if head else ""
        items = text if isinstance(text, str) else "<br>".join(f"•  {item}" for item in text)
        out.append(title + _escaped(items))
    return "<p>" + "<br><br>".join(out) + "</p>"


def _spans(parts: Sequence[Section]) -> str:
    out = []
    for head, text in parts:
        if head:
            out.append(f"<p><strong><span>{_escaped(head)}</span></strong></p><p>&nbsp;</p>")
        if isinstance(text, str):
            out.append(f"<p><span>{_escaped(text)}&nbsp;</span></p>")
        else:
            out.extend(f"<ul><li><span>{_escaped(item)}</span></li></ul>" for item in text)
    return "".join(out)


def _unclosed(parts: Sequence[Section]) -> str:
    out = []
    for head, text in parts:
        if head:
            out.append(f"<p><strong>{_escaped(head)}</strong>\n")
        if isinstance(text, str):
            out.append(f"<p>{_escaped(text)}\n")
        else:
            out.append("<ul>\n" + "\n".join(f"<li>{_escaped(item)}" for item in text) + "\n</ul>")
    return "\n".join(out).replace("'", "&rsquo;")


def _headings(parts: Sequence[Section]) -> str:
    out = []
    for head, text in parts:
        if head:
            out.append(f"<h2>{_escaped(head.upper())}</h2>")
        if isinstance(text, str):
            out.append(f"<div>{_escaped(text)}</div>")
        else:
            out.append("".join(f"<div>- {_escaped(item)}</div>" for item in text))
    return "<div>" + "<br/>".join(out).replace("'", "&#39;") + "</div>"


LAYOUTS: tuple[Callable[[Sequence[Section]], str], ...] = (
    _paragraphs,
    _breaks,
    _spans,
    _unclosed,
    _headings,
)


def write_advert(rng: Random, advert: Advert) -> str:
    """The ad as HTML, some 1.5 to 5 kB, as the employer's system would export it."""
    return LAYOUTS[advert.company.style % len(LAYOUTS)](sections(rng, advert))
