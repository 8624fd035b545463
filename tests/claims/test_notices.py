"""What a company is told of its dossiers: once, with the act itself, in its space, and by mail to who acts for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.service import add_person
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.claims import notice_words, notices
from bonus.claims.announcements import announce
from bonus.claims.filing import file_claim
from bonus.claims.models import Claim
from bonus.claims.notice_kinds import KINDS
from bonus.claims.notice_models import Notice
from bonus.claims.notices import News, notice_page, open_notice, tell, tell_all, unread_count
from bonus.companies.models import Company
from bonus.demo.cast import PASSWORD
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.parts import service_contact
from tests.support.bills import Item, bill
from tests.support.ends import ending, mails
from tests.support.payments import sent_batch
from tests.support.words import plain
from tests.support.world import NOW, ON, SUITE, World, decided, draft, filed, set_envelope, settled

EXECUTED = "22 novembre 2026"
LATER = NOW + timedelta(days=1)


def told(company_id: int) -> list[tuple[str, str]]:
    """(kind, sentence) of what a company was told, in order."""
    rows = db.session.execute(
        select(Notice.kind, Notice.sentence).where(Notice.company_id == company_id).order_by(Notice.id)
    )
    return [(row.kind, plain(row.sentence)) for row in rows]


def member(world: World, name: str, role: str) -> None:
    add_person(f"{name}@demo.example", name, PASSWORD, NOW, company_id=world.company_id, company_role=role)
    db.session.commit()


# ---------------------------------------------------------------- the acts


def test_each_act_is_told_with_a_mail_that_says_why_and_leads_there(
    any_world: World, any_session: Session
) -> None:
    world = any_world
    dossier = settled(world)
    with_batch(world)
    number = dossier.number
    assert told(world.company_id) == [
        (
            "received",
            f"Nous avons reçu votre dossier {number}. Nous décidons au plus tard le 22 janvier 2027 (art. 11).",
        ),
        (
            "decided",
            f"Une décision est rendue sur votre dossier {number} : elle est disponible dans votre espace.",
        ),
        (
            "paid",
            f"Le virement de votre dossier {number} est transmis à la banque, pour exécution le {EXECUTED} (art. 13).",
        ),
    ]
    assert mails() == [
        (world.owner.email, f"Bonus Souveraineté\u00a0: {words} (dossier {number})")
        for words in (
            "votre dossier est reçu",
            "une décision est rendue",
            "un virement est transmis à la banque",
        )
    ]
    written = db.session.scalars(select(MailMessage).order_by(MailMessage.id)).all()
    company = db.session.get_one(Company, world.company_id)
    ids = db.session.scalars(select(Notice.id).order_by(Notice.id)).all()
    for mail, notice_id in zip(written, ids, strict=True):
        text = plain(mail.text)
        assert f"http://localhost/entreprise/avis/{notice_id}" in text.split("\n")
        assert text.endswith(
            f"vous êtes responsable de l’entreprise {company.name} pour le Bonus Souveraineté."
        )
        assert "€" not in mail.subject
        assert company.name not in mail.subject


def with_batch(world: World) -> None:
    sent_batch(ON, ON, world.accounting_officer, NOW)


def test_a_refusal_and_a_waiting_list_are_told_too(world: World, session: Session) -> None:
    decided(world, outcome="refuse", reasons="Motifs en droit et en fait (art. 4).")
    set_envelope(world, 0)
    decided(world)
    kinds = [kind for kind, _ in told(world.company_id)]
    assert kinds == ["received", "decided", "received", "waiting"]
    assert "au rang 1 de sa file" in told(world.company_id)[-1][1]


def test_owners_and_filers_are_written_to_and_readers_are_not(world: World, session: Session) -> None:
    member(world, "depot", "filer")
    member(world, "lecture", "reader")
    filed(world)
    assert [to for to, _ in mails()] == [world.owner.email, "depot@demo.example"]
    assert len(told(world.company_id)) == 1
    last = db.session.scalars(select(MailMessage.text).order_by(MailMessage.id.desc())).first()
    assert "vous êtes déposant de l’entreprise" in plain(str(last))


def test_what_is_refused_is_not_told(world: World, session: Session) -> None:
    empty = draft(world, [])
    with pytest.raises(Refusal):
        file_claim(empty.id, service_contact(), world.owner, NOW)
    db.session.rollback()
    assert (told(world.company_id), mails()) == ([], [])


def test_each_company_is_told_of_its_own(world: World, session: Session) -> None:
    filed(world, draft(world, company_id=world.neighbour_id))
    assert told(world.company_id) == []
    assert [kind for kind, _ in told(world.neighbour_id)] == ["received"]
    assert [to for to, _ in mails()] == [world.neighbour_owner.email]


def test_a_label_that_ends_is_told_in_the_space_and_named_in_no_subject(
    any_world: World, any_session: Session
) -> None:
    item = Item(10_000_00, "Suite bureautique collaborative", "SUITE-1AN")
    draft(any_world, [bill(item)])
    ending(SUITE, date(2027, 2, 20))
    announce(NOW)
    announce(LATER)
    [(kind, sentence)] = told(any_world.company_id)
    assert kind == "label_ends"
    assert sentence.startswith(
        "Le label Numérique France Garanti de « Suite bureautique collaborative », dont dépend"
    )
    assert "se termine le 20 février 2027 inclus" in sentence
    [(_, subject)] = mails()
    assert "Suite" not in subject
    assert "Garanti" not in subject


# ---------------------------------------------------------------- telling


def test_documents_asked_are_told_once_a_request(any_world: World, any_session: Session) -> None:
    claim = db.session.get_one(Claim, filed(any_world).id)
    sentence = notice_words.documents_asked(str(claim.number), date(2026, 12, 22))
    assert tell(claim, "documents_asked", sentence, NOW, about="request:1")
    db.session.commit()
    assert not tell(claim, "documents_asked", sentence, LATER, about="request:1")
    assert tell(claim, "documents_asked", sentence, LATER, about="request:2")
    reminder = notice_words.answer_deadline(str(claim.number), date(2026, 12, 22))
    assert tell(claim, "answer_deadline", reminder, LATER, about="request:2")
    db.session.commit()
    kinds = ["documents_asked", "documents_asked", "answer_deadline"]
    assert [kind for kind, _ in told(any_world.company_id)] == ["received", *kinds]
    assert len(mails()) == 4
    assert told(any_world.company_id)[1][1] == (
        f"Il manque des pièces à votre dossier {claim.number}. Envoyez-les avant la fin du 22 décembre 2026 : "
        "jusque-là, le délai de décision est suspendu (art. 11)."
    )


def test_an_unknown_kind_is_a_mistake_of_ours(world: World, session: Session) -> None:
    claim = db.session.get_one(Claim, draft(world).id)
    with pytest.raises(ValueError, match="birthday"):
        tell(claim, "birthday", "Joyeux anniversaire.", NOW)


def test_every_kind_has_its_words() -> None:
    for kind in KINDS:
        said = notice_words.mail(kind, None, "Une phrase.", "Entreprise", "responsable", "http://localhost/x")
        assert said.subject.startswith("Bonus Souveraineté\u00a0: ")
        assert "Une phrase." in said.text
        assert "Entreprise" not in said.subject


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_many_are_told_in_pieces_of_any_size(
    world: World, session: Session, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(notices, "MOST_AT_ONCE", at_once)
    news = [News(world.company_id, "label_ends", str(n), f"Phrase {n}.") for n in (1, 2, 3, 2)]
    news[3:] = [News(world.neighbour_id, "label_ends", "2", "Phrase 2.")]
    assert tell_all(news, NOW) == 4
    assert tell_all([*news, News(world.company_id, "label_ends", "4", "Phrase 4.", mailed=False)], NOW) == 1
    db.session.commit()
    assert [sentence for _, sentence in told(world.company_id)] == [f"Phrase {n}." for n in (1, 2, 3, 4)]
    assert len(mails()) == 4


def test_a_company_without_anyone_to_write_to_is_told_all_the_same(world: World, session: Session) -> None:
    company = Company(
        siren="900900903",
        name="Sans personne",
        naf="62.01Z",
        headcount=1,
        turnover_cents=0,
        balance_sheet_cents=0,
        created_at=NOW,
    )
    db.session.add(company)
    db.session.flush()
    assert tell_all([News(company.id, "label_ends", "1", "Phrase.")], NOW) == 1
    db.session.commit()
    assert (len(told(company.id)), mails()) == (1, [])


# ---------------------------------------------------------------- reading


def test_opened_by_one_who_acts_it_is_read_once_for_all(any_world: World, any_session: Session) -> None:
    world = any_world
    filed(world)
    notice_id = db.session.scalars(select(Notice.id)).one()
    assert unread_count(world.company_id) == 1
    looked = open_notice(notice_id, world.company_id, Actor("Lecteur"), NOW, acts=False)
    assert looked.read_at is None
    for moment in (NOW, LATER):
        opened = open_notice(notice_id, world.company_id, world.owner, moment, acts=True)
        assert (opened.read_at, opened.read_by_id) == (NOW, world.owner.person_id)
    assert unread_count(world.company_id) == 0
    logged = db.session.scalars(select(AuditEntry.subject).where(AuditEntry.action == "notice.read")).all()
    assert logged == [f"notice:{notice_id}"]


def test_another_company_s_notice_does_not_exist(world: World, session: Session) -> None:
    filed(world)
    notice_id = db.session.scalars(select(Notice.id)).one()
    for wrong in ((notice_id, world.neighbour_id), (notice_id + 1, world.company_id)):
        with pytest.raises(NotFound):
            open_notice(*wrong, world.neighbour_owner, NOW, acts=True)
        db.session.rollback()
    assert unread_count(world.company_id) == 1


def test_pages_give_what_is_unread_first_then_the_latest(world: World, session: Session) -> None:
    news = [News(world.company_id, "label_ends", str(n), f"{n}", mailed=False) for n in range(45)]
    tell_all(news, NOW)
    db.session.commit()
    ids = db.session.scalars(select(Notice.id).order_by(Notice.id)).all()
    for read in (44, 10):
        open_notice(ids[read], world.company_id, world.owner, NOW, acts=True)
    pages = [notice_page(world.company_id, page) for page in (1, 2, 3)]
    shown = [int(notice.sentence) for page in pages for notice in page.notices]
    assert shown == [*(n for n in reversed(range(44)) if n != 10), 44, 10]
    assert [(len(page.notices), page.total, page.pages) for page in pages] == [
        (20, 45, 3),
        (20, 45, 3),
        (5, 45, 3),
    ]
    assert [notice_page(world.company_id, page).page for page in (-5, 99)] == [1, 3]
    assert notice_page(world.neighbour_id, 1).pages == 1
