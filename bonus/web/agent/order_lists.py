"""All payment orders, in lists that one narrows; the same to keep as a table."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import Length, Optional

from bonus.calendar import civil_date
from bonus.payments.order_lists import LISTS, AskedOrders, OrderPage, order_counts, order_page
from bonus.payments.order_status import HOLD_REASONS, ORDER_STATUSES
from bonus.siren import spaced_siren
from bonus.spreadsheet import Euros

from ..access import allow, now
from ..exports import KIND, every_page, table_file
from ..fields import AmountField, DayField
from .views import blueprint

HOLDS = {
    "no_account": "Pas de compte vérifié",
    "iban_change": "Changement de compte",
    "revoked": "Décision retirée",
    "control": "Contrôle ouvert",
    "insolvency": "Liquidation judiciaire",
    "account_refused": "Compte refusé par la banque",
    "undue": "Indu à l’étude",
    "by_hand": "Retenu à la main",
}
"""Why an order is held, in a few words, to choose from."""
assert HOLDS.keys() == HOLD_REASONS.keys()


class OrdersForm(FlaskForm):
    """What narrows a list; read from the address, which changes nothing and needs no token."""

    class Meta:
        csrf = False

    motif = SelectField(
        "Motif",
        choices=[
            SelectChoice("", "Peu importe"),
            *(SelectChoice(code, name) for code, name in HOLDS.items()),
        ],
        default="",
    )
    avant = DayField("À payer avant le", [Optional()], format=["%Y-%m-%d", "%d/%m/%Y"])
    de = AmountField("Montant à partir de")
    a = AmountField("Montant jusqu’à")
    recherche = StringField(
        "Numéro, SIREN ou entreprise", [Length(max=100, message="Écrivez au plus 100 caractères.")]
    )

    def asked(self) -> AskedOrders:
        """What is asked for; a field that cannot be read asks for nothing."""
        code = request.args.get("file", "")
        return AskedOrders(
            code if code in LISTS else "a-payer",
            self.motif.data or None,
            self.avant.data,
            self.de.data,
            self.a.data,
            "" if self.recherche.errors else self.recherche.data or "",
        )

    def typed(self) -> dict[str, Any]:
        """The fields as the address gives them, for links."""
        return {name: request.args[name] for name in self._fields if request.args.get(name)}


def _asked() -> tuple[OrdersForm, AskedOrders]:
    form = OrdersForm(request.args)
    form.validate()
    return form, form.asked()


@blueprint.get("/paiements/ordres")
@allow("accounting_officer")
def payment_orders() -> str:
    form, asked = _asked()
    return render_template(
        "agent/orders.html",
        form=form,
        asked=asked,
        typed=form.typed(),
        listing=order_page(asked, request.args.get("page", 1, type=int)),
        lists={code: name for code, (name, _) in LISTS.items()},
        counts=order_counts(),
        statuses=ORDER_STATUSES,
        today=civil_date(now()),
        page_url=lambda number: url_for("agent.payment_orders", file=asked.list, page=number, **form.typed()),
    )


@blueprint.get(f"/paiements/ordres.{KIND}")
@allow("accounting_officer")
def payment_orders_table(kind: str) -> Response:
    _, asked = _asked()

    def page(number: int) -> tuple[list[tuple[object, ...]], int]:
        found: OrderPage = order_page(asked, number, 500)
        rows: list[tuple[object, ...]] = [
            (
                order.number,
                order.decision.claim.number,
                order.payee,
                spaced_siren(order.decision.claim.company.siren),
                order.iban,
                ORDER_STATUSES[order.status],
                order.held_reason,
                order.batch.number if order.batch is not None else None,
                order.due_on,
                Euros(order.amount_cents),
                Euros(order.offset_cents),
                Euros(order.payable_cents),
            )
            for order in found.rows
        ]
        return rows if number <= found.pages else [], found.total

    titles = (
        "Ordre", "Dossier", "Bénéficiaire", "SIREN", "IBAN", "État", "Motif", "Lot", "À payer au plus tard le",
        "Montant", "Retenu pour un titre", "À virer",
    )  # fmt: skip
    return table_file(kind, f"ordres-{asked.list}", titles, every_page(page))
