"""pacs.004: transfers that were executed and come back, as the interbank message that some banks hand on."""

from __future__ import annotations

from typing import Any, ClassVar

from .model import RETURNED, BankItem
from .stream import Part
from .values import cents, day, first, iban, identifier, text


class ReturnReader:
    """Reads the returns of a message part after part."""

    NAMES: ClassVar[frozenset[str]] = frozenset({"OrgnlGrpInf", "TxInf"})

    def __init__(self) -> None:
        self.original_message_id = ""
        self._reason = ("", "")
        self._named = ""

    def read(self, part: Part) -> list[BankItem]:
        """What this part says. The file answered, and a reason, may stand once for all or in each return."""
        if part.name == "TxInf":
            named, self._named = self._named, ""
            return [self._returned(part.node, named)]
        if part.node.getparent().tag.endswith("}TxInf"):
            self._named = identifier(part.node, "OrgnlMsgId")
        else:
            self.original_message_id = identifier(part.node, "OrgnlMsgId")
            self._reason = _reason(part.node)
        return []

    def close(self) -> list[BankItem]:
        """Nothing waits for the end of the message."""
        return []

    def _returned(self, node: Any, named: str) -> BankItem:
        reason, words = _reason(node)
        amount, wrong = cents(first(node, "RtrdIntrBkSttlmAmt", "RtrdInstdAmt"))
        return BankItem(
            level="transfer",
            said=RETURNED,
            status="RTRN",
            end_to_end_id=identifier(node, "OrgnlEndToEndId"),
            original_message_id=named or self.original_message_id,
            payment_id=identifier(node, "OrgnlPmtInfId"),
            account=iban(node, "OrgnlTxRef/DbtrAcct/Id/IBAN"),
            payee_iban=iban(node, "OrgnlTxRef/CdtrAcct/Id/IBAN"),
            amount_cents=amount,
            amount_wrong=wrong,
            reason=reason or self._reason[0],
            words=words or self._reason[1],
            reference=identifier(node, "RtrId"),
            on=day(node, "IntrBkSttlmDt"),
        )


def _reason(node: Any) -> tuple[str, str]:
    given = first(node, "RtrRsnInf")
    if given is None:
        return "", ""
    return text(given, "Rsn/Cd", "Rsn/Prtry", most=35), text(given, "AddtlInf")
