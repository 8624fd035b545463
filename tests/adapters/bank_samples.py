"""Messages of a bank, written by hand: each version's own way to say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bonus.adapters.sepa import french_iban

OURS = french_iban("10071", "75000", "00001000005")
ELSEWHERE = french_iban("10071", "75000", "00001000006")
PAYEE = french_iban("30001", "00794", "12345678901")
FILE = "LOT-2026-000001-01"
PAYMENT = f"{FILE}-001"
ORDER = "OP-2026-000001"


def document(version: str, body: str, namespace: str = "urn:iso:std:iso:20022:tech:xsd:") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}{version}">{body}</Document>'
    ).encode()


def header(message_id: str = "BK-1", created: str = "2026-11-23T18:00:00+01:00") -> str:
    return f"<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>"


def reason(code: str, words: str = "") -> str:
    said = f"<AddtlInf>{words}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn>{said}</StsRsnInf>"


def line(status: str, order: str = ORDER, inside: str = "", after: str = "") -> str:
    return (
        f"<TxInfAndSts><StsId>S-{order}</StsId><OrgnlEndToEndId>{order}</OrgnlEndToEndId>"
        f"<TxSts>{status}</TxSts>{inside}{after}</TxInfAndSts>"
    )


def report(
    lines: str = "",
    *,
    group: str = "",
    payment: str = "",
    version: str = "pain.002.001.10",
    file: str = FILE,
    message_id: str = "BK-1",
    created: str = "2026-11-23T18:00:00+01:00",
) -> bytes:
    """A pain.002: ``group`` and ``payment`` are what stands in each level after its identifiers."""
    payments = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{file}-001</OrgnlPmtInfId>{payment}{lines}</OrgnlPmtInfAndSts>"
    )
    body = (
        f"<CstmrPmtStsRpt>{header(message_id, created)}<OrgnlGrpInfAndSts><OrgnlMsgId>{file}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>"
        f"{payments if payment or lines else ''}</CstmrPmtStsRpt>"
    )
    return document(version, body)


@dataclass(frozen=True)
class Entry:
    """An entry of the account with one transfer, or several orders booked in one sum (``order`` empty)."""

    order: str = ORDER
    amount: str = "100.01"
    direction: str = "DBIT"
    file: str = FILE
    back: str = ""  # the reason of a return
    booked: bool = True
    reference: str = "REF-1"
    payee: str = PAYEE
    reversal: bool = False
    details: str | None = None

    def xml(self, *, old: bool) -> str:
        status = "BOOK" if self.booked else "PDNG"
        reversal = "<RvslInd>true</RvslInd>" if self.reversal else ""
        amount = f'<Amt Ccy="EUR">{self.amount}</Amt>'
        details = self._details(amount, old=old) if self.details is None else self.details
        return (
            f"<Ntry>{amount}<CdtDbtInd>{self.direction}</CdtDbtInd>{reversal}"
            f"<Sts>{status if old else f'<Cd>{status}</Cd>'}</Sts>"
            "<BookgDt><Dt>2026-11-23</Dt></BookgDt>"
            f"<AcctSvcrRef>{self.reference}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
        )

    def _details(self, amount: str, *, old: bool) -> str:
        said = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if old else amount
        back = f"<RtrInf><Rsn><Cd>{self.back}</Cd></Rsn></RtrInf>" if self.back else ""
        return (
            f"<TxDtls><Refs><MsgId>{self.file}</MsgId><EndToEndId>{self.order}</EndToEndId></Refs>{said}"
            f"<RltdPties><CdtrAcct><Id><IBAN>{self.payee}</IBAN></Id></CdtrAcct></RltdPties>{back}</TxDtls>"
        )


def balance(code: str, amount: str, direction: str = "CRDT") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{direction}</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>"
    )


def account(
    *entries: Entry,
    version: str = "camt.054.001.08",
    iban: str = OURS,
    balances: str = "",
    message_id: str = "BK-1",
    created: str = "2026-11-23T18:00:00+01:00",
) -> bytes:
    """A camt.054 or a camt.053 of one account."""
    of_camt_053 = version.startswith("camt.053")
    outer, inner = ("BkToCstmrStmt", "Stmt") if of_camt_053 else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    old = version.endswith(".02")
    return document(
        version,
        f"<{outer}>{header(message_id, created)}<{inner}><Id>{message_id}</Id>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{balances}"
        f"{''.join(entry.xml(old=old) for entry in entries)}</{inner}></{outer}>",
    )


def batch_booked(amount: str, count: int, *, file: str = FILE, reference: str = "REF-B") -> Entry:
    """A single debit for all the transfers of a PmtInf, as French banks book them."""
    details = f"<Btch><MsgId>{file}</MsgId><PmtInfId>{file}-001</PmtInfId><NbOfTxs>{count}</NbOfTxs></Btch>"
    return Entry(order="", amount=amount, reference=reference, details=details)


def returned(
    orders: Sequence[tuple[str, str, str]] = ((ORDER, "100.01", "AC04"),),
    *,
    version: str = "pacs.004.001.09",
    file: str = FILE,
    each_names_the_file: bool = False,
    iban: str = OURS,
    message_id: str = "BK-1",
    created: str = "2026-11-25T18:00:00+01:00",
) -> bytes:
    """A pacs.004: order, amount and reason of each return."""
    group = f"<OrgnlGrpInf><OrgnlMsgId>{file}</OrgnlMsgId></OrgnlGrpInf>"
    transfers = "".join(
        f"<TxInf><RtrId>R-{order}</RtrId>{group if each_names_the_file else ''}"
        f"<OrgnlEndToEndId>{order}</OrgnlEndToEndId>"
        f'<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt>'
        f"<RtrRsnInf><Rsn><Cd>{code}</Cd></Rsn></RtrRsnInf>"
        f"<OrgnlTxRef><DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct></OrgnlTxRef></TxInf>"
        for order, amount, code in orders
    )
    return document(
        version,
        f"<PmtRtr>{header(message_id, created)}{'' if each_names_the_file else group}{transfers}</PmtRtr>",
    )
