"""What is wrong with an IBAN or a BIC, in a sentence for whoever typed it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban

from bonus.adapters.bank_details import bic_problem, french_iban, iban_problem

IBAN = french_iban("30001", "00794", "12345678901")


class TestIban:
    @pytest.mark.parametrize(
        "iban",
        [
            "FR1420041010050500013M02606",  # a letter in the account
            "fr76 3000 6000 0112 3456 7890 189",
            "DE89 3704 0044 0532 0130 00",
            "BE68 5390 0754 7034",
            "MC5811222000010123456789030",
            IBAN,
        ],
    )
    def test_good_ones(self, iban: str) -> None:
        assert iban_problem(iban) is None

    @pytest.mark.parametrize(
        ("iban", "said"),
        [
            ("", "Indiquez"),
            ("   ", "Indiquez"),
            ("30006000011234567890189", "deux lettres"),
            ("FR76-3000-6000-0112-3456-7890-189", "deux lettres"),
            ("ＦＲ7630006000011234567890189", "deux lettres"),
            ("FR٧٦30006000011234567890189", "deux lettres"),
            ("F" * 5_000, "deux lettres"),
            ("FR7630006000011234567890188", "erreur de copie"),
            ("FR7630006000011234567809189", "erreur de copie"),
            ("TR330006100519786457841326", "espace SEPA"),
            ("US64SVBKUS6S3300958879", "espace SEPA"),
            ("FR2012542547256985425874698", "clé RIB"),  # MOD 97 is right, the RIB key is not
        ],
    )
    def test_bad_ones_have_their_sentence(self, iban: str, said: str) -> None:
        problem = iban_problem(iban)
        assert problem is not None
        assert said in problem
        assert problem.endswith(".")

    def test_a_wrong_length_is_said_when_the_check_is_right(self) -> None:
        short = "3000600001123456789018"
        check = stdnum_iban.calc_check_digits(f"FR00{short}")
        assert "longueur" in (iban_problem(f"FR{check}{short}") or "")

    @settings(deadline=None)
    @given(st.from_regex(r"\A[0-9]{5}\Z"), st.from_regex(r"\A[0-9]{5}\Z"), st.from_regex(r"\A[0-9A-Z]{11}\Z"))
    def test_an_account_made_is_good_and_one_digit_off_is_not(
        self, bank: str, branch: str, account: str
    ) -> None:
        iban = french_iban(bank, branch, account)
        assert iban_problem(iban) is None
        for place in range(2, len(iban)):
            if iban[place].isdigit():
                other = str((int(iban[place]) + 1) % 10)
                assert iban_problem(iban[:place] + other + iban[place + 1 :]) is not None

    @pytest.mark.parametrize(
        "parts", [("3000", "100794", "12345678901"), ("30001", "00794", "123"), ("", "", "")]
    )
    def test_an_account_of_another_length_is_not_made(self, parts: tuple[str, str, str]) -> None:
        with pytest.raises(ValueError, match="5 digits"):
            french_iban(*parts)

    @given(st.text(max_size=40))
    def test_any_text_gets_an_answer(self, text: str) -> None:
        assert iban_problem(text) is None or iban_problem(text).endswith(".")  # type: ignore[union-attr]


class TestBic:
    @pytest.mark.parametrize("bic", ["", "  ", "AGRIFRPP", "AGRIFRPP882", "agrifrpp"])
    def test_good_ones(self, bic: str) -> None:
        assert bic_problem(bic) is None

    @pytest.mark.parametrize("bic", ["AGRI", "AGRIFRPP8", "AGRIF1PP", "AGRIFRPP8822"])
    def test_bad_ones(self, bic: str) -> None:
        assert "BIC" in (bic_problem(bic) or "")
