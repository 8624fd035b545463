"""Versions of templates: from a day on, kept, named in the letters written from them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.claims.letter_example import example_letter
from bonus.claims.letter_templates import template_on, template_version, versions_of, write_template
from bonus.claims.letter_words import KINDS, shipped
from bonus.claims.letters import content_of
from bonus.errors import InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.parts import service_contact
from tests.support.letters import letter_of
from tests.support.world import NOW, ON, World, decided, run_jobs

DAY = timedelta(days=1)


def text_with(words: str) -> str:
    return f"{words}\n\n{shipped('granted').text}"


def test_the_version_in_force_that_day(any_world: World, any_session: Session) -> None:
    actor = any_world.administrator
    for seen, (from_on, words) in enumerate(
        ((ON + 5 * DAY, "Plus tard."), (ON, "Dès ce jour."), (ON, "Corrigé."))
    ):
        write_template("granted", "Accord", text_with(words), from_on, seen, actor, NOW)
    in_force = [template_on("granted", ON + days * DAY).version for days in (-1, 0, 4, 5)]
    assert in_force == [0, 3, 3, 1]
    assert [one.version for one in versions_of("granted")] == [3, 2, 1]
    assert template_version("granted", 2).text.startswith("Dès ce jour.")
    assert template_on("refused", ON).version == 0
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "letter.template_written")
    ).all()
    assert [entry.facts["version"] for entry in entries] == [1, 2, 3]


def test_a_letter_names_its_version_and_keeps_its_words(world: World, session: Session) -> None:
    before = decided(world)
    run_jobs(world)
    write_template("granted", "Bonne nouvelle", text_with("Bravo."), ON, 0, world.administrator, NOW)
    after = decided(world)
    run_jobs(world)
    old, new = letter_of(before), letter_of(after)
    assert (old.template_version, new.template_version) == (0, 1)
    assert content_of(old).title == shipped("granted").title
    assert (content_of(new).title, content_of(new).blocks[0].text) == ("Bonne nouvelle", "Bravo.")
    assert content_of(new).template_version == 1


def test_what_is_refused(world: World, session: Session) -> None:
    actor = world.administrator
    with pytest.raises(InvalidInput) as past:
        write_template("granted", "Accord", text_with("Hier."), ON - DAY, 0, actor, NOW)
    assert past.value.field == "from_on"
    with pytest.raises(InvalidInput):
        write_template("granted", "Accord", "Sans recours.", ON, 0, actor, NOW)
    with pytest.raises(NotFound):
        write_template("unknown", "Accord", text_with("X."), ON, 0, actor, NOW)
    with pytest.raises(NotFound):
        template_version("granted", 1)
    write_template("granted", "Accord", text_with("Un."), ON, 0, actor, NOW)
    with pytest.raises(Refusal) as meanwhile:
        write_template("granted", "Accord", text_with("Deux."), ON, 0, actor, NOW)
    assert meanwhile.value.code == "letter.changed_meanwhile"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_example(world: World, session: Session, kind: str) -> None:
    content = example_letter(shipped(kind), service_contact(), ON, 15, 2)
    said = content.title + "".join(block.text for block in content.blocks)
    assert content.title.startswith("Aperçu")
    assert "{" not in said
