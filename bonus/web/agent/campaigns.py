"""Campaigns of controls: what would be drawn, then the draw itself, its seed, and the lists to draw it again."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from bonus.calendar import civil_date
from bonus.claims.campaign_draw import DrawnLayer, Layer, read_count
from bonus.claims.campaigns import campaign_of, campaigns, open_campaign, preview
from bonus.errors import Refusal
from bonus.extensions import db

from ..access import actor, allow, now
from ..exports import KIND, table_file
from ..fields import add_refusal
from .views import Page, blueprint

OPENERS = ("authorising_officer", "administrator")
LAYERS = (("none", 0, 0), ("some", 1, 2), ("many", 3, None))
"""Field, least and most weight of each layer."""


def _count(label: str) -> StringField:
    return StringField(label, [Length(max=12, message="Écrivez un nombre, ou une part.")], default="0")


class CampaignForm(FlaskForm):
    name = StringField(
        "Nom de la campagne",
        [InputRequired("Nommez la campagne."), Length(max=120, message="120 caractères au plus.")],
    )
    paid_from = DateField("Versés du", [InputRequired("Indiquez le premier jour.")])
    paid_until = DateField("Au", [InputRequired("Indiquez le dernier jour.")])
    none = _count("Dossiers sans signal (poids 0)")
    some = _count("Dossiers de poids 1 à 2")
    many = _count("Dossiers de poids 3 ou plus")

    def layers(self) -> list[Layer]:
        """What was asked for. Raises InvalidInput, with its field."""
        return [read_count(self[field].data or "0", least, most, field) for field, least, most in LAYERS]


@blueprint.get("/controles/campagnes")
@allow(*OPENERS)
def campaigns_list() -> Page:
    form, today = CampaignForm(formdata=None), civil_date(now())
    form.paid_from.data, form.paid_until.data = date(today.year, 1, 1), today
    form.none.data, form.some.data, form.many.data = "1 %", "5 %", "20 %"
    return _page(form, None)


def _page(form: CampaignForm, seen: list[DrawnLayer] | None) -> Page:
    page = render_template("agent/campaigns.html", form=form, seen=seen, campaigns=campaigns())
    return (page, 422) if form.errors else page


@blueprint.post("/controles/campagnes")
@allow(*OPENERS)
def new_campaign() -> Page:
    """Shows what would be drawn; draws it only when that was seen."""
    form = CampaignForm()
    seen = None
    if form.validate_on_submit():
        period = (form.paid_from.data, form.paid_until.data)
        try:
            if request.form.get("do") == "open":
                made = open_campaign(form.name.data, *period, form.layers(), actor(), now())
                flash("Le tirage est fait : les contrôles sont ouverts.", "success")
                return redirect(url_for("agent.campaign", campaign_id=made.id))
            seen = preview(*period, form.layers(), civil_date(now()))
        except Refusal as refusal:
            db.session.rollback()
            if refusal.status == 403:
                raise
            add_refusal(form, refusal)
    return _page(form, seen)


@blueprint.get("/controles/campagnes/<int:campaign_id>")
@allow(*OPENERS)
def campaign(campaign_id: int) -> str:
    found = campaign_of(campaign_id)
    layers = [(Layer(**layer), numbers) for layer, numbers in zip(found.layers, found.drawn, strict=True)]
    asked = ",".join(_as_typed(layer) for layer, _ in layers)
    return render_template("agent/campaign.html", campaign=found, layers=layers, asked=asked)


def _as_typed(layer: Layer) -> str:
    """A layer as ``flask controls draw`` takes it."""
    which = f"{layer.least}+" if layer.most is None else f"{layer.least}-{layer.most}"
    return f"{which}:{layer.size}" if layer.rate_bp is None else f"{which}:{layer.rate_bp / 100:g}%"


@blueprint.get(f"/controles/campagnes/<int:campaign_id>/<any(tirage, liste):part>.{KIND}")
@allow(*OPENERS)
def campaign_table(campaign_id: int, part: str, kind: str) -> Response:
    found = campaign_of(campaign_id)
    weights = dict(found.population)
    if part == "liste":
        rows = list(weights.items())
    else:
        rows = [(number, weights[number]) for numbers in found.drawn for number in numbers]
    return table_file(kind, f"campagne-{found.id}-{part}", ["Dossier", "Poids"], rows)
