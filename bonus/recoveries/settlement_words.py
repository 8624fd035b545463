"""What a company is told of what becomes of its titre (art. 14). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bonus.calendar import format_date
from bonus.money import NBSP, format_euros
from bonus.regulation.wording import french


def repaid(titre: str, cents: int, remaining: int, too_much: int, barred: int = 0) -> str:
    """What was received, what is left to pay, and what is not any more, its time being over."""
    more = (
        f" {format_euros(too_much)} sont de trop : un agent comptable vous dira comment ils vous sont rendus."
        if too_much
        else ""
    )
    left = (
        f"Le reste, {format_euros(barred)}, est prescrit : il n’est plus réclamé (art. 14)."
        if barred and not remaining
        else _left(remaining)
    )
    return _said(f"Nous avons reçu {format_euros(cents)} pour le titre de perception {titre}. {left}{more}")


def given_back(titre: str, cents: int, on: date, reference: str) -> str:
    """What was too much is given back."""
    return _said(
        f"{format_euros(cents)} reçus de trop pour le titre de perception {titre} vous ont été rendus par virement le "
        f"{format_date(on)}, référence {reference}."
    )


def offset(titre: str, order: str, cents: int, remaining: int, payable: int) -> str:
    """What was kept from a bonus; the bonus itself stays what it is."""
    rest = f"{format_euros(payable)} vous sont versés" if payable else "rien n’est versé sur cet ordre"
    return _said(
        f"{format_euros(cents)} de votre bonus (ordre {order}) ont été retenus pour payer le titre {titre} ; {rest}. "
        f"Le bonus accordé ne change pas (art. 14). {_left(remaining)}"
    )


def waived(titre: str, cents: int, remaining: int) -> str:
    """A part of what was claimed is not claimed any more."""
    return _said(
        f"Le titre de perception {titre} est réduit de {format_euros(cents)} par décision. {_left(remaining)}"
    )


def cancelled(titre: str, given_back: int) -> str:
    """Nothing is claimed, and what was taken is due again."""
    more = (
        f" {format_euros(given_back)}, déjà repris ou remboursés, vous seront versés."
        if given_back
        else " Rien n’est à payer."
    )
    return _said(f"Le titre de perception {titre} est annulé par décision.{more}")


def reviewed(titre: str, cents: int) -> str:
    """What was learned since: a part of what is claimed may not be due."""
    return _said(
        f"Les faits connus ont changé depuis le titre {titre} : {format_euros(cents)} n’en sont plus dus. "
        "Un ordonnateur doit en décider ; rien n’est retenu sur vos bonus d’ici là."
    )


def barred_from(times: Sequence[tuple[date, int]]) -> str:
    """From which day a titre is barred; from which days, with what each bars, when it is of several payments."""
    if len(times) == 1:
        return format_date(times[0][0])
    return french(" ; ".join(f"{format_date(day)} pour {format_euros(cents)}" for day, cents in times))


def barred(titre: str, cents: int, remaining: int) -> str:
    """Time is over, of all of it or of a part."""
    if remaining:
        return _said(
            f"Une part du titre de perception {titre} est prescrite : {format_euros(cents)} ne sont plus réclamés "
            f"(art. 14). {_left(remaining)}"
        )
    return _said(
        f"Le titre de perception {titre} est prescrit : {format_euros(cents)} ne sont plus réclamés (art. 14)."
    )


def plan_accepted(titre: str, count: int, first_on: date, last_on: date) -> str:
    """Instalments run."""
    return _said(
        f"Le titre de perception {titre} se paie en {count} échéances, du {format_date(first_on)} au "
        f"{format_date(last_on)} (art. 14)."
    )


def plan_refused(titre: str) -> str:
    """Instalments are refused."""
    return _said(f"L’échéancier demandé pour le titre {titre} est refusé : la somme reste due en une fois.")


def missed(titre: str, due_on: date, cents: int, until: date) -> str:
    """An instalment is missed: until when it can still be paid."""
    return _said(
        f"L’échéance du {format_date(due_on)} du titre {titre} n’est pas payée : {format_euros(cents)} manquent. "
        f"Sans paiement le {format_date(until)} au plus tard, tout le reste devient dû (art. 14)."
    )


def broken(titre: str, remaining: int) -> str:
    """The rest is due."""
    return _said(
        f"L’échéancier du titre {titre} est rompu : {format_euros(remaining)} sont dus en une fois (art. 14)."
    )


def _left(remaining: int) -> str:
    return f"Il reste {format_euros(remaining)} à payer." if remaining else "Le titre est soldé."


def _said(text: str) -> str:
    return french(text).replace("art. ", f"art.{NBSP}")
