"""Passwords: their length, and how they are kept."""

from __future__ import annotations

import pytest

from bonus.accounts.service import MAXIMUM_PASSWORD_LENGTH, MINIMUM_PASSWORD_LENGTH, hash_password
from bonus.errors import InvalidInput


def test_the_bounds() -> None:
    assert (MINIMUM_PASSWORD_LENGTH, MAXIMUM_PASSWORD_LENGTH) == (12, 200)


@pytest.mark.parametrize("length", [12, 13, 199, 200])
def test_within_the_bounds(length: int) -> None:
    assert hash_password("é" * length).startswith("$argon2id$")


@pytest.mark.parametrize("length", [0, 1, 11, 201, 100_000])
def test_outside_them(length: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        hash_password("é" * length)
    assert (refusal.value.code, refusal.value.field) == ("account.password_length", "password")
    assert refusal.value.sentence == "Le mot de passe doit compter de 12 à 200 caractères."


def test_two_hashes_of_one_password_differ_and_neither_holds_it() -> None:
    hashes = {hash_password("une phrase bien à moi") for _ in range(3)}
    assert len(hashes) == 3
    assert not any("phrase" in one for one in hashes)
