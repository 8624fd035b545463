"""The public catalogue: what is certified, and what it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request, url_for
from wtforms import BooleanField, Form, SearchField, SelectChoice, SelectField

from bonus.calendar import civil_date
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import limiter
from bonus.money import amount_string
from bonus.registry.catalogue import Results, card, last_change, results
from bonus.registry.estimate import USUAL_CENTS, estimate
from bonus.registry.labels import label_names
from bonus.registry.search import Filters
from bonus.registry.search_names import Meaning
from bonus.registry.search_patterns import LONGEST_TYPED
from bonus.registry.service import fold
from bonus.regulation import load_parameters
from bonus.regulation.wording import french, grouped

from ..access import PUBLIC, allow, now
from ..certifications import WORDS
from ..fields import AmountField, add_refusal
from ..simulated import address as simulator_address
from .story import state_words, timeline
from .views import blueprint, law_in_words

ORDERS = {
    "pertinence": ("relevance", "Pertinence"),
    "nom": ("name", "Nom"),
    "recentes": ("newest", "Inscription la plus récente"),
}
"""In addresses → (code, words)."""


class SearchForm(Form):
    """What may be asked of the catalogue; it stands in the address."""

    q = SearchField("Solution, fournisseur, usage ou label")
    usage = SelectField("Usage", validate_choice=False)
    label = SelectField("Label", validate_choice=False)
    tri = SelectField("Trier par", validate_choice=False)
    in_force = BooleanField("En vigueur aujourd’hui", name="en-vigueur")


class PriceForm(Form):
    """The price one has in mind."""

    montant = AmountField("Prix hors taxes")


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what it says that does not exist is left out. ``kept`` is what is not by default."""

    text: str
    filters: Filters
    kept: dict[str, str]

    def address(self, *left_out: str, **more: Any) -> str:
        """The address of the same search without some of what it asks, on its first page unless told."""
        kept: dict[str, Any] = {name: value for name, value in self.kept.items() if name not in left_out}
        return url_for("public.solutions", **(kept | more))


def read_asked(arguments: Mapping[str, str], labels: Mapping[str, str]) -> Asked:
    """What the arguments of an address ask for."""
    text = arguments.get("q", "").strip()[:LONGEST_TYPED]
    usage, label, order = (arguments.get(name, "") for name in ("usage", "label", "tri"))
    kept = {
        "q": text,
        "usage": usage if usage in load_parameters().codes("axis") else "",
        "label": label if label in labels else "",
        "en-vigueur": "oui" if arguments.get("en-vigueur") == "oui" else "",
        "tri": order if order in ORDERS and order != "pertinence" else "",
    }
    filters = Filters(
        kept["usage"] or None,
        kept["label"] or None,
        bool(kept["en-vigueur"]),
        ORDERS[kept["tri"] or "pertinence"][0],
    )
    return Asked(text, filters, {name: value for name, value in kept.items() if value})


@blueprint.get("/solutions")
@limiter.limit("120 per minute")
@allow(PUBLIC)
def solutions() -> str:
    today, law = civil_date(now()), load_parameters()
    labels = label_names(today)
    asked = read_asked(request.args, labels)
    found = results(asked.text, asked.filters, today, request.args.get("page", 1, type=int))
    form = SearchForm(
        q=asked.text,
        usage=asked.kept.get("usage", ""),
        label=asked.kept.get("label", ""),
        tri=asked.kept.get("tri", "pertinence"),
        in_force=asked.filters.in_force,
    )
    usages = {code: law.name_of("axis", code).name for code in law.codes("axis")}
    form.usage.choices = [SelectChoice("", "Tous"), *(SelectChoice(*pair) for pair in usages.items())]
    form.label.choices = [SelectChoice("", "Tous"), *(SelectChoice(*pair) for pair in labels.items())]
    form.tri.choices = [SelectChoice(code, words) for code, (_, words) in ORDERS.items()]
    chips = _chips(asked, usages, labels)
    return render_template(
        "public/solutions.html",
        form=form,
        asked=asked,
        chips=chips,
        found=found,
        ways=_ways(asked, found, chips),
        also=_address_of(found.also, asked) if found.also else None,
        usages=usages,
        state_words=state_words,
        today=today,
        changed_at=last_change()[1],
    )


def _chips(asked: Asked, usages: Mapping[str, str], labels: Mapping[str, str]) -> list[dict[str, str]]:
    """What the search asks, each with its code, its words, and the address without it."""
    words = {
        "q": french(f"« {asked.text} »"),
        "usage": usages.get(asked.kept.get("usage", ""), ""),
        "label": labels.get(asked.kept.get("label", ""), ""),
        "en-vigueur": "En vigueur aujourd’hui",
    }
    return [
        {"name": name, "words": words[name], "url": asked.address(name)}
        for name in words
        if name in asked.kept
    ]


def _address_of(meant: Meaning, asked: Asked) -> str:
    """The address that asks by filters for what the text names."""
    filters = {"usage": meant.filters.usage, "label": meant.filters.label, "q": meant.text}
    return asked.address(*filters, **{name: value for name, value in filters.items() if value})


def _ways(asked: Asked, found: Results, chips: list[dict[str, str]]) -> list[tuple[str, str]]:
    """When nothing is found, what to ask instead: words and address."""
    ways = []
    left = [word for word in asked.text.split() if fold(word) not in found.unknown]
    if found.unknown and fold(" ".join(left)):
        words = " ".join(left)
        ways.append((f"Chercher « {words} »", asked.address("q", q=words)))
    for chip in chips:
        name = "in_force" if chip["name"] == "en-vigueur" else chip["name"]
        if name in found.without:
            total, more = found.without[name]
            count = f"plus de {grouped(total)}" if more else grouped(total)
            ways.append((f"Retirer le filtre « {chip['words']} » ({count})", chip["url"]))
    return [(french(words), url) for words, url in ways]


@blueprint.get("/solutions/<slug>")
@limiter.limit("120 per minute")
@allow(PUBLIC)
def solution(slug: str) -> str | tuple[str, int]:
    moment = now()
    today = civil_date(moment)
    try:
        shown = card(slug, today)
    except NotFound:
        abort(404)
    typed = request.args.get("montant", "").strip()
    form = PriceForm(request.args if typed else None, montant=USUAL_CENTS)
    estimated = None
    if form.validate():
        try:
            estimated = estimate(shown.solution, form.montant.data or 0, moment)
        except InvalidInput as refusal:
            add_refusal(form, refusal)
    law = load_parameters()
    page = render_template(
        "public/solution.html",
        card=shown,
        law=law,
        words=law_in_words(law, today),
        stories={one.certification.id: timeline(one, today) for one in shown.held},
        states=WORDS,
        state_words=state_words,
        form=form,
        estimate=estimated,
        simulator=simulator_address({"solution": slug, "montant": amount_string(estimated.price_cents)})
        if estimated
        else "",
        today=today,
        changed_at=last_change()[1],
        website=_web_address(shown.solution.website),
    )
    return page if estimated else (page, 422)


def _web_address(website: str | None) -> str | None:
    """The site of a solution when a link may lead to it: what is no address of the web is shown as it is."""
    return website if website and website.startswith(("https://", "http://")) else None
