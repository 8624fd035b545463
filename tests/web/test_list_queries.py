"""Each list of the agents asks the database as much for fifty rows as for two: no query is made row by row.

The rows share nothing: each dossier has its own company, decision and person in charge.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bonus.accounts.models import Person
from bonus.claims.appeal_models import Appeal
from bonus.claims.bulk.service import choose
from bonus.claims.bulk_models import BulkAct, BulkItem
from bonus.claims.campaign_models import ControlCampaign
from bonus.claims.follow_models import ClaimAlert, Control
from bonus.claims.lane_lists import VIEWS
from bonus.claims.lane_models import LaneEntry, SupplierNotice
from bonus.claims.letter_models import Letter, ReasonsRequest
from bonus.claims.models import Claim, Decision
from bonus.claims.revocation_models import Revocation
from bonus.companies.models import BankAccount, Company
from bonus.companies.proof_models import Application, ProofLetter
from bonus.extensions import Model, db
from bonus.mail import MailMessage
from bonus.payments.models import PaymentBatch, PaymentOrder
from bonus.registry.models import RegistryChange
from tests.support.appeals import appealed, refused_in_part
from tests.support.bulk import numbers, several
from tests.support.lane import in_lane, known, opened
from tests.support.multiplied import Dossiers, agents_like, dossiers_like, multiplied, reads
from tests.support.revocations import heard
from tests.support.silence import refused_by_silence
from tests.support.world import NOW, ON, Someone, World, filed, settled
from tests.web.visitor import Visitor, signed_in

pytestmark = pytest.mark.slow
FEW, MANY = 2, 50

Grow = Callable[[int], None]
"""Makes so many rows more."""


def id_of(model: type[Model]) -> int:
    """The last row that the test made."""
    found = db.session.scalar(select(func.max(model.__table__.c.id)))
    assert found is not None
    return int(found)


def queries(world: World, visitor: Visitor, address: str) -> int:
    assert visitor.get(address).status_code == 200  # what is kept for later is kept
    with reads(world.app) as sent:
        page = visitor.get(address)
    assert page.status_code == 200
    return len(sent)


def same_for_fifty(world: World, who: Someone, grow: Grow, *addresses: str, rows: int = MANY) -> None:
    """Opens the pages with two rows, then with fifty (or as many as they show)."""
    visitor = signed_in(world.app, who.email)
    with world.app.app_context():
        grow(FEW - 1)
        db.session.commit()
    before = {address: queries(world, visitor, address) for address in addresses}
    shown = {address: lines(visitor, address) for address in addresses}
    assert min(shown.values()) >= FEW, shown
    with world.app.app_context():
        grow(MANY - FEW)
        db.session.commit()
    after = {address: queries(world, visitor, address) for address in addresses}
    shown = {address: lines(visitor, address) for address in addresses}
    assert min(shown.values()) >= rows, shown
    assert after == before


def lines(visitor: Visitor, address: str) -> int:
    """How many rows the page's tables have."""
    return sum(body.count("<tr") for body in visitor.get(address).text.split("<tbody")[1:])


def like(world: World, dossier_id: int, count: int, **own: object) -> Dossiers:
    return dossiers_like(dossier_id, int(world.other_reviewer.person_id or 0), count, **own)


@pytest.mark.parametrize(("status", "end"), [("filed", ""), ("withdrawn", "?file=repondus")])
def test_appeals(world: World, status: str, end: str) -> None:
    with world.app.app_context():
        dossier = refused_in_part(world)
        appealed(world, dossier)
        db.session.get_one(Appeal, id_of(Appeal)).status = status
        db.session.commit()

    def grow(count: int) -> None:
        made = like(world, dossier.id, count)
        multiplied(Appeal, id_of(Appeal), count, claim_id=made.claims, decision_id=made.decisions)

    same_for_fifty(world, world.other_reviewer, grow, f"/agent/recours{end}")


STATES: dict[str, dict[str, Any]] = {
    "en-cours": {"state": "waiting"},
    "tires": {"state": "drawn", "drawn": True},
    "contestes": {"state": "contested"},
    "decides": {"state": "decided"},
    "sortis": {"state": "taken_out"},
    "hors": {"state": "outside", "drawn": None, "due_on": None},
}


def test_fast_lane(world: World) -> None:
    opened(world)
    known(world)
    dossier = in_lane(world)
    with world.app.app_context():
        entry, notice, mail = id_of(LaneEntry), id_of(SupplierNotice), id_of(MailMessage)

    def grow(count: int) -> None:
        for key in VIEWS:
            made = like(world, dossier.id, count + 1)
            own = STATES[key] | ({"out_by_id": made.people} if key == "sortis" else {})
            entries = multiplied(LaneEntry, entry, count + 1, claim_id=made.claims, **own)
            mails = multiplied(MailMessage, mail, count + 1)
            multiplied(
                SupplierNotice,
                notice,
                count + 1,
                entry_id=entries,
                mail_id=mails,
                contested_at=NOW,
                reason="Non.",
            )

    pages = [f"/agent/voie-rapide?voir={key}" for key in VIEWS]
    same_for_fifty(world, world.reviewer, grow, *pages)


def test_campaigns_of_controls(world: World) -> None:
    with world.app.app_context():
        db.session.add(
            ControlCampaign(
                name="Automne", paid_from=ON, paid_until=ON, seed="0" * 32, layers=[], population=[], drawn=[],
                population_count=0, population_sha256="0" * 64, opened_at=NOW, opened_by_id=world.officer.person_id,
            )
        )  # fmt: skip
        db.session.commit()

    def grow(count: int) -> None:
        people = agents_like(int(world.officer.person_id or 0), count)
        multiplied(ControlCampaign, id_of(ControlCampaign), count, opened_by_id=people)

    same_for_fifty(world, world.officer, grow, "/agent/controles/campagnes")


def test_bulk_acts(world: World) -> None:
    (dossier,) = several(world, 1)
    with world.app.app_context():
        act_id = choose("propose", numbers([dossier]), world.reviewer, NOW).id

    def grow(count: int) -> None:
        multiplied(BulkAct, act_id, count)

    # The page shows the last twenty.
    same_for_fifty(world, world.reviewer, grow, "/agent/actions-groupees", rows=20)


def test_a_bulk_act(world: World) -> None:
    (dossier,) = several(world, 1)
    with world.app.app_context():
        act = choose("propose", numbers([dossier]), world.reviewer, NOW)
        place, act_id = f"/agent/actions-groupees/{act.reference}", act.id

    def grow(count: int) -> None:
        made = like(world, dossier.id, count)
        multiplied(BulkItem, id_of(BulkItem), count, act_id=act_id, claim_id=made.claims)
        db.session.get_one(BulkAct, act_id).total += count

    same_for_fifty(world, world.reviewer, grow, place, f"{place}?suivi=ready")


@pytest.mark.parametrize("status", ["to_pay", "held"])
def test_orders_to_pay(world: World, status: str) -> None:
    dossier = settled(world)

    def grow(count: int) -> None:
        made = like(world, dossier.id, count)
        multiplied(
            PaymentOrder,
            id_of(PaymentOrder),
            count,
            decision_id=made.decisions,
            status=status,
        )

    same_for_fifty(world, world.accounting_officer, grow, "/agent/paiements", rows=MANY)


def test_batches_of_payments(world: World) -> None:
    with world.app.app_context():
        db.session.add(
            PaymentBatch(
                number="L-1", created_at=NOW, created_by_id=world.accounting_officer.person_id, execution_on=ON,
                orders_count=1, total_cents=1,
            )
        )  # fmt: skip
        db.session.commit()

    def grow(count: int) -> None:
        people = agents_like(int(world.accounting_officer.person_id or 0), count)
        multiplied(PaymentBatch, id_of(PaymentBatch), count, created_by_id=people)

    same_for_fifty(world, world.accounting_officer, grow, "/agent/paiements")


def test_accounts_to_check(world: World) -> None:
    with world.app.app_context():
        account = db.session.scalars(
            select(BankAccount.id).where(BankAccount.company_id == world.company_id)
        ).first()
        assert account is not None

    def grow(count: int) -> None:
        companies = multiplied(
            Company,
            world.company_id,
            count,
            siren=[f"9{n:08d}" for n in range(id_of(Company), id_of(Company) + count)],
        )
        multiplied(
            BankAccount, account, count, company_id=companies, checked_at=None, checked_by=None, checked_by_id=None,
            ended_at=None,
        )  # fmt: skip

    with world.app.app_context():
        grow(1)
        db.session.commit()
    same_for_fifty(world, world.accounting_officer, grow, "/agent/comptes", rows=MANY)


def test_reasons_owed_and_withdrawals(world: World) -> None:
    with world.app.app_context():
        silent = refused_by_silence(world).id
        taken_back = heard(world).id
        revocation = id_of(Revocation)
        letter = db.session.scalars(select(Letter.id).where(Letter.about == f"hearing:{revocation}")).one()
        decision = db.session.scalars(select(Decision.id).where(Decision.claim_id == silent)).one()
        db.session.add(
            ReasonsRequest(decision_id=decision, asked_at=NOW, asked_by_id=world.owner.person_id, due_on=ON)
        )
        db.session.commit()

    def grow(count: int) -> None:
        made = like(world, silent, count)
        multiplied(ReasonsRequest, id_of(ReasonsRequest), count, decision_id=made.decisions)
        made = like(world, taken_back, count)
        running = multiplied(Revocation, revocation, count, claim_id=made.claims)
        multiplied(Letter, letter, count, claim_id=made.claims, about=[f"hearing:{one}" for one in running])

    same_for_fifty(world, world.reviewer, grow, "/agent/motifs-et-retraits", rows=2 * MANY)


def test_alerts_and_controls(world: World) -> None:
    dossier = settled(world)
    with world.app.app_context():
        change = RegistryChange(source="service", recorded_at=NOW, recorded_by="Essai", touched=1, handled=1)
        db.session.add(change)
        db.session.flush()
        db.session.add_all(
            [
                ClaimAlert(claim_id=dossier.id, change_id=change.id, kind="favourable", sentence="Essai.",
                           before_cents=1, after_cents=2, created_at=NOW),
                Control(claim_id=dossier.id, change_id=change.id, ground="learned_late", reason="Essai.",
                        undue_cents=1, opened_at=NOW),
            ]
        )  # fmt: skip
        db.session.commit()

    def grow(count: int) -> None:
        made = like(world, dossier.id, count)
        changes = multiplied(RegistryChange, id_of(RegistryChange), count)
        for model in (ClaimAlert, Control):
            multiplied(model, id_of(model), count, claim_id=made.claims, change_id=changes)

    same_for_fifty(
        world, world.reviewer, grow, "/agent/alertes", "/agent/controles", "/agent/registre/changements"
    )


def test_what_falls_due(world: World) -> None:
    dossier = filed(world)
    soon: date = ON + timedelta(days=3)
    with world.app.app_context():
        db.session.get_one(Claim, dossier.id).decision_due_on = soon
        db.session.commit()

    def grow(count: int) -> None:
        like(world, dossier.id, count)

    same_for_fifty(world, world.reviewer, grow, "/agent/echeances")


def test_people(world: World) -> None:
    def grow(count: int) -> None:
        agents_like(int(world.reviewer.person_id or 0), count)

    same_for_fifty(world, world.administrator, grow, "/agent/agents", "/agent/attributions")


def test_companies_that_sign_up(world: World) -> None:
    with world.app.app_context():
        person = db.session.get_one(Person, world.owner.person_id)
        company = multiplied(Company, world.company_id, 1, siren="987654321", proven_at=None, proven_by=None)[
            0
        ]
        db.session.add(Application(company_id=company, person_id=person.id, created_at=NOW))
        db.session.flush()
        db.session.add(
            ProofLetter(application_id=id_of(Application), nonce="0" * 64, asked_at=NOW, address=["1 rue"])
        )
        db.session.commit()

    def grow(count: int) -> None:
        first = id_of(Company)
        companies = multiplied(Company, company, count, siren=[f"9{first + n:08d}" for n in range(count)])
        people = multiplied(Person, person_id, count)
        applied = multiplied(Application, id_of(Application), count, company_id=companies, person_id=people)
        multiplied(ProofLetter, id_of(ProofLetter), count, application_id=applied)

    person_id = int(world.owner.person_id or 0)
    same_for_fifty(world, world.administrator, grow, "/agent/inscriptions")
