"""Bank files made to hurt: each refused within a bound of time and of memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonus.adapters.bank_messages import MAX_BYTES, BankMessage, read_bank_message, stream
from bonus.errors import InvalidInput

from .bank_samples import Entry, account, document, header, line, report, returned

SECONDS = 8.0
XML = b'<?xml version="1.0" encoding="UTF-8"?>'


def laughs() -> bytes:
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10 if level else b"ha")
        for level in range(10)
    )
    return XML + b"<!DOCTYPE l [" + entities + b"]><l>&a9;</l>"


def outside() -> bytes:
    return XML + b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>'


def deep() -> bytes:
    return document("pain.002.001.10", "<a>" * 200 + "</a>" * 200)


def deeper() -> bytes:
    return b"<a>" * 2_000_000


def wide() -> bytes:
    return document("camt.053.001.08", "<a/>" * 3_000_000)


def attributes() -> bytes:
    one = "<a " + " ".join(f'b{rank}=""' for rank in range(900)) + "/>"
    return document("camt.053.001.08", one * 2_000)


def one_huge_tag() -> bytes:
    return b"<Document " + b" ".join(b'b%d=""' % rank for rank in range(500_000)) + b"/>"


def many_names() -> bytes:
    return document("camt.053.001.08", "".join(f"<a{rank}/>" for rank in range(1_000_000)))


def huge_text() -> bytes:
    return report(line("RJCT", inside=f"<StsRsnInf><AddtlInf>{'x' * 20_000_000}</AddtlInf></StsRsnInf>"))


def hidden_in_utf_16() -> bytes:
    return ('<?xml version="1.0" encoding="UTF-16"?>' + laughs().decode()[38:]).encode("utf-16")


def hidden_in_utf_7() -> bytes:
    return b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x+AD4-'


def two_messages() -> bytes:
    inside = report(line("ACCP")).partition(b"?>")[2]
    return b"<all>" + inside * 2 + b"</all>"


def too_large() -> bytes:
    return report(line("ACCP")) + b" " * MAX_BYTES


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (laughs, "entities"),
        (outside, "entities"),
        (deep, "hurtful"),
        (deeper, "hurtful"),
        (wide, "hurtful"),
        (attributes, "hurtful"),
        (one_huge_tag, "hurtful"),
        (many_names, "hurtful"),
        (huge_text, "not_xml"),
        (hidden_in_utf_16, "encoding"),
        (hidden_in_utf_7, "encoding"),
        (two_messages, "several"),
        (too_large, "too_large"),
    ],
)
def test_it_is_refused_in_bounded_time(made: Callable[[], bytes], code: str) -> None:
    content = made()
    start = time.perf_counter()
    with pytest.raises(InvalidInput) as caught:
        read_bank_message(content)
    assert time.perf_counter() - start < SECONDS
    assert caught.value.code == f"bank_file.{code}"


def test_too_many_items_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bonus.adapters.bank_messages.reader.MAX_ITEMS", 2)
    with pytest.raises(InvalidInput) as caught:
        read_bank_message(report(line("ACCP") * 3))
    assert caught.value.code == "bank_file.too_many"


def test_a_large_file_costs_its_items_and_not_its_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three thousand transfers hold far more elements than may be in memory at once."""
    monkeypatch.setattr(stream, "MAX_HELD", 12_000)
    content = account(*[Entry(order=f"OP-{rank}") for rank in range(3_000)], version="camt.053.001.08")
    tracemalloc.start()
    try:
        message = read_bank_message(content)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert len(message.items) == 3_000


NAMES = [
    "GrpHdr", "MsgId", "CreDtTm", "TxDtls", "Ntry", "NtryDtls", "Stmt", "Ntfctn", "Bal", "Amt", "Refs", "EndToEndId",
    "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts", "TxInf", "OrgnlGrpInf", "TxSts", "Sts", "Btch", "Document",
]  # fmt: skip
VERSIONS = ["pain.002.001.10", "camt.054.001.08", "camt.053.001.02", "pacs.004.001.09"]
TREES = st.recursive(
    st.sampled_from(["", "x", "2026-11-23", "100.00", "BOOK", "RJCT"]),
    lambda inner: st.lists(st.tuples(st.sampled_from(NAMES), inner), max_size=4).map(
        lambda children: "".join(f"<{name}>{inside}</{name}>" for name, inside in children)
    ),
    max_leaves=20,
)


def read_or_refused(content: bytes) -> None:
    try:
        message = read_bank_message(content)
    except InvalidInput:
        return
    assert isinstance(message, BankMessage)


@settings(max_examples=200)
@given(st.sampled_from(VERSIONS), TREES, st.booleans())
def test_elements_in_any_place_are_read_or_refused(version: str, tree: str, whole: bool) -> None:
    read_or_refused(document(version, (header() if whole else "") + tree))


@settings(max_examples=200)
@given(
    st.sampled_from([report(line("RJCT")), account(Entry()), returned()]),
    st.integers(0, 2_000),
    st.integers(0, 40),
    st.binary(max_size=6),
)
def test_a_damaged_file_is_read_or_refused(good: bytes, at: int, cut: int, put: bytes) -> None:
    at %= len(good)
    read_or_refused(good[:at] + put + good[at + cut :])
