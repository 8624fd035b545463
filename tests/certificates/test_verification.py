"""What anyone may learn of a certificate: by its number, its key, its file."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bonus.adapters.seal import Sealer, SealTrust, make_demo_key
from bonus.certificates.models import TaxCertificate
from bonus.certificates.verification import Verification, verify_file, verify_number
from bonus.extensions import db
from bonus.parts import sealer
from tests.adapters.einvoice_samples import blank_pdf
from tests.support.files import run_folder
from tests.support.world import NOW, World, settled


def issued() -> list[TaxCertificate]:
    return list(db.session.scalars(select(TaxCertificate).order_by(TaxCertificate.id)))


def trust() -> SealTrust:
    return sealer().trust


def test_by_number_and_key(any_world: World, any_session: Session) -> None:
    settled(any_world)
    [certificate] = issued()
    for key in (None, ""):
        found = verify_number(certificate.number, key)
        assert (found.state, found.certificate, found.content) == ("genuine", certificate, None)
    for key in (certificate.key, certificate.key.lower().replace("-", " ")):
        found = verify_number(certificate.number, key)
        assert found.state == "genuine"
        assert found.content is not None
        assert found.content.total_bonus_cents == 4_500_00
    other = "0000-0000-0000-0000"
    for key in (other, "x", certificate.key[:-1], certificate.number):
        assert verify_number(certificate.number, key) == Verification("altered"), "nothing is told of it"
    for number in ("AF-2026-000002-AAAAAA-42", "", "AF", certificate.number.lower()):
        assert verify_number(number, certificate.key) == Verification("unknown")


def test_a_revoked_one_names_its_successor(any_world: World, any_session: Session) -> None:
    settled(any_world)
    settled(any_world)
    former, current = issued()
    for found in (
        verify_number(former.number, None),
        verify_number(former.number, former.key),
        verify_file(former.pdf, trust()),
    ):
        assert (found.state, found.replaced_by) == ("revoked", current.number)
    assert verify_number(current.number, current.key).state == "genuine"
    # The key of one is not that of the other.
    assert verify_number(former.number, current.key).state == "altered"


def test_by_file(world: World, session: Session) -> None:
    settled(world)
    [certificate] = issued()
    pdf = certificate.pdf
    found = verify_file(pdf, trust())
    assert (found.state, found.certificate) == ("genuine", certificate)
    assert found.content is not None
    assert found.content.number == certificate.number

    assert not_altered(pdf, random.Random(2026), 20) == []
    assert verify_file(pdf + b"\n", trust()).state == "altered"
    assert verify_file(pdf + b"%%EOF\n", trust()).state == "altered"
    for part in (0, 10, len(pdf) // 2, len(pdf) - 1):
        assert verify_file(pdf[:part], trust()).state in {"altered", "unknown"}


def not_altered(pdf: bytes, draw: random.Random, count: int) -> list[int]:
    """Of so many positions, and the ends, those where another byte is not called an alteration."""
    found = []
    for position in [0, 8, len(pdf) - 1, *(draw.randrange(len(pdf)) for _ in range(count))]:
        flipped = bytearray(pdf)
        flipped[position] ^= draw.randrange(1, 256)
        if verify_file(bytes(flipped), trust()).state != "altered":
            found.append(position)
    return found


@pytest.mark.slow
def test_any_byte_at_a_thousand_positions(world: World, session: Session) -> None:
    settled(world)
    [certificate] = issued()
    assert not_altered(certificate.pdf, random.Random(15), 1_000) == []


def test_files_of_others(world: World, session: Session) -> None:
    """Of what the service never sealed it says nothing, be it sealed by somebody else."""
    path = run_folder() / "stranger.p12"
    make_demo_key(path, "another passphrase", valid_from=NOW - timedelta(days=1), name="Autre cachet")
    stranger = Sealer.from_pkcs12(path, "another passphrase")
    sealed = stranger.seal(blank_pdf(), signed_at=NOW, reason="Autre", location="Paris")
    ours_but_not_issued = sealer().seal(blank_pdf(), signed_at=NOW, reason="Essai", location="Paris")
    for file in (b"", b"%PDF-1.7", blank_pdf(), b"\0" * 100_000, sealed, ours_but_not_issued):
        assert verify_file(file, trust()) == Verification("unknown")


def test_a_file_stays_genuine_after_the_key_changed(world: World, session: Session) -> None:
    """It is compared with those issued first: a new key makes no former certificate a forgery."""
    settled(world)
    [certificate] = issued()
    assert verify_file(certificate.pdf, SealTrust([])).state == "genuine"
