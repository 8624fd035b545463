"""Several people at once, on real processes: one company of a SIREN, one owner, five tries of a code and no more."""

from __future__ import annotations

from sqlalchemy import func, select

from bonus.accounts.models import CompanyMember, Person
from bonus.accounts.service import actor_of
from bonus.audit.models import AuditEntry
from bonus.companies.letters import ask_letter, enter_code, send_letter
from bonus.companies.models import Company
from bonus.companies.proof_models import MOST_TRIES, Application, ProofLetter
from bonus.companies.sign_up import ask_account, finish
from bonus.demo.cast import PASSWORD
from bonus.extensions import db
from bonus.parts import post_folder
from tests.support.crew import Crew, Refused
from tests.support.signing_up import SIREN, begun, code_in, identity, link_sent_to, newcomer
from tests.support.world import NOW, World

NAMES = ("anne", "bruno", "chloe", "david")


def beginning(person_id: int) -> int:
    return begun(db.session.get_one(Person, person_id)).id


def finishing(secret: str) -> str:
    return finish(secret, PASSWORD, None, NOW)[0].email


def typing(person_id: int, code: str) -> str:
    return str(enter_code(SIREN, code, actor_of(db.session.get_one(Person, person_id)), NOW).proven_by)


def asking(person_id: int) -> bool:
    return ask_letter(SIREN, actor_of(db.session.get_one(Person, person_id)), NOW).id > 0


def posting(letter_id: int) -> None:
    send_letter(letter_id, NOW)


def codes(results: list[object]) -> list[str]:
    return sorted(one.code for one in results if isinstance(one, Refused))


def with_letters(names: tuple[str, ...]) -> list[tuple[int, str]]:
    """People who each began the company and hold its letter: id and code."""
    found = []
    for name in names:
        person = newcomer(name)
        begun(person)
        letter = ask_letter(SIREN, actor_of(person), NOW)
        send_letter(letter.id, NOW)
        found.append((person.id, code_in(letter)))
    db.session.rollback()
    return found


def test_four_people_of_one_siren(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        people = [newcomer(name).id for name in NAMES]
    results = crew.race(any_world.app, beginning, [(one,) for one in people])
    assert len(set(results)) == 1
    assert isinstance(results[0], int)
    with any_world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Company).where(Company.siren == SIREN)) == 1
        members = db.session.scalars(
            select(CompanyMember.person_id).where(CompanyMember.company_id == results[0])
        ).all()
        assert len(members) == 1
        assert set(db.session.scalars(select(Application.person_id))) == set(people)


def test_one_link_opened_four_times(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        ask_account(identity(), "directory", "Anne", "anne@entreprise.example", None, NOW)
        secret = link_sent_to("anne@entreprise.example")
        db.session.rollback()
    results = crew.race(any_world.app, finishing, [(secret,)] * 4)
    assert [one for one in results if isinstance(one, str)] == ["anne@entreprise.example"]
    assert codes(results) == ["sign_up.used"] * 3


def test_one_code_used_four_times(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        (anne,) = with_letters(("anne",))
    results = crew.race(any_world.app, typing, [anne] * 4)
    assert [one for one in results if isinstance(one, str)] == ["letter"]
    assert codes(results) == ["company.already_proven"] * 3
    with any_world.app.app_context():
        proofs = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "company.proven")
        assert db.session.scalar(proofs) == 1


def test_four_codes_of_one_company(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        people = with_letters(NAMES)
    results = crew.race(any_world.app, typing, people)
    assert [one for one in results if isinstance(one, str)] == ["letter"]
    assert codes(results) == ["company.already_proven"] * 3
    with any_world.app.app_context():
        company = db.session.scalars(select(Company).where(Company.siren == SIREN)).one()
        members = select(CompanyMember.role).where(CompanyMember.company_id == company.id)
        assert db.session.scalars(members).all() == ["owner"]
        outcomes = db.session.scalars(select(Application.outcome).order_by(Application.outcome)).all()
        assert outcomes == ["overtaken"] * 3 + ["proven"]


def test_guesses_at_once_are_counted_each(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        ((person_id, code),) = with_letters(("anne",))
    for _ in range(2):
        results = crew.race(any_world.app, typing, [(person_id, "ABCDE-23456")] * 4)
    assert codes(results) == ["proof.too_many_tries"] * 3 + ["proof.wrong_code"]
    with any_world.app.app_context():
        assert db.session.scalars(select(ProofLetter.tries)).one() == MOST_TRIES
    (late,) = crew.race(any_world.app, typing, [(person_id, code)])
    assert isinstance(late, Refused)
    assert late.code == "proof.too_many_tries"


def test_one_letter_asked_for_and_posted_at_once(any_world: World, crew: Crew) -> None:
    with any_world.app.app_context():
        person = newcomer("anne")
        begun(person)
        person_id = person.id
        db.session.rollback()
    results = crew.race(any_world.app, asking, [(person_id,)] * 4)
    assert (results.count(True), codes(results)) == (3, ["proof.too_many_letters"])
    with any_world.app.app_context():
        running = select(ProofLetter.id).where(ProofLetter.ended_at.is_(None))
        letter_id = db.session.scalars(running).one()
        db.session.rollback()
    crew.race(any_world.app, posting, [(letter_id,)] * 4)
    with any_world.app.app_context():
        assert post_folder().letters(0, 10)[1] == 1
        sent = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "proof.letter_sent")
        assert db.session.scalar(sent) == 1
