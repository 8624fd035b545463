"""The letter and its code: where it goes, when it serves, who may use it, and how often one may be wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pypdfium2
import pytest
from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.accounts.models import Person
from bonus.accounts.service import actor_of
from bonus.adapters.company_directory import DirectoryAway, Identity
from bonus.adapters.letter_codes import ALPHABET, LENGTH, is_code, shown
from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.companies.letters import (
    LASTS,
    MONTH,
    MOST_FOR_COMPANY,
    MOST_FOR_ONE,
    ask_letter,
    enter_code,
    may_ask,
    send_letter,
)
from bonus.companies.models import Company
from bonus.companies.proof_models import MOST_TRIES, Application, ProofLetter
from bonus.companies.sign_up import begin_company, declared_identity
from bonus.companies.sign_up_checks import check_identity, letter_state, note_returned, waiting_companies
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.mail import MailMessage
from bonus.outbox import OutboxMessage
from bonus.parts import post_folder
from tests.support.signing_up import SIREN, UNKNOWN, begun, code_in, identity, newcomer, printed_code
from tests.support.world import NOW, World, run_jobs

TYPED = declared_identity(UNKNOWN, "Société Tapée", "3 rue Neuve", "75011", "Paris", "62.01Z")
CHECKED = ("Société Vérifiée", "4 rue Sûre", "75012", "Paris", "63.11Z")


def letters() -> list[bytes]:
    found, _ = post_folder().letters(0, 50)
    return [post_folder().pdf(one.name) or b"" for one in found]


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        return " ".join(document[0].get_textpage().get_text_bounded().split())
    finally:
        document.close()


def posted(person: Person, siren: str = SIREN, now: datetime = NOW) -> ProofLetter:
    letter_id = ask_letter(siren, actor_of(person), now).id
    send_letter(letter_id, now)
    return db.session.get_one(ProofLetter, letter_id)


def wrong(letter: ProofLetter) -> str:
    code = code_in(letter)
    return code[:-1] + next(one for one in ALPHABET if one != code[-1])


class Directory:
    """Says what a test has it say."""

    def __init__(self, said: Identity | None = None) -> None:
        self.said, self.away = said, False

    def find(self, siren: str) -> Identity | None:
        if self.away:
            raise DirectoryAway("away")
        return self.said


@pytest.fixture
def directory(any_session: Session) -> Iterator[Directory]:
    said = Directory()
    current_app.extensions["bonus.directory"] = said
    yield said
    del current_app.extensions["bonus.directory"]


# ---------------------------------------------------------------- the letter


def test_it_goes_to_the_registered_address_and_its_code_proves(
    any_world: World, any_session: Session
) -> None:
    anne = newcomer("anne")
    company = begun(anne)
    letter = ask_letter(SIREN, actor_of(anne), NOW)
    assert letter_state(letter, NOW) == "waiting"
    run_jobs(any_world)
    db.session.refresh(letter)
    assert (letter.sent_at, letter.expires_at, letter_state(letter, NOW)) == (NOW, NOW + LASTS, "sent")
    (pdf,) = letters()
    said = text_of(pdf)
    for word in ("8 RUE DU PONT INVENTÉ", "69007 LYON", "Anne Dupont", "22 décembre 2026", "910 000 009"):
        assert word in said.replace("\u00a0", " ")
    code = printed_code(said)
    assert code == shown(code_in(letter))
    proven = enter_code(SIREN, f" {code.lower()} ", actor_of(anne), NOW)
    assert (proven.id, proven.proven_at, proven.proven_by) == (company.id, NOW, "letter")
    assert letter_state(letter, NOW) == "used"


def test_the_code_is_nowhere_but_in_the_letter(world: World, session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    with pytest.raises(InvalidInput):
        enter_code(SIREN, wrong(letter), actor_of(anne), NOW)
    enter_code(SIREN, code_in(letter), actor_of(anne), NOW)
    code = code_in(letter)
    assert len(code) == LENGTH
    kept = [
        str({column.name: getattr(row, column.key) for column in row.__table__.columns})
        for model in (AuditEntry, OutboxMessage, ProofLetter, MailMessage, Application)
        for row in db.session.scalars(select(model))
    ]
    assert kept
    assert not any(code in one or shown(code) in one for one in kept)


def test_sent_twice_it_is_one_letter(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    (first,) = letters()
    send_letter(letter.id, NOW + timedelta(hours=1))
    assert letters() == [first]
    # A run killed after the file and before the mark writes the same code again, under the same name.
    letter.sent_at = letter.expires_at = None
    db.session.commit()
    send_letter(letter.id, NOW + timedelta(hours=1))
    (again,) = letters()
    assert printed_code(text_of(again)) == printed_code(text_of(first))
    with pytest.raises(NotFound):
        send_letter(letter.id + 1_000, NOW)


def test_one_replaced_or_late_does_not_leave(world: World, session: Session) -> None:
    anne, bruno = newcomer("anne"), newcomer("bruno")
    begun(anne)
    begun(bruno)
    first = ask_letter(SIREN, actor_of(anne), NOW).id
    second = ask_letter(SIREN, actor_of(anne), NOW).id
    send_letter(first, NOW)
    assert letters() == []
    theirs = posted(bruno)
    enter_code(SIREN, code_in(theirs), actor_of(bruno), NOW)
    send_letter(second, NOW)
    assert len(letters()) == 1


# ---------------------------------------------------------------- an address that was typed


def test_a_typed_address_receives_nothing(
    any_world: World, any_session: Session, directory: Directory
) -> None:
    anne = newcomer("anne")
    company = begin_company(anne, TYPED, "declared", None, NOW)
    letter = posted(anne, UNKNOWN)
    assert (letter_state(letter, NOW), letters()) == ("waiting", [])
    directory.said = replace(TYPED, partial=True)
    send_letter(letter.id, NOW)
    directory.said = replace(TYPED, active=False)
    send_letter(letter.id, NOW)
    assert letters() == []
    # The directory knows it at last: its address is taken, not the typed one.
    directory.said = replace(TYPED, name="Société Inscrite", street="9 RUE INSCRITE", naf="18.12Z")
    send_letter(letter.id, NOW)
    (pdf,) = letters()
    assert "9 RUE INSCRITE" in text_of(pdf)
    assert "3 rue Neuve" not in text_of(pdf)
    assert (company.name, company.identity_source, company.naf) == ("Société Inscrite", "directory", "18.12Z")
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "company.identity_confirmed")
    ).one()
    assert entry.facts["before"][0] == "Société Tapée"


def test_a_seat_that_moved_and_a_company_that_closed(
    any_world: World, any_session: Session, directory: Directory
) -> None:
    anne = newcomer("anne")
    company = begin_company(anne, TYPED, "directory", None, NOW)
    directory.said = replace(TYPED, street="9 RUE NOUVELLE")
    posted(anne, UNKNOWN)
    (pdf,) = letters()
    assert "9 RUE NOUVELLE" in text_of(pdf)
    directory.said = replace(TYPED, active=False)
    letter = posted(anne, UNKNOWN)
    assert (letter_state(letter, NOW), len(letters())) == ("waiting", 1)
    assert company.identity_source == "declared"


def test_while_the_directory_is_away_it_is_tried_again(
    any_world: World, any_session: Session, directory: Directory
) -> None:
    anne = newcomer("anne")
    begin_company(anne, TYPED, "declared", None, NOW)
    letter_id = ask_letter(UNKNOWN, actor_of(anne), NOW).id
    directory.away = True
    for _ in range(7):  # more than the tries of a job that fails
        run_jobs(any_world)
        assert db.session.get_one(ProofLetter, letter_id).sent_at is None
    directory.away, directory.said = False, TYPED
    run_jobs(any_world)
    assert db.session.get_one(ProofLetter, letter_id).sent_at == NOW


def test_an_agent_checks_what_was_typed(any_world: World, any_session: Session, directory: Directory) -> None:
    world, anne = any_world, newcomer("anne")
    company = begin_company(anne, TYPED, "declared", None, NOW)
    begun(newcomer("bruno"))
    letter_id = ask_letter(UNKNOWN, actor_of(anne), NOW).id
    run_jobs(world)
    assert [one.siren for one in waiting_companies(0, 10)[0]] == [UNKNOWN, SIREN]
    check_identity(company.id, *CHECKED, world.administrator, NOW)
    run_jobs(world)
    (pdf,) = letters()
    assert "4 rue Sûre" in text_of(pdf)
    assert db.session.get_one(ProofLetter, letter_id).sent_at == NOW
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "company.identity_checked")
    ).one()
    assert entry.actor.startswith(world.administrator.name)
    assert entry.facts["after"][0] == "Société Vérifiée"
    with pytest.raises(Refusal) as refusal:
        check_identity(company.id, *CHECKED, world.administrator, NOW)
    assert refusal.value.code == "sign_up.checked"


def test_who_checks(world: World, session: Session) -> None:
    anne = newcomer("anne")
    company = begin_company(anne, TYPED, "declared", None, NOW)
    own = Actor("Anne", anne.id, None, frozenset({"administrator"}))
    with pytest.raises(Forbidden):
        check_identity(company.id, *CHECKED, world.reviewer, NOW)
    db.session.rollback()
    with pytest.raises(Forbidden) as refusal:
        check_identity(company.id, *CHECKED, own, NOW)
    assert refusal.value.code == "sign_up.own"
    db.session.rollback()
    with pytest.raises(NotFound):
        check_identity(world.company_id, *CHECKED, world.administrator, NOW)


def test_a_letter_that_came_back(world: World, session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    with pytest.raises(Forbidden):
        note_returned(letter.id, world.reviewer, NOW)
    db.session.rollback()
    note_returned(letter.id, world.administrator, NOW)
    assert letter_state(letter, NOW) == "returned"
    with pytest.raises(Refusal) as refusal:
        enter_code(SIREN, code_in(letter), actor_of(anne), NOW)
    assert refusal.value.code == "proof.no_letter"
    db.session.rollback()
    with pytest.raises(Refusal):
        note_returned(letter.id, world.administrator, NOW)
    db.session.rollback()
    mail = db.session.scalars(
        select(MailMessage).where(MailMessage.key == f"letter_returned:{letter.id}")
    ).one()
    assert mail.to == anne.email


# ---------------------------------------------------------------- the code


def test_five_tries_then_another_letter(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    for left in range(MOST_TRIES - 1, -1, -1):
        with pytest.raises(InvalidInput) as refusal:
            enter_code(SIREN, wrong(letter), actor_of(anne), NOW)
        assert ("autre courrier" in refusal.value.sentence) == (left == 0)
    with pytest.raises(Refusal) as over:
        enter_code(SIREN, code_in(letter), actor_of(anne), NOW)
    assert over.value.code == "proof.too_many_tries"
    db.session.rollback()
    assert letter_state(letter, NOW) == "exhausted"
    second = posted(anne)
    assert code_in(second) != code_in(letter)
    assert enter_code(SIREN, code_in(second), actor_of(anne), NOW).proven_at == NOW


def test_thirty_days_and_not_one_more(any_world: World, any_session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    with pytest.raises(Refusal) as refusal:
        enter_code(SIREN, code_in(letter), actor_of(anne), NOW + LASTS)
    assert refusal.value.code == "proof.expired"
    db.session.rollback()
    assert letter_state(letter, NOW + LASTS) == "expired"
    assert enter_code(SIREN, code_in(letter), actor_of(anne), NOW + LASTS - timedelta(seconds=1)).proven_at


def test_a_code_is_for_who_asked(any_world: World, any_session: Session) -> None:
    anne, bruno, stranger = newcomer("anne"), newcomer("bruno"), newcomer("zoe")
    begun(anne)
    begun(bruno)
    letter = posted(anne)
    posted(bruno)
    with pytest.raises(InvalidInput):
        enter_code(SIREN, code_in(letter), actor_of(bruno), NOW)
    with pytest.raises(NotFound):
        enter_code(SIREN, code_in(letter), actor_of(stranger), NOW)
    db.session.rollback()
    with pytest.raises(NotFound):
        ask_letter(SIREN, actor_of(stranger), NOW)
    db.session.rollback()
    with pytest.raises(Forbidden):
        enter_code(SIREN, code_in(letter), Actor("service:x"), NOW)
    db.session.rollback()
    assert db.session.scalars(select(Company).where(Company.siren == SIREN)).one().proven_at is None


def test_no_letter_no_code(world: World, session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    with pytest.raises(Refusal) as refusal:
        enter_code(SIREN, "", actor_of(anne), NOW)
    assert refusal.value.code == "proof.no_letter"
    db.session.rollback()
    ask_letter(SIREN, actor_of(anne), NOW)
    with pytest.raises(Refusal) as refusal:
        enter_code(SIREN, "", actor_of(anne), NOW)
    assert refusal.value.code == "proof.not_sent"


def test_a_code_serves_once(world: World, session: Session) -> None:
    anne = newcomer("anne")
    begun(anne)
    letter = posted(anne)
    enter_code(SIREN, code_in(letter), actor_of(anne), NOW)
    with pytest.raises(Refusal) as refusal:
        enter_code(SIREN, code_in(letter), actor_of(anne), NOW)
    assert refusal.value.code == "company.already_proven"
    db.session.rollback()
    with pytest.raises(Refusal):
        ask_letter(SIREN, actor_of(anne), NOW)


def test_so_many_letters_a_month(any_world: World, any_session: Session) -> None:
    people = [newcomer(name) for name in ("anne", "bruno", "chloe")]
    for person in people:
        begun(person)
    for person in people[:2]:
        for _ in range(MOST_FOR_ONE):
            ask_letter(SIREN, actor_of(person), NOW)
        with pytest.raises(Refusal) as refusal:
            ask_letter(SIREN, actor_of(person), NOW)
        assert refusal.value.code == "proof.too_many_letters"
        db.session.rollback()
    assert 2 * MOST_FOR_ONE == MOST_FOR_COMPANY
    third = db.session.scalars(select(Application).where(Application.person_id == people[2].id)).one()
    assert not may_ask(third, NOW)
    assert may_ask(third, NOW + MONTH + timedelta(seconds=1))


@pytest.mark.parametrize("typed", ["ABCDE23456", "abcde-23456", " ABCDE 23456 ", "ABCDE—23456"])
def test_a_code_as_people_type_it(typed: str) -> None:
    assert is_code(typed, "ABCDE23456")


@pytest.mark.parametrize("typed", ["", "ABCDE2345", "ABCDE234567", "ÀBCDE23456", "ABCDE23457"])
def test_what_is_not_the_code(typed: str) -> None:
    assert not is_code(typed, "ABCDE23456")


def test_the_address_on_the_envelope_is_the_directorys(world: World, session: Session) -> None:
    anne = newcomer("anne")
    begin_company(anne, identity(), "directory", None, NOW)
    assert posted(anne).address == [
        "Imprimerie du Pont Fictif",
        "À l’attention du représentant légal",
        "8 RUE DU PONT INVENTÉ",
        "69007 LYON",
    ]
