"""Keys of the API: made once, kept as a fingerprint, good until they expire or are revoked."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.audit.models import AuditEntry
from bonus.audit.service import Actor
from bonus.errors import Forbidden, InvalidInput, NotFound, Refusal
from bonus.extensions import db
from bonus.registry.keys import (
    SCOPES,
    KeyRefused,
    NewKey,
    authenticate_key,
    key_of,
    keys_of,
    make_key,
    revocation_reasons,
    revoke_key,
    state_of,
)
from bonus.registry.labels import certifier_named
from bonus.registry.scheme_models import Certifier, CertifierKey
from tests.support.crew import Crew, Refused
from tests.support.world import NOW, World

TODAY = date(2026, 11, 22)
READ = ["read"]
ADDRESS = "198.51.100.4"
WHY = "Le poste qui la gardait a été volé."


def veritas() -> Certifier:
    return certifier_named("bureau-veritas")


def made(
    world: World, name: str = "Extranet", scopes: list[str] | None = None, until: date = TODAY
) -> NewKey:
    return make_key(veritas(), name, scopes or READ, until, world.registry_keeper, NOW)


def entries(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


# ---------------------------------------------------------------- made


def test_a_key_is_kept_as_a_fingerprint(any_session: Session, any_world: World) -> None:
    new = made(any_world, scopes=["events:write", "read"])
    head, prefix, secret = new.presented.split("_", 2)
    assert (head, prefix) == ("bsk", new.key.prefix)
    assert len(secret) == 43  # 256 bits
    assert new.key.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert new.key.scopes == ["events:write", "read"]
    assert new.key.created_by_id == any_world.registry_keeper.person_id
    for table in db.metadata.tables.values():
        assert secret not in str(any_session.execute(select(table)).all())
    assert secret not in repr(new)
    (entry,) = entries("registry.key_made")
    assert entry.subject == f"certifier_key:{prefix}"
    assert entry.facts == {
        "certifier": "bureau-veritas",
        "name": "Extranet",
        "scopes": ["events:write", "read"],
        "expires_on": "2026-11-22",
    }


def test_two_keys_have_nothing_in_common(session: Session, world: World) -> None:
    first, second = made(world, "Un").presented, made(world, "Deux").presented
    assert first.split("_")[1] != second.split("_")[1]
    assert first[17:] != second[17:]


@pytest.mark.parametrize(
    ("name", "scopes", "until", "field"),
    [
        ("", READ, TODAY, "name"),
        (" \u00a0 ", READ, TODAY, "name"),
        ("x" * 121, READ, TODAY, "name"),
        ("Clé", [], TODAY, "scopes"),
        ("Clé", ["read", "write"], TODAY, "scopes"),
        ("Clé", READ, TODAY - timedelta(days=1), "expires_on"),
        ("Clé", READ, date(2027, 11, 23), "expires_on"),
        ("Clé", READ, date.max, "expires_on"),
    ],
)
def test_what_no_key_may_be(
    session: Session, world: World, name: str, scopes: list[str], until: date, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        make_key(veritas(), name, scopes, until, world.registry_keeper, NOW)
    assert refused.value.field == field
    session.rollback()
    assert keys_of(veritas()) == []


def test_the_longest_and_the_shortest(session: Session, world: World) -> None:
    made(world, "x" * 120, until=date(2027, 11, 22))
    made(world, "Aujourd’hui", until=TODAY)
    assert [key.name for key in keys_of(veritas())] == ["Aujourd’hui", "x" * 120]


def test_the_day_is_that_of_paris(session: Session, world: World) -> None:
    """At 23:30 UTC it is tomorrow in Paris: yesterday there is still today here."""
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput):
        make_key(veritas(), "Clé", READ, date(2026, 11, 21), world.registry_keeper, late)


def test_the_form_sent_twice_makes_one_key(session: Session, world: World) -> None:
    first = made(world)
    with pytest.raises(InvalidInput) as refused:
        made(world, " Extranet ")
    assert (refused.value.code, refused.value.field) == ("key.name_taken", "name")
    session.rollback()
    revoke_key(first.key, WHY, world.registry_keeper, NOW)
    made(world)
    assert len(keys_of(veritas())) == 2


def making(keeper: Actor, name: str) -> str:
    return make_key(veritas(), name, READ, TODAY, keeper, NOW).key.prefix


def test_a_form_sent_four_times_at_once_makes_one_key(any_world: World, crew: Crew) -> None:
    results = crew.race(any_world.app, making, [(any_world.registry_keeper, "Extranet")] * 4)
    refused = [one for one in results if isinstance(one, Refused)]
    assert {one.code for one in refused} == {"key.name_taken"}
    assert len(refused) == 3
    with any_world.app.app_context():
        assert len(keys_of(veritas())) == 1


def test_a_name_is_free_again_once_expired(session: Session, world: World) -> None:
    made(world)
    tomorrow = NOW + timedelta(days=1)
    make_key(veritas(), "Extranet", READ, TODAY + timedelta(days=1), world.registry_keeper, tomorrow)
    assert [state_of(key, TODAY + timedelta(days=1)) for key in keys_of(veritas())] == ["active", "expired"]


# ---------------------------------------------------------------- presented


@pytest.mark.parametrize("scope", SCOPES)
def test_a_good_key_says_who_holds_it(any_session: Session, any_world: World, scope: str) -> None:
    new = made(any_world, scopes=[scope])
    holder = authenticate_key(new.presented, scope, ADDRESS, NOW)
    assert holder.certifier_id == veritas().id
    assert holder.scopes == {scope}
    actor = holder.actor(ADDRESS)
    assert actor.label == f"Bureau Veritas Certification (API, clé {new.key.prefix})"
    assert actor.person_id is None
    assert entries("registry.key_refused") == []


def test_a_key_serves_to_the_end_of_its_last_day_in_paris(session: Session, world: World) -> None:
    key = made(world).presented
    authenticate_key(key, "read", ADDRESS, datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC))
    with pytest.raises(KeyRefused) as refused:
        authenticate_key(key, "read", ADDRESS, datetime(2026, 11, 22, 23, 0, tzinfo=UTC))
    assert refused.value.why == "expired"
    assert "22 novembre 2026" in refused.value.sentence


def test_a_revoked_key_opens_nothing_at_once(any_session: Session, any_world: World) -> None:
    new = made(any_world)
    revoke_key(new.key, WHY, any_world.registry_keeper, NOW)
    with pytest.raises(KeyRefused) as refused:
        authenticate_key(new.presented, "read", ADDRESS, NOW)
    assert (refused.value.why, refused.value.status) == ("revoked", 401)


def test_what_a_key_does_not_open(session: Session, world: World) -> None:
    key = made(world, scopes=["read", "events:write"]).presented
    with pytest.raises(Forbidden) as refused:
        authenticate_key(key, "certifications:write", ADDRESS, NOW)
    assert "certifications:write" in refused.value.sentence


def altered(key: str) -> list[str]:
    """A key with its last character changed, another secret under its prefix, an unknown prefix."""
    head, prefix, secret = key.split("_", 2)
    other = "A" if key[-1] != "A" else "B"
    return [key[:-1] + other, f"{head}_{prefix}_{'x' * 43}", f"{head}_{'0' * 12}_{secret}"]


def test_a_wrong_key_is_told_one_thing_only(session: Session, world: World) -> None:
    """Revoked or expired, a key says so to who has it, not to who guesses its prefix."""
    new = made(world)
    revoke_key(new.key, WHY, world.registry_keeper, NOW)
    for wrong in altered(new.presented):
        with pytest.raises(KeyRefused) as refused:
            authenticate_key(wrong, "read", ADDRESS, NOW)
        assert refused.value.why == "unknown"


@pytest.mark.parametrize(
    "presented",
    [
        "",
        "bsk",
        "bsk__",
        "bsk_" + "0" * 12,
        "bsk_" + "0" * 12 + "_" + "x" * 42,
        "é" * 60,
        "x" * 100_000,
        "\0",
    ],
)
def test_what_is_no_key(session: Session, world: World, presented: str) -> None:
    with pytest.raises(KeyRefused) as refused:
        authenticate_key(presented, "read", ADDRESS, NOW)
    assert refused.value.why == "malformed"


def test_refused_keys_are_logged_without_their_secret(
    session: Session, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    new = made(world)
    wrong, *_ = altered(new.presented)
    with caplog.at_level(logging.DEBUG), pytest.raises(KeyRefused):
        authenticate_key(wrong, "read", ADDRESS, NOW)
    (entry,) = entries("registry.key_refused")
    assert entry.subject == f"certifier_key:{new.key.prefix}"
    assert entry.facts == {"certifier": "bureau-veritas", "why": "key.unknown"}
    assert entry.address == ADDRESS
    assert wrong[17:] not in str(
        [(entry.subject, entry.facts) for entry in session.scalars(select(AuditEntry))]
    )
    assert wrong[17:] not in caplog.text


def test_the_last_use_is_kept_to_the_minute(any_session: Session, any_world: World) -> None:
    new = made(any_world)
    key_id = new.key.id
    assert new.key.last_used_at is None

    def used(seconds: int) -> datetime | None:
        authenticate_key(new.presented, "read", ADDRESS, NOW + timedelta(seconds=seconds))
        return any_session.get_one(CertifierKey, key_id).last_used_at

    assert used(0) == NOW
    assert used(59) == NOW
    assert used(60) == NOW + timedelta(seconds=60)


# ---------------------------------------------------------------- revoked


def test_why_a_key_was_revoked_is_kept(any_session: Session, any_world: World) -> None:
    kept, gone = made(any_world, "Un"), made(any_world, "Deux")
    revoke_key(gone.key, f"  {WHY} ", any_world.registry_keeper, NOW)
    assert revocation_reasons(keys_of(veritas())) == {gone.key.prefix: WHY}
    assert {key.name: state_of(key, TODAY) for key in keys_of(veritas())} == {
        "Un": "active",
        "Deux": "revoked",
    }
    (entry,) = entries("registry.key_revoked")
    assert entry.facts == {"certifier": "bureau-veritas", "reasons": WHY}
    assert kept.key.revoked_at is None
    with pytest.raises(Refusal, match="déjà révoquée depuis le 22 novembre 2026"):
        revoke_key(gone.key, WHY, any_world.registry_keeper, NOW)


@pytest.mark.parametrize("reason", ["", "  trop court  "[:9], "x" * 9, "x" * 1001])
def test_no_revocation_without_a_reason(session: Session, world: World, reason: str) -> None:
    new = made(world)
    with pytest.raises(InvalidInput):
        revoke_key(new.key, reason, world.registry_keeper, NOW)
    session.rollback()
    assert keys_of(veritas())[0].revoked_at is None


def test_another_certifiers_key_is_unknown(session: Session, world: World) -> None:
    new = made(world)
    assert key_of(veritas(), new.key.prefix) is new.key
    with pytest.raises(NotFound):
        key_of(certifier_named("anssi"), new.key.prefix)
