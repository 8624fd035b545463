"""What is not one's own does not exist: 404 for every object, never 403, and no trace of it in the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bonus.accounts.models import FirmMember
from bonus.accounts.service import add_person
from bonus.certificates.models import TaxCertificate
from bonus.claims.models import Claim, Document, Invoice, PurchaseLine
from bonus.claims.notice_models import Notice
from bonus.companies.models import Mandate
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from tests.adapters.einvoice_samples import MINIMUM
from tests.support.application import application
from tests.support.bills import bill
from tests.support.databases import sqlite_copy
from tests.support.papers import PLAIN, scan
from tests.support.world import NOW, ON, Dossier, World, build_world, draft, filed, settled
from tests.web.company_pages import DECLARED
from tests.web.visitor import Visitor, signed_in, words

UNKNOWN = "Cette page n’existe pas"
PIECES, PIECE = "payment_proof-files", ("releve.pdf", PLAIN)


@dataclass(frozen=True)
class Theirs:
    """What the company has: a dossier carried to its end, one that is filed, a draft, and a neighbour who looks."""

    app: Flask
    world: World
    settled: Dossier
    filed: Dossier
    draft: Dossier
    certificate: str
    invoices: dict[str, int]
    documents: dict[str, str]
    lines: dict[str, int]
    sheet: Dossier  # a draft with what must be typed
    typed: str
    scan: str


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theirs]:
    folder = tmp_path_factory.mktemp("theirs")
    with application(sqlite_copy(folder), folder) as app:
        world = build_world(app)
        dossiers = {"settled": settled(world), "filed": filed(world), "draft": draft(world)}
        sheet = draft(world, [("minimum.xml", MINIMUM), scan()])
        with app.app_context():
            plain = db.session.get_one(Claim, sheet.id)
            found = {
                name: db.session.scalars(select(Invoice).where(Invoice.claim_id == dossier.id)).one()
                for name, dossier in dossiers.items()
            }
            theirs = Theirs(
                app,
                world,
                **dossiers,
                certificate=db.session.scalars(select(TaxCertificate.number)).one(),
                invoices={name: invoice.id for name, invoice in found.items()},
                documents={name: invoice.document.reference for name, invoice in found.items()},
                lines={name: invoice.lines[0].id for name, invoice in found.items()},
                sheet=sheet,
                typed=f"factures/{plain.invoices[0].id}/lignes",
                scan=f"documents/{plain.documents[1].reference}",
            )
        yield theirs


@pytest.fixture
def neighbour(theirs: Theirs) -> Visitor:
    return signed_in(theirs.app, theirs.world.neighbour_owner.email)


def assert_unknown(response: TestResponse) -> None:
    assert response.status_code == 404
    assert UNKNOWN in words(response)
    assert "Atelier Fictif" not in response.text


def state(theirs: Theirs) -> list[object]:
    """All that a form could have changed of what is theirs."""
    with theirs.app.app_context():
        claims = db.session.execute(select(Claim.id, Claim.status, Claim.number).order_by(Claim.id)).all()
        lines = db.session.execute(
            select(PurchaseLine.id, PurchaseLine.solution_id, PurchaseLine.other_public_aid_cents).order_by(
                PurchaseLine.id
            )
        ).all()
        return [*map(tuple, claims), *map(tuple, lines), db.session.scalar(select(func.count(Document.id)))]


# ---------------------------------------------------------------- a company before another's


@pytest.mark.parametrize("which", ["settled", "filed", "draft"])
@pytest.mark.parametrize(
    "page", ["", "/factures", "/lignes", "/pieces", "/depot", "/dossier.zip", "/accuse-de-reception.pdf"]
)
def test_a_dossier_of_another_company(theirs: Theirs, neighbour: Visitor, which: str, page: str) -> None:
    dossier: Dossier = getattr(theirs, which)
    for name in filter(None, (dossier.reference, dossier.number)):
        assert_unknown(neighbour.get(f"/entreprise/dossiers/{name}{page}"))


@pytest.mark.parametrize("which", ["settled", "filed", "draft"])
def test_nothing_of_another_company_is_changed(theirs: Theirs, neighbour: Visitor, which: str) -> None:
    dossier: Dossier = getattr(theirs, which)
    before = state(theirs)
    address = f"/entreprise/dossiers/{dossier.reference}"
    assert_unknown(neighbour.upload(f"{address}/factures", [bill()]))
    assert_unknown(neighbour.post(f"{address}/factures/{theirs.invoices[which]}/retrait"))
    assert_unknown(neighbour.post(f"{address}/factures/{theirs.invoices[which]}/lignes/total"))
    assert_unknown(neighbour.post(f"{address}/lignes", line_choice(theirs.lines[which])))
    assert_unknown(neighbour.post(f"{address}/lignes/brouillon", line_choice(theirs.lines[which])))
    assert_unknown(neighbour.post_files(f"{address}/pieces/payment_proof/ajout", PIECES, [PIECE]))
    assert_unknown(neighbour.post(f"{address}/pieces/{theirs.documents[which]}/retrait"))
    assert_unknown(neighbour.post(f"{address}/depot", DECLARED))
    assert_unknown(neighbour.post(f"{address}/abandon"))
    assert state(theirs) == before


def line_choice(line_id: int) -> dict[str, str]:
    return {"lines-0-line_id": str(line_id), "lines-0-solution": "", "lines-0-other_public_aid": "12"}


def test_an_invoice_or_a_line_of_another_through_ones_own_draft(theirs: Theirs, neighbour: Visitor) -> None:
    own = draft(theirs.world, company_id=theirs.world.neighbour_id)
    before = state(theirs)
    address = f"/entreprise/dossiers/{own.reference}"
    for which in ("draft", "filed", "settled"):
        response = neighbour.post(f"{address}/factures/{theirs.invoices[which]}/retrait")
        assert response.status_code == 404
        assert "Cette facture n’est pas dans le dossier." in words(response)
        response = neighbour.post(f"{address}/factures/{theirs.invoices[which]}/lignes/total")
        assert response.status_code == 404
        response = neighbour.post(f"{address}/lignes", line_choice(theirs.lines[which]))
        assert response.status_code == 404
        assert "Cette ligne n’est pas dans le dossier." in words(response)
    assert state(theirs) == before


def test_an_invoice_of_another_of_ones_own_dossiers(theirs: Theirs) -> None:
    owner = signed_in(theirs.app, theirs.world.owner.email)
    address = f"/entreprise/dossiers/{theirs.draft.reference}"
    before = state(theirs)
    assert owner.post(f"{address}/factures/{theirs.invoices['filed']}/retrait").status_code == 404
    assert owner.post(f"{address}/lignes", line_choice(theirs.lines["filed"])).status_code == 404
    assert state(theirs) == before


def test_a_certificate_of_another_company(theirs: Theirs, neighbour: Visitor) -> None:
    assert_unknown(neighbour.get(f"/entreprise/attestations/{theirs.certificate}.pdf"))


def test_a_notice_of_another_company(theirs: Theirs, neighbour: Visitor) -> None:
    with theirs.app.app_context():
        notices = db.session.scalars(select(Notice).where(Notice.company_id == theirs.world.company_id)).all()
        assert notices
    for notice in notices:
        assert_unknown(neighbour.get(f"/entreprise/avis/{notice.id}"))
    with theirs.app.app_context():
        assert db.session.scalars(select(Notice.read_at).distinct()).all() == [None]


def test_lists_hold_ones_own_alone(theirs: Theirs, neighbour: Visitor) -> None:
    for page in ("/entreprise", "/entreprise/attestations", "/entreprise/avis"):
        text = neighbour.get(page).text
        for name in (
            theirs.settled.number,
            theirs.filed.number,
            theirs.draft.reference,
            theirs.certificate,
            "Atelier",
        ):
            assert name is not None
            assert name not in text


def test_one_opens_ones_own(theirs: Theirs) -> None:
    """Without this the tests above could pass on addresses that nobody opens."""
    owner = signed_in(theirs.app, theirs.world.owner.email)
    for address in (
        f"/entreprise/dossiers/{theirs.settled.number}",
        f"/entreprise/dossiers/{theirs.filed.reference}",
        f"/entreprise/dossiers/{theirs.filed.number}/accuse-de-reception.pdf",
        f"/entreprise/dossiers/{theirs.draft.reference}/factures",
        f"/entreprise/dossiers/{theirs.draft.reference}/lignes",
        f"/entreprise/dossiers/{theirs.draft.reference}/depot",
        f"/entreprise/dossiers/{theirs.sheet.reference}/{theirs.typed}",
        f"/entreprise/dossiers/{theirs.sheet.reference}/{theirs.scan}/saisie",
        f"/entreprise/dossiers/{theirs.sheet.reference}/{theirs.scan}/pages/1.png",
        f"/entreprise/attestations/{theirs.certificate}.pdf",
    ):
        assert owner.get(address).status_code == 200, address


def test_an_acknowledgement_exists_once_filed(theirs: Theirs) -> None:
    owner = signed_in(theirs.app, theirs.world.owner.email)
    response = owner.get(f"/entreprise/dossiers/{theirs.draft.reference}/accuse-de-reception.pdf")
    assert response.status_code == 404


@pytest.mark.parametrize("number", ["1", "BS-2026-000099", "%27%20OR%201%3D1", "..%2F..", "é", "x" * 300])
def test_what_does_not_exist_is_like_what_is_not_ones_own(
    theirs: Theirs, neighbour: Visitor, number: str
) -> None:
    assert_unknown(neighbour.get(f"/entreprise/dossiers/{number}"))
    assert_unknown(neighbour.get(f"/entreprise/attestations/{number}.pdf"))


# ---------------------------------------------------------------- a reader looks and does not act


def test_a_reader_looks_and_does_not_act(theirs: Theirs) -> None:
    with theirs.app.app_context():
        add_person(
            "lecteur@demo.example",
            "Lise",
            PASSWORD,
            NOW,
            company_id=theirs.world.company_id,
            company_role="reader",
        )
        db.session.commit()
    reader = signed_in(theirs.app, "lecteur@demo.example")
    assert reader.get(f"/entreprise/dossiers/{theirs.filed.number}").status_code == 200
    assert (
        reader.get(f"/entreprise/dossiers/{theirs.filed.number}/accuse-de-reception.pdf").status_code == 200
    )
    assert reader.get(f"/entreprise/attestations/{theirs.certificate}.pdf").status_code == 200
    assert "désister" not in reader.get(f"/entreprise/dossiers/{theirs.filed.number}").text
    home = reader.get("/entreprise").text
    assert "/entreprise/dossiers/nouveau" not in home
    assert theirs.draft.reference not in home
    before = state(theirs)
    address = f"/entreprise/dossiers/{theirs.draft.reference}"
    for response in (
        reader.get("/entreprise/dossiers/nouveau"),
        reader.upload("/entreprise/dossiers/nouveau", [bill()]),
        reader.get(f"{address}/factures"),
        reader.upload(f"{address}/factures", [bill()]),
        reader.post(f"{address}/factures/{theirs.invoices['draft']}/retrait"),
        reader.post(f"{address}/factures/{theirs.invoices['draft']}/lignes/total"),
        reader.post(f"{address}/lignes", line_choice(theirs.lines["draft"])),
        reader.post(f"{address}/lignes/brouillon", line_choice(theirs.lines["draft"])),
        reader.get(f"{address}/pieces"),
        reader.post_files(f"{address}/pieces/payment_proof/ajout", PIECES, [PIECE]),
        reader.post(f"{address}/pieces/{theirs.documents['draft']}/retrait"),
        reader.post(f"{address}/depot", DECLARED),
        reader.post(f"{address}/abandon"),
        reader.post(f"/entreprise/dossiers/{theirs.filed.number}/abandon"),
        reader.get(f"/entreprise/dossiers/{theirs.sheet.reference}/{theirs.scan}/pages/1.png"),
        reader.post(f"/entreprise/dossiers/{theirs.sheet.reference}/{theirs.scan}/saisie"),
    ):
        assert response.status_code == 403
    assert state(theirs) == before


# ---------------------------------------------------------------- agents


@pytest.mark.parametrize("who", ["reviewer", "officer"])
def test_a_draft_is_invisible_to_agents(theirs: Theirs, who: str) -> None:
    agent = signed_in(theirs.app, getattr(theirs.world, who).email)
    assert_unknown(agent.get(f"/agent/dossiers/{theirs.draft.reference}"))
    assert_unknown(agent.get("/agent/dossiers/None"))
    document = theirs.documents["draft"]
    assert_unknown(agent.get(f"/agent/dossiers/{theirs.draft.reference}/documents/{document}"))
    assert_unknown(agent.get(f"/agent/dossiers/{theirs.filed.number}/documents/{document}"))
    for queue in ("a-verifier", "a-decider", "liste-d-attente", "decides"):
        assert theirs.draft.reference not in agent.get(f"/agent/dossiers?file={queue}").text


def test_a_document_is_opened_by_its_own_dossier_only(theirs: Theirs) -> None:
    agent = signed_in(theirs.app, theirs.world.reviewer.email)
    document = theirs.documents["filed"]
    assert agent.get(f"/agent/dossiers/{theirs.filed.number}/documents/{document}").status_code == 200
    assert_unknown(agent.get(f"/agent/dossiers/{theirs.settled.number}/documents/{document}"))
    assert_unknown(agent.get(f"/agent/dossiers/{theirs.filed.number}/documents/..%2F..%2Fbonus.sqlite"))
    draft_page = f"{theirs.scan}/pages/1.png"
    for number in (theirs.filed.number, theirs.sheet.reference):
        assert agent.get(f"/agent/dossiers/{number}/{draft_page}").status_code == 404


def test_a_batch_that_does_not_exist(theirs: Theirs) -> None:
    agent = signed_in(theirs.app, theirs.world.accounting_officer.email)
    assert_unknown(agent.get("/agent/paiements/fichiers/LOT-2026-000009-01.xml"))


# ---------------------------------------------------------------- an accountant and their mandates


def with_mandate(theirs: Theirs, start: date, end: date, revoked_at: datetime | None = None) -> Visitor:
    """The accountant of a firm that has this mandate and no other."""
    with theirs.app.app_context():
        firm_id = db.session.scalars(
            select(FirmMember.firm_id).where(
                FirmMember.person_id == theirs.world.stranger_accountant.person_id
            )
        ).one()
        for mandate in db.session.scalars(select(Mandate).where(Mandate.firm_id == firm_id)):
            db.session.delete(mandate)
        db.session.add(
            Mandate(
                company_id=theirs.world.company_id,
                firm_id=firm_id,
                valid_from=start,
                valid_until=end,
                revoked_at=revoked_at,
            )
        )
        db.session.commit()
    return signed_in(theirs.app, theirs.world.stranger_accountant.email)


DAY = timedelta(days=1)
YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("start", "end"),
    [(ON - YEAR, ON + YEAR), (ON, ON + YEAR), (ON - YEAR, ON), (ON, ON)],
    ids=["running", "first day", "last day", "one day"],
)
def test_a_mandate_opens_the_certificate_both_ends_included(theirs: Theirs, start: date, end: date) -> None:
    accountant = with_mandate(theirs, start, end)
    assert accountant.get(f"/cabinet/attestations/{theirs.certificate}.pdf").status_code == 200
    assert theirs.certificate in accountant.get("/cabinet").text


@pytest.mark.parametrize(
    ("start", "end", "revoked_at"),
    [
        (ON - YEAR, ON - DAY, None),
        (ON + DAY, ON + YEAR, None),
        (ON - YEAR, ON + YEAR, NOW),
        (ON - YEAR, ON + YEAR, datetime(2026, 1, 2, tzinfo=UTC)),
    ],
    ids=["ended yesterday", "begins tomorrow", "revoked now", "revoked long ago"],
)
def test_without_a_mandate_of_today_there_is_no_certificate(
    theirs: Theirs, start: date, end: date, revoked_at: datetime | None
) -> None:
    accountant = with_mandate(theirs, start, end, revoked_at)
    assert_unknown(accountant.get(f"/cabinet/attestations/{theirs.certificate}.pdf"))
    home = accountant.get("/cabinet")
    assert home.status_code == 200
    assert theirs.certificate not in home.text
    assert "Atelier Fictif" not in home.text


def test_the_day_of_a_mandate_is_that_of_paris(theirs: Theirs) -> None:
    """23 November, half past midnight in Paris, is still the 22nd in UTC: the mandate of the 22nd is over."""
    accountant = with_mandate(theirs, ON, ON)
    clock = theirs.app.config["CLOCK"]
    try:
        theirs.app.config["CLOCK"] = lambda: datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
        assert accountant.get(f"/cabinet/attestations/{theirs.certificate}.pdf").status_code == 200
        theirs.app.config["CLOCK"] = lambda: datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
        assert_unknown(accountant.get(f"/cabinet/attestations/{theirs.certificate}.pdf"))
    finally:
        theirs.app.config["CLOCK"] = clock


def test_another_firms_mandate_opens_nothing_of_a_company_without_certificate(theirs: Theirs) -> None:
    """A mandate from the neighbour opens the neighbour's, and nothing of the company's."""
    with theirs.app.app_context():
        firm_id = db.session.scalars(
            select(FirmMember.firm_id).where(
                FirmMember.person_id == theirs.world.stranger_accountant.person_id
            )
        ).one()
        for mandate in db.session.scalars(select(Mandate).where(Mandate.firm_id == firm_id)):
            db.session.delete(mandate)
        db.session.add(
            Mandate(company_id=theirs.world.neighbour_id, firm_id=firm_id, valid_from=ON, valid_until=ON)
        )
        db.session.commit()
    accountant = signed_in(theirs.app, theirs.world.stranger_accountant.email)
    assert_unknown(accountant.get(f"/cabinet/attestations/{theirs.certificate}.pdf"))
    home = accountant.get("/cabinet").text
    assert "Voisin Fictif" in home
    assert "Atelier Fictif" not in home
