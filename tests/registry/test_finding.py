"""Which offer a certifier means: by reference, else by name or other name; in doubt, neither."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from bonus.audit.service import Actor
from bonus.errors import Refusal
from bonus.registry.finding import Offers, find_solution, name_key
from bonus.registry.models import Solution
from bonus.registry.service import add_alias, enter_solution, enter_supplier
from tests.support.world import NOW

KEEPER = Actor("Gardienne du registre")
SIREN = "900100207"


def offers() -> Offers:
    """1 and 2 are two sizes of one offer, 3 has no reference, 4 goes by other names too."""
    found = Offers()
    found.note(1, "Messagerie Pro", "MP-50")
    found.note(2, "Messagerie Pro", "MP-100")
    found.note(3, "Coffre-fort numérique", None)
    found.note(4, "Sauvegarde", "SV", names=["Copie de sûreté"], references=["OLD SV"])
    return found


@pytest.mark.parametrize(
    ("name", "reference", "expected"),
    [
        ("Messagerie Pro", "MP-50", 1),
        ("messagerie  PRO", "mp100", 2),
        ("Un autre nom", "MP-100", 2),
        ("Messagerie Pro", "MP-500", None),  # another size: a new offer
        ("coffre fort NUMERIQUE", None, 3),
        ("Coffre-fort numérique", "CF-1", 3),  # its reference is learned
        ("Coffre-fort numérique", "—", 3),  # no letter nor digit: no reference
        ("Copie de surete", None, 4),
        ("Copie de sûreté", "old-sv", 4),
        ("Copie de sûreté", "SV-2", None),
        ("Coffre", None, None),
        ("Sauvegardes", None, None),
        ("***", None, None),
        ("", "", None),
    ],
)
def test_what_is_found(name: str, reference: str | None, expected: int | None) -> None:
    assert offers().find(name, reference) == expected


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Messagerie Pro", None),
        ("Messagerie Pro", " - "),
        ("Sauvegarde", "MP-50"),
        ("Coffre-fort numérique", "SV"),
    ],
)
def test_two_that_answer(name: str, reference: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        offers().find(name, reference)
    assert refused.value.code == "registry.ambiguous_solution"
    assert name in refused.value.sentence


def test_the_own_name_comes_before_an_other_name() -> None:
    found = offers()
    found.note(5, "Copie de sûreté", None)
    assert found.find("Copie de sûreté", None) == 5


def test_one_reference_for_two_offers() -> None:
    """The keeper's fault, or a supplier's: the name tells them apart, else nothing does."""
    found = Offers()
    found.note(1, "Nuage A", "N-1")
    found.note(2, "Nuage B", "N 1")
    assert found.find("Nuage B", "N1") == 2
    with pytest.raises(Refusal):
        found.find("Nuage C", "N1")


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert Offers().find("Messagerie Pro", "MP") is None


def entered(name: str, reference: str | None = None, identifier: str = SIREN) -> Solution:
    supplier = enter_supplier(identifier, "Fournisseur", KEEPER, NOW)
    return enter_solution(supplier, name, "cloud", KEEPER, NOW, reference=reference)


def test_in_the_registry(any_session: Session) -> None:
    first, second = entered("Messagerie", "M-1"), entered("Messagerie", "M-2")
    other = entered("Messagerie", None, "900600008")
    add_alias(first, "name", "Courriel souverain", "keeper", NOW)
    add_alias(first, "reference", "ANCIENNE-1", "keeper", NOW)
    assert find_solution(SIREN, "Messagerie", "M-2") is second
    assert find_solution(SIREN, "courriel SOUVERAIN", None) is first
    assert find_solution(SIREN, "x", "ancienne 1") is first
    assert find_solution("900600008", "messagerie", None) is other
    assert find_solution("900600008", "Courriel souverain", None) is None
    assert find_solution("732829320", "Messagerie", "M-1") is None
    with pytest.raises(Refusal):
        find_solution(SIREN, "Messagerie", None)


def test_long_names_compare_by_their_beginning() -> None:
    """As aliases are kept: two hundred characters."""
    assert name_key("É" * 300) == "e" * 200
