"""Certifications that end within 90 days are announced once: to their supplier, and to companies with a draft."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.audit.service import first_fault
from bonus.claims.announcements import announce, set_supplier_address
from bonus.claims.filing import abandon
from bonus.claims.lines import LineChoice, correct_lines
from bonus.claims.models import PurchaseLine
from bonus.companies.models import Company
from bonus.demo.cast import PASSWORD
from bonus.errors import InvalidInput, NotFound
from bonus.extensions import db
from bonus.jobs.tasks import perform
from bonus.mail import MailMessage
from bonus.outbox import OutboxMessage
from tests.support.bills import Item, bill
from tests.support.ends import address, announced, ending, mails, noticed
from tests.support.registry import certification_of, certified, disown, learn, mend
from tests.support.words import plain
from tests.support.world import CLOUD, DATA, NOW, ON, SUITE, Dossier, World, draft, filed, party_of

SUITE_ITEM = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
DAY = timedelta(days=1)
LAST = ON + timedelta(days=90)  # 20 February 2027
SUPPLIER = "contact@editeur.example"


def suite_draft(world: World, **more: object) -> Dossier:
    return draft(world, [bill(SUITE_ITEM)], **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- which ends


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (ON - DAY, False),
        (ON, True),
        (ON + DAY, True),
        (LAST, True),
        (LAST + DAY, False),
    ],
    ids=["ended yesterday", "last day", "tomorrow", "90 days", "91 days"],
)
def test_the_ninety_days_both_ends_included(
    any_world: World, any_session: Session, end: date, expected: bool
) -> None:
    ending(SUITE, end)
    done = announce(NOW)
    assert announced() == ([(SUITE, end)] if expected else [])
    assert (done.ends, done.finished) == (int(expected), True)


def test_the_day_is_that_of_paris(any_world: World, any_session: Session) -> None:
    ending(SUITE, LAST + DAY)
    announce(datetime(2026, 11, 22, 22, 59, tzinfo=UTC))  # 23:59 in Paris
    assert announced() == []
    announce(datetime(2026, 11, 22, 23, 0, tzinfo=UTC))  # midnight
    assert announced() == [(SUITE, LAST + DAY)]


def test_a_suspended_one_is_announced_once_reinstated(any_world: World, any_session: Session) -> None:
    certification = ending(SUITE, LAST)
    learn(certification, "suspended", ON - DAY, NOW)
    announce(NOW)
    assert announced() == []
    learn(certification, "reinstated", ON + DAY, NOW + DAY)
    announce(NOW + DAY)
    assert announced() == [(SUITE, LAST)]


@pytest.mark.parametrize("retroactive", [False, True])
def test_a_withdrawn_one_has_no_end_to_announce(
    any_world: World, any_session: Session, retroactive: bool
) -> None:
    learn(ending(SUITE, LAST), "withdrawn", ON, NOW, retroactive=retroactive)
    announce(NOW)
    assert announced() == []


def test_nor_one_that_never_was_or_has_not_begun(any_world: World, any_session: Session) -> None:
    certification = ending(SUITE, LAST)
    certified(certification_of(DATA).solution, ON + DAY, LAST, label="EEA_EQUIVALENT")
    disown(certification.facts[-1], NOW)
    announce(NOW)
    assert announced() == []


@pytest.mark.parametrize(
    ("gap", "label", "expected"),
    [(1, "NFG", False), (2, "NFG", True), (1, "EEA_EQUIVALENT", True)],
    ids=["the day after", "two days after", "another label"],
)
def test_one_that_another_follows(
    any_world: World, any_session: Session, gap: int, label: str, expected: bool
) -> None:
    solution = ending(SUITE, LAST).solution
    certified(solution, LAST + gap * DAY, LAST + timedelta(days=365), label=label, now=NOW)
    announce(NOW)
    assert announced() == ([(SUITE, LAST)] if expected else [])


def test_a_renewal_of_another_solution_or_that_never_counted_follows_nothing(
    any_world: World, any_session: Session
) -> None:
    solution = ending(SUITE, LAST).solution
    follower = certified(solution, LAST + DAY, LAST + timedelta(days=365), now=NOW)
    ending(CLOUD, LAST, "NFG")
    announce(NOW)
    assert announced() == [(CLOUD, LAST)]
    disown(follower.facts[0], NOW)
    announce(NOW)
    assert announced() == [(CLOUD, LAST), (SUITE, LAST)]


def test_once_for_a_date_and_again_for_another(any_world: World, any_session: Session) -> None:
    address(SUITE, SUPPLIER)
    certification = ending(SUITE, LAST)
    for moment in (NOW, NOW, NOW + DAY, NOW + 30 * DAY):
        announce(moment)
    assert announced() == [(SUITE, LAST)]
    assert len(mails()) == 1
    ending(SUITE, LAST - DAY, now=NOW + 30 * DAY)
    announce(NOW + 30 * DAY)
    assert announced() == [(SUITE, LAST), (SUITE, LAST - DAY)]
    assert [plain(subject).partition("se termine le ")[2] for _, subject in mails()] == [
        "20 février 2027",
        "19 février 2027",
    ]
    mend(certification.facts[-1], NOW + 31 * DAY, valid_until=LAST)  # after all, the first date was right
    announce(NOW + 31 * DAY)
    assert len(announced()) == len(mails()) == 2


# ---------------------------------------------------------------- suppliers


def test_a_supplier_gets_one_mail_for_all_its_ends(any_world: World, any_session: Session) -> None:
    address(SUITE, SUPPLIER)
    ending(SUITE, LAST)
    ending(CLOUD, ON + DAY, "NFG")
    done = announce(NOW)
    [(to, subject)] = mails()
    assert (to, done.supplier_mails) == (SUPPLIER, 1)
    assert plain(subject) == "Registre du Bonus Souveraineté : 2 de vos certifications se terminent bientôt"
    text = plain(db.session.scalars(select(MailMessage.text)).one())
    first, second = [line for line in text.split("\n") if line.startswith("- ")]
    assert "Hébergement cloud qualifié" in first
    assert "jusqu’au 23 novembre 2026 inclus" in first
    assert second == (
        "- « Suite bureautique collaborative », label Numérique France Garanti, référence "
        "NFG-suite-bureautique-collaborative (Bureau Veritas Certification) : valable jusqu’au 20 février 2027 inclus."
    )
    assert text.split("\n")[-1].startswith("Vous recevez ce message parce que cette adresse est celle")
    assert any_world.app.config["SERVICE_EMAIL"] in text


@pytest.mark.parametrize("email", [None, "", "pas une adresse", "a@b.fr\nBcc: c@d.fr"])
def test_a_supplier_that_cannot_be_written_to_is_told_once_it_can(
    any_world: World, any_session: Session, email: str | None
) -> None:
    address(SUITE, email)
    ending(SUITE, LAST)
    assert announce(NOW).ends == 1
    assert (announced(), mails()) == ([(SUITE, LAST)], [])
    address(SUITE, SUPPLIER)
    announce(NOW + DAY)
    announce(NOW + DAY)
    assert [to for to, _ in mails()] == [SUPPLIER]


def test_entered_later_the_address_is_written_to_at_once(any_world: World, any_session: Session) -> None:
    ending(SUITE, LAST)
    announce(NOW)
    supplier = certification_of(SUITE).solution.supplier
    identifier, subject = supplier.identifier, f"supplier:{supplier.id}"
    assert set_supplier_address(identifier, f" {SUPPLIER} ", any_world.registry_keeper, NOW) == 1
    assert [to for to, _ in mails()] == [SUPPLIER]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "registry.supplier_address")
    ).one()
    assert (entry.subject, entry.facts) == (subject, {"email": SUPPLIER, "mails": 1})
    assert entry.actor.startswith(any_world.registry_keeper.name)
    assert set_supplier_address(identifier, SUPPLIER, any_world.registry_keeper, NOW) == 0  # nothing new
    announce(NOW)
    assert len(mails()) == 1
    assert first_fault() is None


def test_what_a_server_refused_is_written_to_the_new_address(any_world: World, any_session: Session) -> None:
    address(SUITE, SUPPLIER)
    ending(SUITE, LAST)
    announce(NOW)
    db.session.scalars(select(MailMessage)).one().refusal = "550 5.1.1 No such user"
    db.session.commit()
    announce(NOW)  # the address is the same: nothing is written to it again
    assert len(mails()) == 1
    identifier = certification_of(SUITE).solution.supplier.identifier
    assert set_supplier_address(identifier, "autre@editeur.example", any_world.registry_keeper, NOW) == 1
    assert [to for to, _ in mails()] == [SUPPLIER, "autre@editeur.example"]


def test_an_address_that_is_none_and_a_supplier_that_is_none(any_world: World, any_session: Session) -> None:
    identifier = certification_of(SUITE).solution.supplier.identifier
    with pytest.raises(InvalidInput):
        set_supplier_address(identifier, "pas une adresse", any_world.registry_keeper, NOW)
    with pytest.raises(NotFound):
        set_supplier_address("123456789", SUPPLIER, any_world.registry_keeper, NOW)


# ---------------------------------------------------------------- companies


def test_a_company_with_a_draft_is_told_and_its_owner_written_to(
    any_world: World, any_session: Session
) -> None:
    suite_draft(any_world)
    ending(SUITE, LAST)
    done = announce(NOW)
    announce(NOW)
    company = db.session.get_one(Company, any_world.company_id)
    assert (noticed(), done.notices) == ([(company.name, LAST)], 1)
    [(to, subject)] = mails()
    assert to == any_world.owner.email
    assert plain(subject) == (
        "Votre dossier en préparation : une certification se termine le 20 février 2027"
    )
    text = plain(db.session.scalars(select(MailMessage.text)).one())
    assert f"{company.name} prépare une demande de Bonus Souveraineté." in text
    assert "Retrouvez vos brouillons : http://localhost/entreprise" in text
    assert text.split("\n")[-1] == (
        f"Vous recevez ce message parce que vous êtes responsable de l’entreprise {company.name} pour le Bonus "
        "Souveraineté."
    )


def test_owners_and_filers_who_are_active_are_written_to(any_world: World, any_session: Session) -> None:
    for role, active in (("filer", True), ("reader", True), ("owner", False)):
        person = add_person(
            f"{role}@demo.example",
            role,
            PASSWORD,
            NOW,
            company_id=any_world.company_id,
            company_role=role,
        )
        person.active = active
    db.session.commit()
    suite_draft(any_world)
    ending(SUITE, LAST)
    announce(NOW)
    assert sorted(to for to, _ in mails()) == sorted([any_world.owner.email, "filer@demo.example"])
    assert "vous êtes déposant de l’entreprise" in plain(
        db.session.scalars(select(MailMessage.text).where(MailMessage.to == "filer@demo.example")).one()
    )


def test_a_company_that_nobody_can_be_written_to_for_is_told_on_its_pages(
    any_world: World, any_session: Session
) -> None:
    for member in db.session.scalars(
        select(CompanyMember).where(CompanyMember.company_id == any_world.company_id)
    ):
        db.session.get_one(Person, member.person_id).active = False
    db.session.commit()
    suite_draft(any_world)
    ending(SUITE, LAST)
    announce(NOW)
    assert (len(noticed()), mails()) == (1, [])


def test_several_drafts_and_ends_make_one_mail(any_world: World, any_session: Session) -> None:
    suite_draft(any_world)
    draft(any_world, [bill(SUITE_ITEM), bill(Item(5_000_00))])
    ending(SUITE, LAST)
    ending(CLOUD, LAST - DAY, "NFG")
    ending(CLOUD, LAST, "SECNUMCLOUD")
    assert announce(NOW).notices == 3
    [(_, subject)] = mails()
    assert plain(subject) == "Vos dossiers en préparation : 3 certifications se terminent bientôt"


def test_each_company_has_its_own(any_world: World, any_session: Session) -> None:
    suite_draft(any_world)
    neighbour = db.session.get_one(Company, any_world.neighbour_id)
    files = [bill(SUITE_ITEM, buyer=party_of(neighbour))]
    draft(any_world, files, company_id=neighbour.id)
    ending(SUITE, LAST)
    announce(NOW)
    assert sorted(to for to, _ in mails()) == sorted([any_world.owner.email, any_world.neighbour_owner.email])
    assert len(noticed()) == 2


def test_a_draft_begun_later_is_told_of_what_was_announced(any_world: World, any_session: Session) -> None:
    ending(SUITE, LAST)
    announce(NOW)
    assert noticed() == []
    suite_draft(any_world)
    announce(NOW + DAY)
    suite_draft(any_world)  # its company knows
    announce(NOW + DAY)
    assert (len(noticed()), len(mails())) == (1, 1)


def test_a_draft_that_is_filed_given_up_or_buys_something_else_is_none_of_it(
    any_world: World, any_session: Session
) -> None:
    filed(any_world, suite_draft(any_world))
    abandon(suite_draft(any_world).id, any_world.owner, NOW)
    other = suite_draft(any_world)
    line = db.session.scalars(
        select(PurchaseLine).join(PurchaseLine.invoice).where(PurchaseLine.invoice.has(claim_id=other.id))
    ).one()
    correct_lines(other.id, [LineChoice(line.id, CLOUD, False, 0)], any_world.owner, NOW)
    draft(any_world)  # buys CLOUD
    ending(SUITE, LAST)
    announce(NOW)
    assert (announced(), noticed()) == ([(SUITE, LAST)], [])
    assert [subject for _, subject in mails() if "certification" in subject] == []


def test_an_ended_certification_is_told_to_nobody_any_more(any_world: World, any_session: Session) -> None:
    ending(SUITE, ON)
    announce(NOW)
    suite_draft(any_world)
    address(SUITE, SUPPLIER)
    announce(NOW + DAY)
    assert (noticed(), mails()) == ([], [])


def test_the_mails_leave(any_world: World, any_session: Session) -> None:
    address(SUITE, SUPPLIER)
    suite_draft(any_world)
    ending(SUITE, LAST)
    announce(NOW)
    asked = list(db.session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind == "mail")))
    db.session.rollback()
    for message_id in asked:
        perform(message_id, NOW)
    assert len(asked) == 2
    assert set(db.session.scalars(select(MailMessage.sent_at))) == {NOW}


def test_what_is_done_is_logged(world: World, session: Session) -> None:
    address(SUITE, SUPPLIER)
    suite_draft(world)
    ending(SUITE, LAST)
    announce(NOW)
    announce(NOW)
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.actor, AuditEntry.subject).where(
            AuditEntry.subject.startswith("day:")
        )
    ).all()
    assert [tuple(entry) for entry in entries] == [
        (action, "service:worker", "day:2026-11-22")
        for action in ("registry.ends_announced", "registry.suppliers_told", "registry.companies_told")
    ]
    assert first_fault() is None
