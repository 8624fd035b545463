"""Going to ProConnect and coming back: to sign in, or to show that one may act for a company."""

from __future__ import annotations

from typing import cast

from flask import abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.wrappers import Response

from bonus.accounts.identities import PasswordNeeded, link_to, sign_in
from bonus.accounts.models import Person
from bonus.adapters.proconnect.client import ProConnect
from bonus.adapters.proconnect.identity import ProConnectFailure, SignedIn
from bonus.companies.letters import open_applications
from bonus.companies.models import Company
from bonus.companies.proof import is_proven, prove_by_siret
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db, limiter, login_manager
from bonus.jobs.relay import dispatch_after_commit
from bonus.money import NBSP
from bonus.parts import PROCONNECT_BACK, proconnect
from bonus.siren import spaced_siren

from ..access import CHOSEN_COMPANY, PUBLIC, allow, now
from ..navigation import asked_page, landing_url
from .proconnect_account import enter
from .proconnect_session import Flow, keep_flow, keep_pending, note_open, take_flow
from .proconnect_words import WORDS, explained
from .views import blueprint

SIGN_IN, PROOF = "connexion", "preuve"
CANCELLED = "access_denied"
Page = Response | tuple[str, int]


@blueprint.record
def _tell_templates(state: BlueprintSetupState) -> None:
    """Pages show ProConnect's button only where it leads somewhere."""
    state.app.jinja_env.globals["proconnect_enabled"] = bool(state.app.config["PROCONNECT_ISSUER"])


def provider() -> ProConnect:
    """ProConnect; without it these pages do not exist."""
    return proconnect() or abort(404)


@blueprint.get("/connexion/proconnect")
@limiter.limit("30 per 5 minutes")
@allow(PUBLIC)
def proconnect_start() -> Page:
    there, purpose = provider(), request.args.get("pour", SIGN_IN)
    if purpose == PROOF:
        if not current_user.is_authenticated:
            return login_manager.unauthorized()  # type: ignore[no-any-return]
        siren = _company_to_prove(request.args.get("entreprise", "")).siren
        accepted, proof = there.settings.proof_acr_values, {"person_id": current_user.id, "siren": siren}
    elif purpose == SIGN_IN:
        if current_user.is_authenticated:
            return redirect(asked_page() or landing_url(current_user.roles))
        accepted, proof = there.settings.acr_values, {}
    else:
        abort(404)
    try:
        start = there.begin(accepted, now())
    except ProConnectFailure as failure:
        return _failed(failure, proof.get("siren"))
    keep_flow(start, purpose, asked_page(), now(), **proof)
    return redirect(start.url)


@blueprint.get(PROCONNECT_BACK)
@limiter.limit("60 per 5 minutes")
@allow(PUBLIC)
def proconnect_back() -> Page:
    there, given = provider(), request.args
    flow = take_flow(given.get("state", "")[:200], now())
    if flow is None or given.get("iss", there.settings.issuer) != there.settings.issuer:
        return _said("state", None)
    if given.get("error") == CANCELLED:
        flash("Vous avez quitté ProConnect sans vous identifier.", "info")
        if flow.purpose == PROOF:
            return redirect(url_for("company.proof"))
        return redirect(url_for("public.sign_in", suite=flow.next_page))
    code, settings = given.get("code", "")[:2_000], there.settings
    accepted = settings.proof_acr_values if flow.purpose == PROOF else settings.acr_values
    try:
        if not code:
            raise ProConnectFailure("unavailable", "error instead of a code")
        signed = there.finish(code, flow.nonce, flow.verifier, accepted, now())
    except ProConnectFailure as failure:
        return _failed(failure, flow.siren)
    return _proved(flow, signed) if flow.purpose == PROOF else _signed_in(flow, signed)


def _signed_in(flow: Flow, signed: SignedIn) -> Page:
    try:
        arrival = sign_in(signed.identity, request.remote_addr, now())
    except PasswordNeeded:
        keep_pending(signed, flow.next_page, now())
        return redirect(url_for("public.proconnect_link"))
    except Refusal as refusal:
        return _refused(refusal, None)
    said = "Votre compte est créé. Bienvenue." if arrival.newcomer else None
    return enter(arrival.person, signed, flow.next_page, said)


def _proved(flow: Flow, signed: SignedIn) -> Page:
    """Only who began may end: somebody else may have signed in here meanwhile."""
    if not current_user.is_authenticated or current_user.id != flow.person_id:
        return _said("state", None)
    told = signed.identity
    try:
        company = _company_to_prove(flow.siren or "")
        person = db.session.get_one(Person, current_user.id)
        link_to(told, person, request.remote_addr, now())
        note_open(signed)
        _same_company(told.siret, company)
        prove_by_siret(company.id, person, told.siret or "", now=now())
    except Refusal as refusal:
        db.session.rollback()
        return _refused(refusal, flow.siren)
    dispatch_after_commit()
    session[CHOSEN_COMPANY] = company.id
    flash(
        f"Votre droit d’agir est prouvé{NBSP}: vous pouvez déposer les dossiers de l’entreprise.", "success"
    )
    return redirect(url_for("company.home"))


def _company_to_prove(siren: str) -> Company:
    """The company of that SIREN, not proven yet, that the person signed in owns or began to sign up.

    Raises NotFound.
    """
    owned = [one.company for one in current_user.memberships if one.role == "owner"]
    begun = [one.company for one in open_applications(current_user.id)]
    for company in (*owned, *begun):
        if company.siren == siren and not is_proven(company):
            return cast(Company, company)
    raise NotFound("company.unknown", "Cette entreprise n’attend pas de preuve de votre part.")


def _same_company(siret: str | None, company: Company) -> None:
    """Raises InvalidInput, which says whom ProConnect told of and that the letter remains."""
    if siret is None:
        raise InvalidInput(
            "proof.no_siret",
            "ProConnect n’a pas transmis de SIRET. Vous pouvez toujours prouver votre droit d’agir avec le code envoyé "
            "par courrier.",
        )
    if siret[:9] != company.siren:
        raise InvalidInput(
            "proof.other_siren",
            f"ProConnect vous rattache à l’entreprise de SIREN {spaced_siren(siret[:9])}, et non à {company.name} "
            f"(SIREN {spaced_siren(company.siren)}). Recommencez en choisissant cette dernière dans ProConnect, ou "
            "prouvez votre droit d’agir avec le code envoyé par courrier.",
        )


def _failed(failure: ProConnectFailure, siren: str | None) -> Page:
    # Its message holds a code of ours and what went wrong, nothing of a person and no token.
    current_app.logger.warning("ProConnect: %s", failure)
    return _said(failure.code, siren)


def _said(code: str, siren: str | None) -> Page:
    words = WORDS[code]
    return _page(words.title, explained(words), words.status, siren)


def _refused(refusal: Refusal, siren: str | None) -> Page:
    title = "ProConnect n’a pas prouvé votre droit d’agir" if siren else "Vous n’êtes pas connecté"
    return _page(title, refusal.sentence, refusal.status, siren)


def _page(title: str, sentence: str, status: int, siren: str | None) -> Page:
    page = render_template("public/proconnect_failed.html", title=title, sentence=sentence, siren=siren)
    return page, status
