"""Payment files: valid, exact to the cent, the same again, and never other than the orders."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest
import sepaxml
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bonus.adapters import sepa
from bonus.adapters.sepa import (
    MAXIMUM_CENTS,
    MAXIMUM_TRANSFERS,
    Address,
    BankAccount,
    PaymentFile,
    PaymentFileError,
    Transfer,
    french_iban,
    payment_file,
    sepa_text,
)
from bonus.errors import InvalidInput

NAMESPACE = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
IBAN = french_iban("30001", "00794", "12345678901")
DEBTOR = BankAccount("Agence comptable", french_iban("10071", "75000", "00001000005"), Address("Paris", "FR"))
PAYEE = BankAccount("L’Œuvre & Fils", IBAN, Address("Lyon", "FR", "69003", "12 rue des Forges"), "AGRIFRPP")
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def transfer(rank: int = 1, **changes: Any) -> Transfer:
    values: dict[str, Any] = {
        "order_number": f"OP-2026-{rank:06d}",
        "claim_number": f"BS-2026-{rank:06d}",
        "payee": PAYEE,
        "amount_cents": 10_000 + rank,
        "execution_date": MONDAY,
        **changes,
    }
    return Transfer(**values)


def batch(*transfers: Transfer, **changes: Any) -> PaymentFile:
    values: dict[str, Any] = {
        "message_id": "LOT-2026-000001",
        "created_at": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
        "debtor": DEBTOR,
        "transfers": transfers or (transfer(),),
        **changes,
    }
    return PaymentFile(**values)


def texts(content: bytes, path: str) -> list[str | None]:
    return [node.text for node in etree.fromstring(content).iterfind(path, NAMESPACE)]


def test_the_file_says_what_the_order_says() -> None:
    content = payment_file(batch(transfer(7, amount_cents=1_234_505)))
    assert texts(content, ".//p:MsgId") == ["LOT-2026-000001"]
    assert texts(content, ".//p:CreDtTm") == ["2026-11-22T10:30:00+01:00"]
    assert texts(content, ".//p:PmtInfId") == ["LOT-2026-000001-001"]
    assert texts(content, ".//p:ReqdExctnDt/p:Dt") == ["2026-11-23"]
    assert texts(content, ".//p:EndToEndId") == ["OP-2026-000007"]
    assert texts(content, ".//p:InstdAmt") == ["12345.05"]
    assert texts(content, ".//p:CtrlSum") == ["12345.05", "12345.05"]
    assert texts(content, ".//p:NbOfTxs") == ["1", "1"]
    assert texts(content, ".//p:Ustrd") == ["Bonus Souverainete dossier BS-2026-000007"]
    assert texts(content, ".//p:Dbtr/p:Nm") == ["Agence comptable"]
    assert texts(content, ".//p:DbtrAcct//p:IBAN") == [DEBTOR.iban]
    assert texts(content, ".//p:Cdtr/p:Nm") == ["L'OEuvre + Fils"]
    assert texts(content, ".//p:CdtrAcct//p:IBAN") == [IBAN]
    assert texts(content, ".//p:CdtrAgt//p:BICFI") == ["AGRIFRPP"]
    assert texts(content, ".//p:Cdtr/p:PstlAdr/*") == ["12 rue des Forges", "69003", "Lyon", "FR"]
    assert texts(content, ".//p:Dbtr/p:PstlAdr/*") == ["Paris", "FR"]
    assert texts(content, ".//p:SvcLvl/p:Cd") == ["SEPA"]
    assert texts(content, ".//p:ChrgBr") == ["SLEV"]
    assert etree.fromstring(content).find(".//p:InstdAmt", NAMESPACE).get("Ccy") == "EUR"  # type: ignore[union-attr]


def test_a_bank_without_bic_is_left_to_the_iban() -> None:
    content = payment_file(batch(transfer(payee=replace(PAYEE, bic=None))))
    assert texts(content, ".//p:CdtrAgt") == []
    assert texts(content, ".//p:DbtrAgt/p:FinInstnId/p:Othr/p:Id") == ["NOTPROVIDED"]
    known = payment_file(batch(debtor=replace(DEBTOR, bic="TRPUFRP1")))
    assert texts(known, ".//p:DbtrAgt/p:FinInstnId/p:BICFI") == ["TRPUFRP1"]
    assert texts(known, ".//p:DbtrAgt//p:Othr") == []


def test_it_is_valid_for_a_validator_other_than_ours() -> None:
    schema = xmlschema.XMLSchema(str(files(sepaxml) / "schemas/pain.001.001.09.xsd"))
    content = payment_file(
        batch(transfer(1), transfer(2, execution_date=TUESDAY), debtor=replace(DEBTOR, bic="TRPUFRP1"))
    )
    schema.validate(content.decode())


def test_the_same_batch_gives_the_same_bytes() -> None:
    orders = [transfer(rank, execution_date=(MONDAY, TUESDAY)[rank % 2]) for rank in range(1, 6)]
    assert payment_file(batch(*orders)) == payment_file(batch(*orders))
    assert payment_file(batch(*orders)) != payment_file(batch(*orders, message_id="LOT-2026-000002"))


def test_one_group_a_day_in_the_order_of_days() -> None:
    orders = [transfer(1, execution_date=TUESDAY), transfer(2), transfer(3, execution_date=TUESDAY)]
    content = payment_file(batch(*orders))
    assert texts(content, ".//p:PmtInf/p:ReqdExctnDt/p:Dt") == ["2026-11-23", "2026-11-24"]
    assert texts(content, ".//p:PmtInf/p:NbOfTxs") == ["1", "2"]
    assert texts(content, ".//p:PmtInf/p:CtrlSum") == ["100.02", "200.04"]
    assert texts(content, ".//p:GrpHdr/p:CtrlSum") == ["300.06"]
    assert texts(content, ".//p:EndToEndId") == ["OP-2026-000002", "OP-2026-000001", "OP-2026-000003"]
    assert texts(content, ".//p:PmtInfId") == ["LOT-2026-000001-001", "LOT-2026-000001-002"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, MAXIMUM_CENTS), st.dates(date(2026, 1, 1), date(2030, 12, 31))),
        min_size=1,
        max_size=12,
    )
)
def test_sums_are_exact_to_the_cent(drawn: list[tuple[int, date]]) -> None:
    orders = [
        transfer(rank, amount_cents=cents, execution_date=day) for rank, (cents, day) in enumerate(drawn, 1)
    ]
    content = payment_file(batch(*orders))
    amounts = [Decimal(text or "") for text in texts(content, ".//p:InstdAmt")]
    assert sum(amounts) == Decimal(sum(cents for cents, _ in drawn)) / 100
    assert texts(content, ".//p:GrpHdr/p:CtrlSum") == [f"{sum(amounts):.2f}"]
    assert len(texts(content, ".//p:PmtInf")) == len({day for _, day in drawn})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120), st.text(max_size=120))
def test_any_name_and_address_make_a_valid_file_or_a_refusal(name: str, town: str, street: str) -> None:
    payee = replace(PAYEE, holder=name, address=Address(town, "FR", street, street))
    try:
        content = payment_file(batch(transfer(payee=payee)))
    except InvalidInput as refused:
        assert refused.code in {"payment.name", "payment.address"}  # noqa: PT017
        assert not (sepa_text(name, 70) and sepa_text(town, 35))
    else:
        assert texts(content, ".//p:Cdtr/p:Nm") == [sepa_text(name, 70)]


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (transfer(amount_cents=0), "payment.amount"),
        (transfer(amount_cents=-1), "payment.amount"),
        (transfer(amount_cents=MAXIMUM_CENTS + 1), "payment.amount"),
        (transfer(payee=replace(PAYEE, holder=" ")), "payment.name"),
        (transfer(payee=replace(PAYEE, holder="«»")), "payment.name"),
        (transfer(payee=replace(PAYEE, iban="FR2012542547256985425874698")), "payment.account"),
        (transfer(payee=replace(PAYEE, bic="NOBANK")), "payment.account"),
        (transfer(payee=replace(PAYEE, address=Address("", "FR"))), "payment.address"),
        (transfer(payee=replace(PAYEE, address=Address("Lyon", "France"))), "payment.address"),
        (transfer(order_number=""), "payment.order_number"),
        (transfer(order_number="OP 1"), "payment.order_number"),
        (transfer(order_number="/OP1"), "payment.order_number"),
        (transfer(order_number="O" * 36), "payment.order_number"),
    ],
)
def test_what_no_bank_would_pay_is_refused_by_its_name(order: Transfer, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        payment_file(batch(transfer(99), order))
    assert refused.value.code == code
    assert order.order_number in refused.value.sentence


def test_a_batch_is_refused_empty_too_long_or_with_an_order_twice() -> None:
    for transfers in ((), (transfer(),) * (MAXIMUM_TRANSFERS + 1)):
        with pytest.raises(InvalidInput) as refused:
            payment_file(replace(batch(), transfers=transfers))
        assert refused.value.code == "payment.count"
    with pytest.raises(InvalidInput) as refused:
        payment_file(batch(transfer(1), transfer(2), transfer(1, amount_cents=5)))
    assert refused.value.code == "payment.order_twice"
    assert "OP-2026-000001" in refused.value.sentence


@pytest.mark.parametrize("message_id", ["", "x" * 32, "LOT 1", "LOT//1"])
def test_a_batch_number_must_fit(message_id: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        payment_file(batch(message_id=message_id))
    assert refused.value.code == "payment.message_id"


def test_limits_themselves_are_allowed() -> None:
    content = payment_file(
        batch(transfer(order_number="O" * 35, amount_cents=MAXIMUM_CENTS), message_id="x" * 31)
    )
    assert texts(content, ".//p:InstdAmt") == ["999999999.99"]


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        payment_file(batch(created_at=datetime(2026, 11, 22, 9, 30)))  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    ("found", "written"),
    [
        (b">100.01</InstdAmt>", b">100.02</InstdAmt>"),
        (b"<CtrlSum>200.03</CtrlSum></GrpHdr>", b""),
        (b"<NbOfTxs>2</NbOfTxs>", b"<NbOfTxs>3</NbOfTxs>"),
        (b">OP-2026-000001<", b">OP-2026-000002<"),
        (b"2026-11-23", b"2026-11-24"),
        (IBAN.encode(), DEBTOR.iban.encode()),
    ],
)
def test_a_file_that_differs_from_the_orders_never_leaves(
    found: bytes, written: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer is made to lie once: the check that follows sees it."""
    orders = batch(transfer(1), transfer(2))
    good = payment_file(orders)
    if written:
        assert found in good
        bad = good.replace(found, written, 1)
    else:
        bad = good.replace(b"<CtrlSum>200.03</CtrlSum>", b"<CtrlSum>200.04</CtrlSum>", 1)
    monkeypatch.setattr(etree, "tostring", lambda *_, **__: bad)
    with pytest.raises(PaymentFileError):
        payment_file(orders)


def test_what_the_schema_refuses_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sepa, "_identify", lambda document, _batch: document.clear())
    with pytest.raises(PaymentFileError, match="not valid"):
        payment_file(batch())


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Société Générale", 70, "Societe Generale"),
        ("L’Œuvre & Fils", 70, "L'OEuvre + Fils"),
        ("Straße 1", 70, "Strasse 1"),
        ("Ελλάς", 70, "Ellas"),
        ("a//b///c", 70, "a/b/c"),
        ("/debut et fin/", 70, "debut et fin"),
        ("a_b*c=d", 70, "a b c d"),
        ("x" * 200, 70, "x" * 70),
        ("a" * 34 + " b", 35, "a" * 34),
        ("\u0000\n\t", 70, ""),
        ("dossier n°\u00a012", 70, "dossier no 12"),
    ],
)
def test_text_is_written_in_the_sepa_alphabet(text: str, limit: int, expected: str) -> None:
    assert sepa_text(text, limit) == expected
