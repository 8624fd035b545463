"""The accountants' home: their clients, each with its certificate; what a firm holds is in test_not_mine."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bonus.accounts.models import AccountingFirm
from bonus.audit.models import AuditEntry
from bonus.companies.models import Mandate
from bonus.extensions import db
from tests.support.bills import bill
from tests.support.world import NOW, ON, World, another_company, draft, settled
from tests.web.visitor import document, signed_in, spaced, words


def test_a_client_without_certificate_is_there(world: World) -> None:
    text = words(signed_in(world.app, world.accountant.email).get("/cabinet"))
    assert "Cabinet Fictif & Associés" in text
    assert "Atelier Fictif SAS" in text
    assert "Pas encore d’attestation" in text


def test_a_certificate_is_read_and_taken(world: World) -> None:
    settled(world)
    accountant = signed_in(world.app, world.accountant.email)
    page = accountant.get("/cabinet")
    text = words(page)
    for expected in (
        "AF-2027-000001",
        "01/01/2026",
        "31/12/2026",
        "10 000,00 €",
        "4 500,00 €",
        "5 500,00 €",
        "À jour",
    ):
        assert expected in text, expected
    (link,) = document(page).xpath('//main//a[contains(@href, ".pdf")]/@href')
    response = accountant.get(link)
    assert response.data.startswith(b"%PDF-")
    assert response.mimetype == "application/pdf"
    with world.app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "certificate.downloaded")
        ).one()
        assert entry.actor.startswith("Nadia Roche")
        assert entry.facts["company"] == "900300401"


def test_a_certificate_that_was_replaced_says_by_which(world: World) -> None:
    settled(world)
    settled(world, draft(world, [bill(number="F-2")]), now=NOW + timedelta(hours=1))
    page = signed_in(world.app, world.accountant.email).get("/cabinet")
    rows = [spaced(row.text_content()) for row in document(page).xpath("//tbody/tr")]
    assert len(rows) == 2
    assert "AF-2027-000002" in rows[0]
    assert "À jour" in rows[0]
    assert "Annulée" in rows[1]
    assert "Remplacée par AF-2027-000002" in rows[1]


def test_two_mandates_of_one_client_show_it_once(world: World) -> None:
    settled(world)
    other = another_company(world, "900600503")
    with world.app.app_context():
        firm = db.session.scalars(
            select(AccountingFirm.id).where(AccountingFirm.name.startswith("Cabinet"))
        ).one()
        for company in (world.company_id, other, other):
            db.session.add(Mandate(company_id=company, firm_id=firm, valid_from=ON, valid_until=ON))
        db.session.commit()
    page = signed_in(world.app, world.accountant.email).get("/cabinet")
    rows = [spaced(row.text_content()) for row in document(page).xpath("//tbody/tr")]
    assert len(rows) == 2
    assert sum("Entreprise 900600503" in row for row in rows) == 1
