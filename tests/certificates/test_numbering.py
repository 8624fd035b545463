"""Certificate numbers and keys: what is printed is read back, what is miscopied is noticed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.certificates.numbering import (
    ALPHABET,
    KEY_BYTES,
    RANDOM_BYTES,
    is_well_formed,
    make_key,
    make_number,
    normalise,
    normalise_key,
    read_number,
    same_key,
)
from bonus.errors import InvalidInput

YEARS = st.integers(2000, 9999)
SEQUENCES = st.integers(1, 999_999_999)
RANDOMS = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
NUMBER = make_number(2026, 1, bytes(4))


def test_a_number_reads_as_documented() -> None:
    assert NUMBER[:-2] == "AF-2026-000001-000000-"
    # ISO 7064 MOD 97-10 by its definition: letters are 10 to 35, the whole is 1 modulo 97.
    assert int("".join(str(int(c, 36)) for c in NUMBER.replace("-", ""))) % 97 == 1


def test_the_random_part_keeps_thirty_bits() -> None:
    assert make_number(2026, 1, b"\xff\xff\xff\xff").split("-")[3] == "ZZZZZZ"
    assert make_number(2026, 1, b"\x00\x00\x00\x04").split("-")[3] == "000001"


@given(YEARS, SEQUENCES, RANDOMS)
def test_every_number_made_is_well_formed_and_read_back(year: int, sequence: int, random: bytes) -> None:
    number = make_number(year, sequence, random)
    assert is_well_formed(number)
    assert normalise(number) == number
    assert read_number(number.lower().replace("-", " ")) == number
    assert read_number(number.replace("-", "")) == number
    assert read_number(number.replace("0", "o").replace("1", "l").replace("-", "–")) == number


@given(YEARS, SEQUENCES, RANDOMS, st.data())
def test_a_miscopied_digit_or_letter_is_noticed(
    year: int, sequence: int, random: bytes, data: st.DataObject
) -> None:
    number = make_number(year, sequence, random)
    place = data.draw(st.sampled_from([i for i, c in enumerate(number) if c != "-"]))
    same_kind = "0123456789" if number[place].isdigit() else "ABCDEFGHJKMNPQRSTVWXYZ"
    other = data.draw(st.sampled_from([c for c in same_kind if c != number[place]]))
    assert not is_well_formed(number[:place] + other + number[place + 1 :])


@given(YEARS, SEQUENCES, RANDOMS, st.data())
def test_two_neighbours_swapped_are_noticed(
    year: int, sequence: int, random: bytes, data: st.DataObject
) -> None:
    number = make_number(year, sequence, random)
    places = [
        i
        for i, (one, two) in enumerate(pairwise(number))
        if one != two and "-" not in (one, two) and one.isdigit() == two.isdigit()
    ]
    if places:
        place = data.draw(st.sampled_from(places))
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert not is_well_formed(swapped)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AF",
        "AF-2026-000001-000000",
        "BF-2026-000001-000000-00",
        "AF-2026-00001-000000-00",
        "AF-2026-000001-00000U-00",
        "AF-2026-000001-000000-0A",
        "AF-٢٠٢٦-000001-000000-00",
        "ａｆ-2026-000001-000000-00",
        "A" * 10_000,
        "AF-2026-000001-000000-00" + " " * 80,
        "' or 1=1 --",
    ],
)
def test_what_is_no_number_is_said_so(text: str) -> None:
    assert normalise(text) is None
    assert not is_well_formed(text)
    with pytest.raises(InvalidInput) as refused:
        read_number(text)
    assert refused.value.code == "certificate.number_form"
    assert refused.value.field == "numero"


def test_a_wrong_check_has_its_own_sentence() -> None:
    wrong = NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")
    assert normalise(wrong) == wrong
    with pytest.raises(InvalidInput) as refused:
        read_number(wrong)
    assert refused.value.code == "certificate.number_check"


def test_check_digits_have_one_spelling() -> None:
    """97 more is the same remainder: 01 and 98 would both pass a bare MOD 97-10."""
    for random in range(0, 4 * 400, 4):
        number = make_number(2026, 1, random.to_bytes(4, "big"))
        check = int(number[-2:])
        for alias in (check - 97, check + 97):
            if 0 <= alias <= 99:
                assert not is_well_formed(f"{number[:-2]}{alias:02d}")


@pytest.mark.parametrize(
    ("year", "sequence", "random"),
    [(1999, 1, b"1234"), (10_000, 1, b"1234"), (2026, 0, b"1234"), (2026, 10**9, b"1234"), (2026, 1, b"123")],
)
def test_parts_out_of_range_are_refused(year: int, sequence: int, random: bytes) -> None:
    with pytest.raises(ValueError, match=r"year|place|bytes"):
        make_number(year, sequence, random)


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_a_key_is_read_back_however_it_is_typed(random: bytes) -> None:
    key = make_key(random)
    assert len(key.replace("-", "")) * 5 == KEY_BYTES * 8
    assert normalise_key(key) == key
    assert same_key(f" {key.lower().replace('-', '')} ", key)
    assert same_key(key.replace("0", "O").replace("1", "i"), key)


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES), st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_two_keys_are_the_same_only_when_their_bytes_are(one: bytes, two: bytes) -> None:
    assert same_key(make_key(one), make_key(two)) == (one == two)


@pytest.mark.parametrize("text", ["", "U" * 16, "0" * 15, "0" * 17, "é" * 16, "0" * 1000])
def test_what_is_no_key_opens_nothing(text: str) -> None:
    assert normalise_key(text) is None
    assert not same_key(text, make_key(bytes(KEY_BYTES)))


def test_a_key_needs_its_bytes() -> None:
    with pytest.raises(ValueError, match="bytes"):
        make_key(b"short")


def test_the_alphabet_has_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("ILOU") & set(ALPHABET)
