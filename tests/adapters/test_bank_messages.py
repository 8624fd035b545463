"""What banks answer, read: each kind, each status, each version, each level."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonus.adapters.bank_messages import Balance, BankItem, PayeeCheck, read_bank_message
from bonus.adapters.bank_messages.status_report import CHECKS, SAID
from bonus.errors import InvalidInput
from bonus.money import amount_string

from .bank_samples import (
    FILE,
    ORDER,
    OURS,
    PAYEE,
    PAYMENT,
    Entry,
    account,
    balance,
    batch_booked,
    document,
    line,
    reason,
    report,
    returned,
)


def only(data: bytes) -> BankItem:
    (item,) = read_bank_message(data).items
    return item


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_bank_message(data)
    assert caught.value.field == "file"
    return caught.value.code


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("RCVD", "accepted"),
        ("ACTC", "accepted"),
        ("ACCP", "accepted"),
        ("ACSP", "accepted"),
        ("PDNG", "pending"),
        ("PART", "partial"),
        ("ACSC", "executed"),
        ("ACCC", "executed"),
        ("RJCT", "rejected"),
        ("CANC", "unknown"),
        ("BLCK", "unknown"),
        ("ACWC", "unknown"),
        ("ZZZZ", "unknown"),
    ],
)
def test_each_status_at_each_level(status: str, said: str) -> None:
    message = read_bank_message(
        report(line(status), group=f"<GrpSts>{status}</GrpSts>", payment=f"<PmtInfSts>{status}</PmtInfSts>")
    )
    assert [(item.level, item.said, item.status) for item in message.items] == [
        ("file", said, status),
        ("transfer", said, status),
        ("payment", said, status),
    ]
    assert {item.original_message_id for item in message.items} == {FILE} == {message.original_message_id}


def test_the_table_of_statuses_says_no_more_than_is_known() -> None:
    assert set(SAID.values()) == {"accepted", "pending", "partial", "executed", "rejected", "verified"}
    assert {status for status, said in SAID.items() if said == "executed"} == {"ACSC", "ACCC"}
    assert {status for status, said in SAID.items() if said == "rejected"} == {"RJCT"}
    assert {status for status, said in SAID.items() if said == "verified"} <= set(CHECKS) | {"RVCM"}


@pytest.mark.parametrize("version", ["02", "03", "05", "08", "10", "11", "12", "14"])
def test_a_rejection_is_read_in_every_version(version: str) -> None:
    item = only(
        report(
            line("RJCT", inside=reason("AC04", "compte clos")),
            version=f"pain.002.001.{version}",
        )
    )
    assert (item.end_to_end_id, item.reason, item.words) == (ORDER, "AC04", "compte clos")
    assert (item.payment_id, item.reference) == (PAYMENT, f"S-{ORDER}")


def test_a_report_says_when_and_for_how_much() -> None:
    details = (
        '<AccptncDtTm>2026-11-23T23:30:00Z</AccptncDtTm><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">100.01</InstdAmt></Amt>'
        f"<DbtrAcct><Id><IBAN>{OURS}</IBAN></Id></DbtrAcct><CdtrAcct><Id><IBAN>{PAYEE}</IBAN></Id></CdtrAcct></OrgnlTxRef>"
    )
    message = read_bank_message(report(line("ACSC", after=details)))
    (item,) = message.items
    assert message.created_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert message.accounts == {OURS}
    assert (item.amount_cents, item.payee_iban) == (10_001, PAYEE)
    assert item.on == date(2026, 11, 24)  # half past midnight in Paris


def test_a_file_refused_as_a_whole() -> None:
    group = "<OrgnlNbOfTxs>4</OrgnlNbOfTxs><OrgnlCtrlSum>400.10</OrgnlCtrlSum><GrpSts>RJCT</GrpSts>"
    item = only(report(group=group + reason("FF01")))
    assert (item.level, item.said, item.reason) == ("file", "rejected", "FF01")
    assert (item.count, item.total_cents) == (4, 40_010)


@pytest.mark.parametrize(
    ("status", "inside", "expected"),
    [
        ("RCVC", "", PayeeCheck("match")),
        ("RVMC", reason("ANNM", "Atelier Fictif SARL"), PayeeCheck("close_match", "Atelier Fictif SARL")),
        ("RVNM", reason("ANNM", "autre titulaire"), PayeeCheck("no_match")),
        ("RVNA", "", PayeeCheck("not_checked")),
        ("ACCP", reason("CMTC", "Atelier Fictif SARL"), PayeeCheck("close_match", "Atelier Fictif SARL")),
        ("RJCT", reason("NMTC"), PayeeCheck("no_match")),
        ("ACCP", "", None),
        ("RJCT", reason("AC04"), None),
    ],
)
def test_the_verification_of_the_payee(status: str, inside: str, expected: PayeeCheck | None) -> None:
    item = only(report(line(status, inside=inside)))
    assert item.check == expected
    assert item.reason in {"", "ANNM", "AC04"}


@pytest.mark.parametrize(
    "version", ["camt.054.001.02", "camt.054.001.08", "camt.054.001.12", "camt.053.001.02", "camt.053.001.08"]
)
@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry(), "executed"),
        (Entry(booked=False), "pending"),
        (Entry(direction="CRDT", back="AC04"), "returned"),
        (Entry(direction="CRDT"), "other_credit"),
        (Entry(direction="CRDT", reversal=True), "reversed"),
        (Entry(reversal=True), "reversed"),
    ],
)
def test_entries(version: str, entry: Entry, said: str) -> None:
    item = only(account(entry, version=version))
    assert (item.said, item.level, item.status) == (said, "transfer", entry.direction)
    assert (item.end_to_end_id, item.original_message_id, item.account) == (ORDER, FILE, OURS)
    assert (item.amount_cents, item.payee_iban, item.reference) == (10_001, PAYEE, "REF-1")
    assert (item.on, item.reason) == (date(2026, 11, 23), entry.back)


def test_a_return_is_known_by_its_family_too() -> None:
    details = (
        f"<TxDtls><Refs><EndToEndId>{ORDER}</EndToEndId></Refs>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd></TxDtls>"
    )
    item = only(account(Entry(direction="CRDT", details=details)))
    assert (item.said, item.reason, item.amount_cents) == ("returned", "", 10_001)


def test_a_debit_of_a_whole_batch_names_it() -> None:
    item = only(account(batch_booked("300.06", 3)))
    assert (item.level, item.said, item.amount_cents, item.count) == ("payment", "executed", 30_006, 3)
    assert (item.original_message_id, item.payment_id, item.end_to_end_id) == (FILE, PAYMENT, "")


def test_a_batch_may_be_named_by_its_only_details() -> None:
    details = f"<TxDtls><Refs><MsgId>{FILE}</MsgId><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>"
    item = only(account(Entry(amount="300.06", details=details)))
    assert (item.level, item.original_message_id, item.end_to_end_id) == ("payment", FILE, "")


def detail(order: str, amount: str) -> str:
    refs = f"<Refs><MsgId>{FILE}</MsgId><EndToEndId>{order}</EndToEndId></Refs>"
    return f'<TxDtls>{refs}<Amt Ccy="EUR">{amount}</Amt></TxDtls>'


def test_an_entry_of_several_transfers_gives_each() -> None:
    details = detail("OP-1", "100.00") + detail("OP-2", "50.50")
    message = read_bank_message(account(Entry(amount="150.50", details=details)))
    assert [(one.end_to_end_id, one.amount_cents) for one in message.items] == [
        ("OP-1", 10_000),
        ("OP-2", 5_050),
    ]
    assert message.statements[0].moved_cents == -15_050


def test_an_entry_whose_details_do_not_add_up_has_no_amounts() -> None:
    details = detail("OP-1", "100.00") + detail("OP-2", "50.49")
    message = read_bank_message(account(Entry(amount="150.50", details=details)))
    assert [one.amount_cents for one in message.items] == [None, None]
    assert all(one.amount_wrong for one in message.items)


def test_a_statement_and_what_its_entries_leave_unexplained() -> None:
    balances = balance("OPBD", "1000.00") + balance("CLBD", "749.98", "DBIT")
    entries = [Entry(amount="1000.00"), Entry(amount="749.97", reference="REF-2")]
    message = read_bank_message(account(*entries, version="camt.053.001.08", balances=balances))
    (statement,) = message.statements
    assert statement.opening == Balance(100_000, date(2026, 11, 23))
    assert statement.closing == Balance(-74_998, date(2026, 11, 23))
    assert (statement.moved_cents, statement.gap_cents) == (-174_997, -1)


def test_entries_that_wait_move_nothing() -> None:
    message = read_bank_message(account(Entry(booked=False), version="camt.053.001.08"))
    assert message.statements[0].moved_cents == 0


@pytest.mark.parametrize("version", ["02", "09", "11", "14"])
@pytest.mark.parametrize("each", [False, True])
def test_returns(version: str, each: bool) -> None:
    orders = [("OP-1", "100.01", "AC04"), ("OP-2", "7.5", "MD07")]
    message = read_bank_message(returned(orders, version=f"pacs.004.001.{version}", each_names_the_file=each))
    assert [(one.end_to_end_id, one.amount_cents, one.reason) for one in message.items] == [
        ("OP-1", 10_001, "AC04"),
        ("OP-2", 750, "MD07"),
    ]
    assert {(one.said, one.original_message_id, one.account) for one in message.items} == {
        ("returned", FILE, OURS)
    }


@pytest.mark.parametrize(
    ("given", "cents"),
    [("100", 10_000), ("100.1", 10_010), ("100.10000", 10_010), ("0.01", 1), ("000.010", 1)],
)
def test_amounts_as_the_standard_allows_them(given: str, cents: int) -> None:
    assert only(account(Entry(amount=given))).amount_cents == cents


@pytest.mark.parametrize("given", ["100.001", "1e3", "-1.00", "+1.00", "1,00", "", "NaN", "١٢", "9" * 16])
def test_what_is_no_amount_is_said_so(given: str) -> None:
    item = only(account(Entry(amount=given)))
    assert item.amount_cents is None
    assert given[:10] in item.amount_wrong


def test_another_currency_is_no_amount_of_ours() -> None:
    item = only(
        account(Entry()).replace(b'Ccy="EUR"', b'Ccy="CHF"') and account(Entry()).replace(b"EUR", b"CHF")
    )
    assert (item.amount_cents, item.amount_wrong) == (None, "100.01 CHF")


@given(st.integers(0, 10**13))
def test_an_amount_is_read_to_the_cent(cents: int) -> None:
    assert only(account(Entry(amount=amount_string(cents)))).amount_cents == cents


def test_times_without_a_zone_are_those_of_paris() -> None:
    message = read_bank_message(report(line("ACCP"), created="2026-11-23T18:00:00"))
    assert message.created_at == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "namespace", ["urn:swift:xsd:$", "urn:iso:std:iso:20022:tech:xsd:", "http://banque.example/xsd/"]
)
def test_a_family_is_known_whoever_names_it(namespace: str) -> None:
    content = report(line("ACCP")).replace(b"urn:iso:std:iso:20022:tech:xsd:", namespace.encode())
    assert read_bank_message(content).kind == "pain.002"


def test_a_message_in_an_envelope() -> None:
    inside = report(line("ACCP")).partition(b"?>")[2]
    message = read_bank_message(b"<Envelope><Header>x</Header>" + inside + b"</Envelope>")
    assert [item.said for item in message.items] == ["accepted"]


def test_latin_1_is_read() -> None:
    content = report(line("RJCT", inside=reason("AC04", "clôturé"))).decode().replace("UTF-8", "ISO-8859-1")
    assert only(content.encode("iso-8859-1")).words == "clôturé"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"OP-2026-000001;100,01", "not_xml"),
        (b"<Document", "other_kind"),
        (report(line("ACCP"))[:-30], "not_xml"),
        (b"<html></html>", "other_kind"),
        (document("pain.001.001.09", "<CstmrCdtTrfInitn/>"), "ours"),
        (document("camt.052.001.08", "<BkToCstmrAcctRpt/>"), "other_kind"),
        (document("", "<x/>", "urn:other"), "other_kind"),
        (document("pain.002.001.10", "<CstmrPmtStsRpt/>"), "incomplete"),
        (report(message_id="", group="<GrpSts>ACCP</GrpSts>"), "incomplete"),
        (report(message_id="NOTPROVIDED", group="<GrpSts>ACCP</GrpSts>"), "incomplete"),
        (report(created="", group="<GrpSts>ACCP</GrpSts>"), "incomplete"),
        (report(created="hier", group="<GrpSts>ACCP</GrpSts>"), "date"),
        (report(line("ACSC", after="<AccptncDtTm>0001-01-01T00:00:00+14:00</AccptncDtTm>")), "date"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, code: str) -> None:
    assert refusal(content) == f"bank_file.{code}"
