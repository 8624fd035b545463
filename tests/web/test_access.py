"""Who may enter: every address, as nobody and as each role, by reading and by sending a form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.test import TestResponse

from bonus.accounts.models import Person
from bonus.accounts.service import add_person
from bonus.certificates.models import TaxCertificate
from bonus.claims.by_hand import enter_by_hand
from bonus.claims.follow_models import ClaimAlert
from bonus.claims.models import Claim, Decision, Document, Invoice, Proposal, PurchaseLine
from bonus.demo.cast import PASSWORD
from bonus.demo.invoices import BUYER, SELLER
from bonus.extensions import db
from bonus.parts import debtor
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.payments.service import make_batch
from bonus.registry.keeping import note_alias
from bonus.registry.keys import make_key
from bonus.registry.labels import certifier_named
from bonus.registry.models import CertificationFact, RegistryChange, Solution, SolutionAlias
from bonus.registry.scheme_models import LabelScheme
from bonus.web.access import PUBLIC, ROLES, allow, audience_of
from tests.adapters.einvoice_samples import blank_pdf
from tests.claims.loads.samples import loaded
from tests.claims.test_by_hand import TYPED
from tests.registry.imports.samples import PLAIN, taken
from tests.support.application import application
from tests.support.databases import sqlite_copy
from tests.support.signing_up import furnish_sign_ups, sign_up_addresses
from tests.support.space import furnish_space, space_addresses
from tests.support.world import CLOUD, NOW, ON, SUITE, Dossier, World, build_world, draft, filed, settled
from tests.web.audiences import (
    AGENT_TABLES,
    AUDIENCES,
    COMPANY_TABLES,
    FILERS_ONLY,
    FOLLOWING,
    MACHINES,
    PASSAGES,
    TABLES,
)
from tests.web.visitor import Visitor, signed_in, words


@dataclass(frozen=True)
class House:
    """The application with one dossier carried to its end, and who may knock."""

    app: Flask
    emails: dict[str, str | None]
    values: dict[str, dict[str, Any]]

    def address(self, endpoint: str) -> str:
        with self.app.test_request_context():
            return url_for(endpoint, **self.values.get(endpoint, {}))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for the module: the walks change nothing, which is checked when all are done."""
    folder = tmp_path_factory.mktemp("house")
    # A demonstration: its mails have pages.
    with application(sqlite_copy(folder), folder, DEMO=True) as app:
        house = furnished(app)
        before = kept(app)
        yield house
        assert kept(app) == before


def tabled(world: World) -> tuple[str, Dossier]:
    """A table that was loaded into a dossier and not taken, and that dossier carried to its end."""
    dossier = draft(world)
    with world.app.app_context():
        found = loaded(world, dossier.id).reference
        db.session.rollback()
    return found, settled(world, dossier)


def furnished(app: Flask) -> House:
    world = build_world(app)
    table, dossier = tabled(world)
    with app.app_context():
        add_person(
            "lecteur@demo.example",
            "Lise Lecteur",
            PASSWORD,
            NOW,
            company_id=world.company_id,
            company_role="reader",
        )
        add_person("personne@demo.example", "Sans Rôle", PASSWORD, NOW)
        db.session.commit()
        change = db.session.scalars(select(RegistryChange.id).limit(1)).one()
        alert = ClaimAlert(
            claim_id=dossier.id,
            change_id=change,
            kind="woken",
            sentence="Le label attendu est rétabli.",
            before_cents=0,
            after_cents=0,
            created_at=NOW,
        )
        db.session.add(alert)
        db.session.commit()
        alert_id = alert.id
        batch = make_batch(debtor(), ON, ON, world.accounting_officer, NOW).number
        certifier = certifier_named("anssi")
        solution = db.session.scalars(select(Solution).where(Solution.slug == SUITE)).one()
        note_alias(solution, "name", "Bureautique", "Bon de commande", world.registry_keeper, NOW)
        alias, certification = solution.aliases[0].id, solution.certifications[0]
        fact = {"certification_id": certification.id, "fact_id": certification.facts[0].id}
        key = make_key(certifier, "Extranet", ["read"], ON, world.registry_keeper, NOW).key.prefix
        brought = {"number": taken(PLAIN).import_id}
        document = db.session.scalars(select(Document.reference)).one()
        invoice = db.session.scalars(select(Invoice.id)).one()
        certificate = db.session.scalars(select(TaxCertificate.number)).one()
        db.session.rollback()
    sheet = draft(world, [("scan.pdf", blank_pdf())])
    with app.app_context():
        scan = db.session.scalars(select(Document.reference).where(Document.claim_id == sheet.id)).one()
        enter_by_hand(sheet.id, scan, TYPED, world.owner, NOW)
        db.session.rollback()
        space = furnish_space(world)
        sign_ups = furnish_sign_ups(world)
    (mail,) = sorted((Path(app.config["DATA_FOLDER"]) / "mail" / "new").iterdir())[:1]
    letter: dict[str, Any] = {"name": mail.stem}
    sheet = filed(world, sheet)
    numbered: dict[str, Any] = {"number": dossier.number}
    own: dict[str, Any] = {"reference": dossier.number}
    offer: dict[str, Any] = {"slug": SUITE}
    event = {"certification_id": fact["certification_id"], "event": "suspension"}
    own_key: dict[str, Any] = {"slug": "anssi"}
    emails = {
        "nobody": None,
        "no role": "personne@demo.example",
        "reader": "lecteur@demo.example",
        "company": world.owner.email,
        "accountant": world.accountant.email,
        "reviewer": world.reviewer.email,
        "authorising_officer": world.officer.email,
        "accounting_officer": world.accounting_officer.email,
        "registry_keeper": world.registry_keeper.email,
        "administrator": world.administrator.email,
    }
    values: dict[str, dict[str, Any]] = {
        "static": {"filename": "app.css"},
        "dsfr": {"version": "0", "path": "dsfr.main.min.css"},
        **dict.fromkeys((f"company.{name}" for name in ("claim", "invoices", "lines", "review")), own),
        **dict.fromkeys(
            (
                "company.acknowledgement",
                "company.abandon_claim",
                "company.save_draft",
                "company.documents",
                "company.archive",
                "company.history",
                *FOLLOWING[:3],
            ),
            own,
        ),
        **dict.fromkeys(FOLLOWING[3:5], own | {"item_id": 1}),
        "company.answer_removal": own | {"document": document},
        "company.join": own | {"code": "payment_proof"},
        **dict.fromkeys(("company.joined", "company.remove_joined"), own | {"document": document}),
        **dict.fromkeys(
            ("company.remove", "company.invoice_lines", "company.invoice_total"),
            own | {"invoice_id": invoice},
        ),
        **dict.fromkeys(("company.paper_invoice", "company.paper_removal"), own | {"document": document}),
        "company.paper_page": {"reference": sheet.reference, "document": scan, "number": 1},
        "company.tables": own,
        **dict.fromkeys((name for name in TABLES[2:]), own | {"table": table}),
        "company.table_faults": own | {"table": table, "part": "fautes"},
        "company.certificate": {"number": certificate},
        "accountant.certificate": {"number": certificate},
        **dict.fromkeys(
            (
                f"agent.{name}"
                for name in ("claim", "review", "asking", "write", "proposal", "decision", "sending_back")
            ),
            numbered,
        ),
        "agent.document": numbered | {"reference": document},
        "agent.document_page": {"number": sheet.number, "reference": scan, "page": 1},
        "agent.see": numbered | {"alert_id": alert_id},
        "agent.batch_file": {"number": batch},
        **space_addresses(space),
        **sign_up_addresses(sign_ups, BUYER.siren),
        "public.solution": {"slug": CLOUD},
        **dict.fromkeys(("public.demo_mail", "public.demo_mail_file"), letter),
        "company.notice": {"notice_id": 1},
        **{f"company.{name}_table": {"kind": "csv"} for name in COMPANY_TABLES},
        **{f"agent.{name}_table": {"kind": "xlsx"} for name in AGENT_TABLES},
        "company.lines_table": own | {"kind": "xlsx"},
        "agent.lines_table": numbered | {"kind": "csv"},
        "company.filed_list": own,
        "company.decided_list": own | {"rank": 1},
        "agent.filed_list": numbered,
        "agent.decided_list": numbered | {"rank": 1},
        **dict.fromkeys(("agent.solution", "agent.new_alias", "agent.label_choice"), offer),
        "agent.alias_removal": offer | {"alias_id": alias},
        "agent.new_certification": offer | {"label": "NFG"},
        "agent.certification_event": offer | event,
        **dict.fromkeys(("agent.fact_correction", "agent.fact_annulment"), offer | fact),
        **{f"agent.{name}": {"code": "NFG"} for name in ("label", "label_version")},
        "agent.supplier_address": {"identifier": SELLER.siren},
        **dict.fromkeys(("agent.one_import", "agent.apply_import", "agent.abandon_import"), brought),
        "agent.import_again": brought,
        "agent.import_rows": brought | {"part": "ajouts"},
        "agent.certifier": own_key,
        "agent.new_key": own_key,
        "agent.key_revocation": own_key | {"prefix": key},
    }
    return House(app, emails, values)


def kept(app: Flask) -> list[Any]:
    """What a form may change of what is there."""
    with app.app_context():
        found = [
            db.session.execute(select(table.__table__).order_by(table.id)).all()
            for table in (
                Claim,
                Invoice,
                PurchaseLine,
                Proposal,
                Decision,
                PaymentOrder,
                PaymentBatch,
                TaxCertificate,
                Solution,
                SolutionAlias,
                CertificationFact,
                LabelScheme,
            )
        ]
        db.session.rollback()
        return found


WHO = (
    "nobody",
    "no role",
    "reader",
    "company",
    "accountant",
    "reviewer",
    "authorising_officer",
    "accounting_officer",
    "registry_keeper",
    "administrator",
)


def test_every_address_names_who_may_enter(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {endpoint: set(audience_of(app, endpoint)) for endpoint in endpoints} == {
        endpoint: set(audience) for endpoint, audience in (AUDIENCES | MACHINES).items()
    }


def test_every_role_is_walked() -> None:
    assert set(WHO) == ROLES | {"nobody", "no role", "reader"}


def may_enter(who: str, endpoint: str) -> bool:
    if who == "reader":
        return endpoint not in FILERS_ONLY and bool(AUDIENCES[endpoint] & {PUBLIC, "company"})
    return bool(AUDIENCES[endpoint] & {PUBLIC, who})


def is_invitation(response: TestResponse, suite: str | None) -> bool:
    """Whether the answer asks to sign in, to come back to ``suite``."""
    where = "/connexion" if suite is None else f"/connexion?suite={suite}"
    return response.status_code == 302 and response.headers["Location"] == where


@pytest.mark.parametrize("who", WHO)
def test_reading_every_address(house: House, who: str) -> None:
    visitor = entered(house, who)
    seen = 0
    for endpoint in sorted(AUDIENCES):
        if endpoint in {"dsfr", *PASSAGES} or not is_answered(house.app, endpoint, "GET"):
            continue  # DSFR's files have tests of their own, as ProConnect has
        address = house.address(endpoint)
        response = visitor.get(address)
        seen += 1
        if may_enter(who, endpoint):
            assert response.status_code in (200, 302, 503), (endpoint, response.status_code)
            assert not response.headers.get("Location", "").startswith("/connexion"), endpoint
        elif who == "nobody":
            assert is_invitation(response, suite=address), endpoint
        else:
            assert response.status_code == 403, (endpoint, response.status_code)
            assert "Vous n’avez pas accès à cette page" in words(response)
    assert seen > 25


@pytest.mark.parametrize("who", WHO)
def test_sending_a_form_to_every_address(house: House, who: str) -> None:
    visitor = entered(house, who)
    seen = 0
    for endpoint in sorted(AUDIENCES):
        if endpoint in {"public.sign_out", *PASSAGES} or not is_answered(house.app, endpoint, "POST"):
            continue
        address = house.address(endpoint)
        without_token = visitor.post_without_token(address)
        assert without_token.status_code == 400, endpoint
        response = visitor.post(address)
        seen += 1
        if may_enter(who, endpoint):
            # Empty forms, on a dossier that is decided: asked again, or told that it is too late.
            assert response.status_code in (302, 409, 422), (endpoint, response.status_code)
            assert not response.headers.get("Location", "").startswith("/connexion"), endpoint
        elif who == "nobody":
            assert is_invitation(response, suite=None), endpoint
        else:
            assert response.status_code == 403, (endpoint, response.status_code)
    assert seen > 10


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_are_guarded_alike(house: House, method: str) -> None:
    nobody, administrator = entered(house, "nobody"), entered(house, "administrator")
    for endpoint, audience in AUDIENCES.items():
        if PUBLIC in audience or not is_answered(house.app, endpoint, method):
            continue
        address = house.address(endpoint)
        assert nobody.client.open(address, method=method).status_code == 302, endpoint
        expected = {200} if "administrator" in audience else {403}
        assert {administrator.client.open(address, method=method).status_code} == expected, endpoint


def entered(house: House, who: str) -> Visitor:
    email = house.emails[who]
    return signed_in(house.app, email) if email else Visitor(house.app)


def is_answered(app: Flask, endpoint: str, method: str) -> bool:
    return any(method in (rule.methods or ()) for rule in app.url_map.iter_rules(endpoint))


# ---------------------------------------------------------------- what no role opens


@pytest.mark.parametrize("who", WHO)
def test_an_unknown_address_is_unknown_to_everyone(house: House, who: str) -> None:
    visitor = entered(house, who)
    for address in (
        "/inconnu",
        "/entreprise/inconnu",
        "/agent/inconnu",
        "/admin",
        "/agent/dossiers/",
        "/.env",
    ):
        response = visitor.get(address)
        assert response.status_code == 404, address
        assert "Cette page n’existe pas" in words(response)


def test_a_route_that_names_nobody_is_closed_to_all(own_app: Flask) -> None:
    app, world = own_app, build_world(own_app)
    app.add_url_rule("/oubli", "forgotten", lambda: "secret")
    assert is_invitation(Visitor(app).get("/oubli"), suite="/oubli")
    response = signed_in(app, world.administrator.email).get("/oubli")
    assert response.status_code == 403
    assert "secret" not in response.text


@pytest.mark.parametrize(
    "audience",
    [(), ("reviewer", "reviewr"), ("nobody",), ("",), ("read", "events:write"), ("read", "reviewer")],
)
def test_an_audience_that_does_not_exist_is_refused_when_it_is_written(audience: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="not an audience"):
        allow(*audience)


def test_an_account_that_is_closed_is_out_at_once(world: World) -> None:
    visitor = signed_in(world.app, world.owner.email)
    assert visitor.get("/entreprise").status_code == 200
    with world.app.app_context():
        db.session.get_one(Person, world.owner.person_id).active = False
        db.session.commit()
    assert is_invitation(visitor.get("/entreprise"), suite="/entreprise")


def test_a_role_that_is_taken_back_is_lost_at_once(world: World) -> None:
    visitor = signed_in(world.app, world.reviewer.email)
    assert visitor.get("/agent/dossiers").status_code == 200
    with world.app.app_context():
        db.session.delete(db.session.get_one(Person, world.reviewer.person_id).agent_roles[0])
        db.session.commit()
    assert visitor.get("/agent/dossiers").status_code == 403


def test_a_session_made_elsewhere_opens_nothing(world: World, tmp_path: Path) -> None:
    """A cookie signed with another secret, though it names the administrator."""
    other = Flask("other", root_path=str(tmp_path))
    other.secret_key = "a secret that the service does not have, long enough"
    serializer = other.session_interface.get_signing_serializer(other)  # type: ignore[attr-defined]
    with world.app.app_context():
        identity = db.session.get_one(Person, world.administrator.person_id).get_id()
    forged = serializer.dumps({"_user_id": identity, "_fresh": True})
    visitor = Visitor(world.app)
    visitor.client.set_cookie("bonus", forged)
    assert is_invitation(visitor.get("/agent/journal"), suite="/agent/journal")
