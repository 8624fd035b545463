"""Facts of the registry that are wrong: corrected, or declared never to have been, by its keeper. None is erased."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request

from bonus.registry.labels import every_version
from bonus.registry.models import CertificationFact
from bonus.registry.recording import record_correction

from ..access import allow, now
from ..certifications import ToldFact, told
from .registry import KEEPER, act
from .registry_acts import back_to, by_hand, recalled, shown_certification, version_for
from .registry_forms import EventForm, GrantCorrectionForm, ReasonForm, WithdrawalForm
from .views import Page, blueprint

_FACT = "/registre/solutions/<slug>/certifications/<int:certification_id>/faits/<int:fact_id>"


def _fact(slug: str, certification_id: int, fact_id: int) -> ToldFact:
    """That fact of that certification, else 404: another certification's does not exist here."""
    found = [one for one in told(shown_certification(slug, certification_id)) if one.fact.id == fact_id]
    return found[0] if found else abort(404)


@blueprint.route(f"{_FACT}/correction", methods=["GET", "POST"])
@allow(KEEPER)
def fact_correction(slug: str, certification_id: int, fact_id: int) -> Page:
    one = _fact(slug, certification_id, fact_id)
    fact, certification = one.fact, one.fact.certification
    form = _correction_form(fact)
    response = act(
        form,
        lambda: record_correction(fact, _corrected(form), by_hand(form.reason.data), now()),
        "La correction est inscrite. Le fait corrigé reste lisible.",
        lambda: back_to(slug, certification),
    )
    if response is not None:
        return response
    one = _fact(slug, certification_id, fact_id)
    page = render_template(
        "agent/registry_correction.html",
        certification=one.fact.certification,
        told=one,
        form=form,
        **recalled(one.fact.certification),
    )
    return (page, 422) if form.errors else page


def _correction_form(fact: CertificationFact) -> GrantCorrectionForm | EventForm | WithdrawalForm:
    """The form for what such a fact tells, with what it tells now."""
    if fact.kind != "granted":
        form = WithdrawalForm() if fact.kind == "withdrawn" else EventForm()
        if request.method == "GET":
            form.on.data = fact.happened_on
            if fact.kind == "withdrawn":
                form.retroactive.data = fact.retroactive
        return form
    form = GrantCorrectionForm()
    versions = every_version().get(fact.certification.label, [])
    form.ask(version_for(versions, form.valid_from.data or fact.valid_from).criteria if versions else [])
    if request.method == "GET":
        form.valid_from.data, form.valid_until.data = fact.valid_from, fact.valid_until
        if "criteria" in form:
            form.criteria.data = [str(place) for place, met in enumerate(fact.criteria or ()) if met]
            form.audited_on.data, form.evidence.data = fact.audited_on, fact.evidence
    return form


def _corrected(form: GrantCorrectionForm | EventForm | WithdrawalForm) -> dict[str, Any]:
    """What a correction sets, by the columns of a fact."""
    if isinstance(form, GrantCorrectionForm):
        values = {"valid_from": form.valid_from.data, "valid_until": form.valid_until.data}
        if "criteria" in form:
            audit = form.audit
            values |= {
                "criteria": list(audit.criteria) or None,
                "audited_on": audit.audited_on,
                "evidence": audit.evidence,
            }
        return values
    values = {"happened_on": form.on.data}
    return values | {"retroactive": form.retroactive.data} if isinstance(form, WithdrawalForm) else values


@blueprint.route(f"{_FACT}/annulation", methods=["GET", "POST"])
@allow(KEEPER)
def fact_annulment(slug: str, certification_id: int, fact_id: int) -> Page:
    one = _fact(slug, certification_id, fact_id)
    fact, certification, form = one.fact, one.fact.certification, ReasonForm()
    response = act(
        form,
        lambda: record_correction(fact, None, by_hand(form.reason.data), now()),
        "Le fait est annulé : il reste lisible, barré.",
        lambda: back_to(slug, certification),
    )
    if response is not None:
        return response
    one = _fact(slug, certification_id, fact_id)
    page = render_template(
        "agent/registry_annulment.html",
        certification=one.fact.certification,
        told=one,
        form=form,
        **recalled(one.fact.certification),
    )
    return (page, 422) if form.errors else page
