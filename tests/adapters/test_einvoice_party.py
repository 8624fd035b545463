"""Identifiers of sellers and buyers: what is taken, what is doubted, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.adapters.einvoice import read_invoice
from bonus.adapters.einvoice.model import Party
from bonus.adapters.einvoice.party import read_party

from .einvoice_samples import SELLER, cii, terms, ubl

SIREN, SIRET, VAT = "900100207", "90010020700019", "FR83900100207"
LA_POSTE, LA_POSTE_BRANCH = "356000000", "35600000049837"  # its branches add up to a multiple of 5, no Luhn


def party(**given_terms: Any) -> Party:
    return read_party({"name": "Nuage", "country_code": "FR", **given_terms}, "vendeur")


def legal(identifier: str, scheme: str | None = "0002") -> dict[str, str]:
    return {"legal_identifier": identifier} | ({"legal_identifier_schemeid": scheme} if scheme else {})


@pytest.mark.parametrize(
    "given_terms",
    [
        legal(SIREN),
        legal("900 100 207"),
        legal(SIREN, None),
        legal(SIRET),
        legal(SIRET, "0009"),
        {"identifiers": {"0009": SIRET}},
        {"identifiers": {"0002": SIREN}},
        {"vat_identifier": VAT},
        {"vat_identifier": "fr 83 900 100 207"},
        {**legal(SIREN), "identifiers": {"0009": SIRET, "0088": "1234567890123"}, "vat_identifier": VAT},
    ],
)
def test_the_siren_is_found_wherever_it_stands(given_terms: dict[str, Any]) -> None:
    found = party(**given_terms)
    assert (found.siren, found.supplier_id, found.invalid, found.warnings) == (SIREN, SIREN, (), ())


def test_a_siret_given_as_legal_identifier_is_cut_and_kept() -> None:
    found = party(**legal(SIRET))
    assert (found.siren, found.siret) == (SIREN, SIRET)


def test_la_poste() -> None:
    found = party(**legal(LA_POSTE_BRANCH))
    assert (found.siren, found.siret, found.invalid) == (LA_POSTE, LA_POSTE_BRANCH, ())
    wrong = party(**legal("35600000049838"))
    assert wrong.invalid == ("siret",)


def test_a_wrong_siret_of_a_right_siren_is_kept_with_a_warning() -> None:
    found = party(**legal("90010020700018"))
    assert (found.siren, found.siret, found.invalid) == (SIREN, "90010020700018", ("siret",))
    assert found.supplier_id == SIREN
    assert found.warnings == ("Le SIRET du vendeur n’est pas valide\u00a0: 90010020700018.",)


def test_a_wrong_siren_is_kept_but_identifies_nobody() -> None:
    found = party(**legal("900100208"))
    assert (found.siren, found.invalid, found.supplier_id) == ("900100208", ("siren",), None)
    assert found.warnings == ("Le SIREN du vendeur n’est pas valide\u00a0: 900100208.",)


@pytest.mark.parametrize("text", ["", "   ", "RCS Nantes", "9001002071", "９００１００２０７", "x" * 5000])
def test_odd_legal_identifiers_never_crash(text: str) -> None:
    found = party(**legal(text))
    assert found.supplier_id is None
    assert found.warnings
    assert all(len(warning) < 200 for warning in found.warnings)


def test_identifiers_that_disagree_are_said() -> None:
    found = party(**legal("900200304"), vat_identifier=VAT)
    assert found.siren == "900200304"
    assert "ne concordent pas" in found.warnings[0]
    assert SIREN in found.warnings[0]


def test_a_wrong_siren_gives_way_to_a_right_vat_number_and_it_is_said() -> None:
    found = party(**legal("900100208"), vat_identifier=VAT)
    assert (found.siren, found.supplier_id) == (SIREN, SIREN)
    assert "900100208" in found.warnings[0]


@pytest.mark.parametrize(
    "vat",
    [
        "DE136695976",
        "BE0428759497",
        "EL094259216",
        "NO995525828MVA",
        "IS00621",
        "LI12345",
        "IT00743110157",
        "ESB58378431",
    ],
)
def test_a_supplier_elsewhere_in_the_eea_is_its_vat_number(vat: str) -> None:
    found = party(country_code=vat[:2], vat_identifier=vat, **legal("HRB 1234", "0204"))
    assert (found.siren, found.vat_number, found.supplier_id, found.warnings) == (None, vat, vat, ())


@pytest.mark.parametrize(
    "vat", ["DE136695977", "BE0428759498", "NO995525829MVA", "IS1", "LI1234567", "DE", "IT"]
)
def test_a_wrong_vat_number_identifies_nobody(vat: str) -> None:
    found = party(vat_identifier=vat)
    assert (found.vat_number, found.invalid, found.supplier_id) == (vat, ("vat_number",), None)
    assert vat in found.warnings[0]


@pytest.mark.parametrize("vat", ["GB980780684", "CHE107787577", "XI110305878", "12345678901", "US1"])
def test_outside_the_eea_there_is_no_supplier_identifier(vat: str) -> None:
    found = party(vat_identifier=vat)
    assert found.supplier_id is None
    assert "Espace économique européen" in found.warnings[0]


def test_a_number_of_monaco_holds_no_siren() -> None:
    found = party(vat_identifier="FR53000004605")
    assert (found.vat_number, found.siren, found.invalid, found.supplier_id) == (
        "FR53000004605",
        None,
        (),
        None,
    )


def test_a_foreign_legal_identifier_is_not_taken_for_a_siren() -> None:
    assert party(country_code="DE", **legal(SIREN, None)).siren is None
    assert party(**legal(SIREN, "0204")).siren is None


@given(
    st.dictionaries(
        st.sampled_from(
            ["name", "legal_identifier", "legal_identifier_schemeid", "vat_identifier", "country_code"]
        ),
        st.one_of(
            st.text(max_size=40),
            st.from_regex(r"(FR)?[0-9 .]{0,18}", fullmatch=True),
            st.lists(st.text(), max_size=3),
        ),
    ),
    st.dictionaries(st.sampled_from(["0002", "0009", "0088", "null"]), st.text(max_size=20)),
)
def test_whatever_is_given_the_identifier_is_checked(
    some: dict[str, Any], identifiers: dict[str, str]
) -> None:
    found = read_party({**some, "identifiers": identifiers}, "client")
    if found.supplier_id is not None:
        assert (
            party(**legal(found.supplier_id)).invalid == ()
            or party(vat_identifier=found.supplier_id).invalid == ()
        )
    if found.invalid or found.siren is None:
        assert found.warnings or found.vat_number


@pytest.mark.parametrize("write", [cii, ubl])
def test_warnings_of_both_parties_stand_on_the_invoice(write: Any) -> None:
    seller = {**SELLER, "identifiers": {"0009": "90010020700018"}}
    buyer = {
        "name": "Atelier",
        "country_code": "FR",
        "legal_identifier": "987654321",
        "legal_identifier_schemeid": "0002",
    }
    invoice = read_invoice(write(terms(BG_4=seller, BG_7=buyer)))
    assert "Le SIRET du vendeur n’est pas valide\u00a0: 90010020700018." in invoice.warnings
    assert "Le SIREN du client n’est pas valide\u00a0: 987654321." in invoice.warnings
    assert invoice.buyer.siren == "987654321"
    assert invoice.buyer.supplier_id is None
