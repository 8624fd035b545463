"""SEPA credit transfers (art. 13): pain.001.001.09 files.

A file is a function of its batch: the same batch gives the same bytes. sepaxml writes it; the
identifiers and the time, which it draws, are then set to the batch's own, the result is validated
against the standard's schema, and it is read back and compared with the orders before it leaves.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from lxml import etree
from sepaxml import SepaTransfer
from stdnum import bic as stdnum_bic
from stdnum import iban as stdnum_iban
from text_unidecode import unidecode

from bonus.errors import InvalidInput
from bonus.money import NBSP, parse_amount

from .bank_details import bic_problem, french_iban, iban_problem

__all__ = [
    "MAXIMUM_TRANSFERS",
    "Address",
    "BankAccount",
    "PaymentFile",
    "PaymentFileError",
    "Transfer",
    "bic_problem",
    "french_iban",
    "iban_problem",
    "payment_file",
    "sepa_text",
]

SCHEMA = "pain.001.001.09"
MAXIMUM_TRANSFERS = 10_000
"""Transfers in one file: what banks take and what stays small in memory."""
MAXIMUM_CENTS = 99_999_999_999
"""The largest amount of one SEPA transfer: 999 999 999,99 €."""

_PARIS = ZoneInfo("Europe/Paris")
_NAMESPACE = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
_NOT_SEPA = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_IDENTIFIER = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+]{1,35}(?<!/)")
_PAYMENTS_SUFFIX = 4


class PaymentFileError(Exception):
    """The file written does not say what the orders say. It must not leave; a person must look."""


@dataclass(frozen=True)
class Address:
    """A structured address: since November 2026 a transfer carries at least town and country."""

    town: str
    country: str
    postcode: str = ""
    street: str = ""


@dataclass(frozen=True)
class BankAccount:
    """An account, its holder and, when known, the bank's BIC."""

    holder: str
    iban: str
    address: Address
    bic: str | None = None


@dataclass(frozen=True)
class Transfer:
    """One payment order: ``order_number`` is its end-to-end identifier, ``amount_cents`` is positive."""

    order_number: str
    claim_number: str
    payee: BankAccount
    amount_cents: int
    execution_date: date


@dataclass(frozen=True)
class PaymentFile:
    """A batch. ``message_id`` is the batch's number and ``created_at`` (aware) its time, kept with it."""

    message_id: str
    created_at: datetime
    debtor: BankAccount
    transfers: tuple[Transfer, ...]


def payment_file(batch: PaymentFile) -> bytes:
    """The pain.001.001.09 file of a batch: one PmtInf per execution date, in the orders' sequence.

    Raises InvalidInput when the batch cannot be paid as it is (the sentence names the order), and
    PaymentFileError when what was written differs from the orders.
    """
    _check(batch)
    transfer = SepaTransfer(
        {
            "name": sepa_text(batch.debtor.holder, 70),
            "IBAN": stdnum_iban.compact(batch.debtor.iban),
            "batch": True,
            "currency": "EUR",
            "address": _address(batch.debtor.address),
            **_optional_bic(batch.debtor.bic),
        },
        schema=SCHEMA,
        clean=False,
    )
    for order in sorted(batch.transfers, key=lambda order: order.execution_date):
        transfer.add_payment(
            {
                "name": sepa_text(order.payee.holder, 70),
                "IBAN": stdnum_iban.compact(order.payee.iban),
                "amount": order.amount_cents,
                "execution_date": order.execution_date,
                "description": sepa_text(f"Bonus Souverainete dossier {order.claim_number}", 140),
                "endtoend_id": order.order_number,
                "address": _address(order.payee.address),
                **_optional_bic(order.payee.bic),
            }
        )
    document = etree.fromstring(transfer.export(validate=False))
    _identify(document, batch)
    if not _schema().validate(document):
        raise PaymentFileError(f"not valid against {SCHEMA}: {_schema().error_log}")
    content: bytes = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
    _compare(content, batch)
    return content


def sepa_text(text: str, limit: int) -> str:
    """``text`` in the characters every SEPA bank takes, cut to ``limit``; "" when nothing is left."""
    plain = _NOT_SEPA.sub(" ", unidecode(text.replace("°", "o")).replace("&", "+"))
    plain = re.sub(r"/{2,}", "/", re.sub(r" {2,}", " ", plain))
    return plain.strip(" /")[:limit].rstrip(" /")


def _check(batch: PaymentFile) -> None:
    """Refuse what no bank would execute, before anything is written."""
    if batch.created_at.tzinfo is None:
        raise ValueError("created_at must be aware")
    if not 1 <= len(batch.transfers) <= MAXIMUM_TRANSFERS:
        raise InvalidInput("payment.count", f"Un lot compte de un à {MAXIMUM_TRANSFERS} ordres de paiement.")
    if len(batch.message_id) + _PAYMENTS_SUFFIX > 35 or not _IDENTIFIER.fullmatch(batch.message_id):
        raise InvalidInput("payment.message_id", f"Numéro de lot impossible{NBSP}: {batch.message_id}.")
    _check_account(batch.debtor, "Compte payeur")
    for order in batch.transfers:
        if not _IDENTIFIER.fullmatch(order.order_number):
            raise InvalidInput(
                "payment.order_number", f"Numéro d’ordre impossible{NBSP}: {order.order_number}."
            )
        what = f"Ordre {order.order_number}"
        if not 0 < order.amount_cents <= MAXIMUM_CENTS:
            raise InvalidInput("payment.amount", f"{what}{NBSP}: le montant ne peut pas être viré.")
        _check_account(order.payee, what)
    twice = _repeated(order.order_number for order in batch.transfers)
    if twice:
        raise InvalidInput("payment.order_twice", f"Ordre présent deux fois dans le lot{NBSP}: {twice}.")


def _check_account(account: BankAccount, what: str) -> None:
    if not sepa_text(account.holder, 70):
        raise InvalidInput("payment.name", f"{what}{NBSP}: le nom du titulaire du compte manque.")
    problem = iban_problem(account.iban) or bic_problem(account.bic or "")
    if problem:
        raise InvalidInput("payment.account", f"{what}{NBSP}: {problem}")
    address = account.address
    if not sepa_text(address.town, 35) or not re.fullmatch(r"[A-Z]{2}", address.country):
        raise InvalidInput("payment.address", f"{what}{NBSP}: la commune et le pays de l’adresse manquent.")


def _repeated(values: Iterable[str]) -> str | None:
    return next((value for value, count in Counter(values).items() if count > 1), None)


def _optional_bic(bic: str | None) -> dict[str, str]:
    return {"BIC": stdnum_bic.compact(bic)} if bic and bic.strip() else {}


def _address(address: Address) -> dict[str, str]:
    written = {
        "street_name": sepa_text(address.street, 70),
        "postcode": sepa_text(address.postcode, 16),
        "town": sepa_text(address.town, 35),
        "country": address.country,
    }
    return {name: value for name, value in written.items() if value}


def _identify(document: etree._Element, batch: PaymentFile) -> None:
    """Replace the drawn identifiers and the clock by the batch's, and name an unknown bank as one."""
    for path, text in (
        ("p:CstmrCdtTrfInitn/p:GrpHdr/p:MsgId", batch.message_id),
        (
            "p:CstmrCdtTrfInitn/p:GrpHdr/p:CreDtTm",
            batch.created_at.astimezone(_PARIS).isoformat(timespec="seconds"),
        ),
    ):
        _one(document, path).text = text
    for rank, payments in enumerate(document.iterfind("p:CstmrCdtTrfInitn/p:PmtInf", _NAMESPACE), 1):
        _one(payments, "p:PmtInfId").text = f"{batch.message_id}-{rank:03d}"
        agent = _one(payments, "p:DbtrAgt/p:FinInstnId")
        if len(agent) == 0:
            other = etree.SubElement(agent, f"{{{_NAMESPACE['p']}}}Othr")
            etree.SubElement(other, f"{{{_NAMESPACE['p']}}}Id").text = "NOTPROVIDED"


def _compare(content: bytes, batch: PaymentFile) -> None:
    """Read the file again: each order once, its amount, account and date; sums and counts at each level."""
    root = etree.fromstring(content)
    found: list[tuple[str, int, str, str]] = []
    for payments in root.iterfind("p:CstmrCdtTrfInitn/p:PmtInf", _NAMESPACE):
        day = _text(payments, "p:ReqdExctnDt/p:Dt")
        orders = [
            (
                _text(node, "p:PmtId/p:EndToEndId"),
                parse_amount(_text(node, "p:Amt/p:InstdAmt")),
                _text(node, "p:CdtrAcct/p:Id/p:IBAN"),
                day,
            )
            for node in payments.iterfind("p:CdtTrfTxInf", _NAMESPACE)
        ]
        _totals(payments, orders)
        found += orders
    _totals(_one(root, "p:CstmrCdtTrfInitn/p:GrpHdr"), found)
    wanted = [
        (
            order.order_number,
            order.amount_cents,
            stdnum_iban.compact(order.payee.iban),
            order.execution_date.isoformat(),
        )
        for order in batch.transfers
    ]
    if sorted(found) != sorted(wanted):
        raise PaymentFileError("the transfers written are not the orders of the batch")


def _totals(node: etree._Element, orders: list[tuple[str, int, str, str]]) -> None:
    count, total = int(_text(node, "p:NbOfTxs")), parse_amount(_text(node, "p:CtrlSum"))
    if (count, total) != (len(orders), sum(order[1] for order in orders)):
        raise PaymentFileError("a control sum or a count differs from the orders")


def _one(node: etree._Element, path: str) -> etree._Element:
    found = node.find(path, _NAMESPACE)
    if found is None:
        raise PaymentFileError(f"{path} is absent")
    return found


def _text(node: etree._Element, path: str) -> str:
    return _one(node, path).text or ""


@cache
def _schema() -> etree.XMLSchema:
    """The standard's schema, as sepaxml ships it."""
    return etree.XMLSchema(etree.fromstring((files("sepaxml") / f"schemas/{SCHEMA}.xsd").read_bytes()))
