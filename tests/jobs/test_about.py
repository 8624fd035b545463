"""What a message is about is said with the number of its dossier, its day or its words."""

from __future__ import annotations

from sqlalchemy import select

from bonus.extensions import db
from bonus.jobs.about import subjects_of
from bonus.jobs.daily import KINDS, post_day
from bonus.jobs.tasks import HANDLERS
from bonus.mail import NewMail, post_mail
from bonus.outbox import OutboxMessage, post
from tests.support.world import NOW, World, decided


def told() -> dict[str, str]:
    messages = db.session.scalars(select(OutboxMessage)).all()
    abouts = subjects_of(messages)
    found = {message.kind: abouts[message.id] for message in messages}
    db.session.rollback()
    return found


def test_what_follows_a_decision_names_its_dossier(any_world: World) -> None:
    number = decided(any_world).number
    with any_world.app.app_context():
        found = told()
    assert found["pay"].replace("\u202f", " ").replace("\xa0", " ") == f"dossier {number}, 4 500,00 €"
    assert found["certify"] == found["register"] == found["pay"]
    assert found["letter"] == f"dossier {number}"


def test_a_mail_is_known_by_its_subject_and_a_day_by_its_date(any_world: World) -> None:
    with any_world.app.app_context():
        post_mail(NewMail("k", "a@b.example", "Objet", "Texte", "Pourquoi"), NOW)
        post_day(NOW)
        found = told()
    assert found["mail"] == "«\xa0Objet\xa0»"
    assert {found[kind] for kind in KINDS} == {"jour du 22/11/2026"}


def test_of_each_kind_something_is_said_even_of_what_is_not_there(any_world: World) -> None:
    with any_world.app.app_context():
        for kind in sorted(HANDLERS.keys() - set(KINDS)):
            post(kind, 999_999, NOW)
        db.session.flush()
        assert set(told().values()) == {"n° 999999"}
