"""The simulator's form and addresses, for its public page and for the draft made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from wtforms import BooleanField, Form, SearchField, SelectChoice, SelectField, StringField
from wtforms.validators import ValidationError

from bonus.claims.simulated_purchase import MOST_MONTHS, Purchase
from bonus.errors import InvalidInput
from bonus.money import amount_string
from bonus.registry.models import Solution
from bonus.registry.search_patterns import LONGEST_TYPED
from bonus.registry.service import solution_by_slug
from bonus.regulation import load_parameters

from .fields import AmountField

_MONTHS = re.compile(r"[0-9]{1,3}")
_LONGEST_SLUG = 80
_NO_CENTS = re.compile(r"(?<=\d)\.00\Z")
# Fields of amounts, by the attribute of ``Purchase`` they give.
_AMOUNTS = {
    "montant": "net_cents",
    "aide": "other_public_aid_cents",
    "recu": "received_cents",
    "recu_solution": "received_for_solution_cents",
    "minimis": "de_minimis_cents",
    "ca": "turnover_cents",
}


class SimulationForm(Form):
    """What may be asked of the simulator: each field is a parameter of its address."""

    q = SearchField("Quelle solution ?")
    usage = SelectField("Usage", validate_choice=False)
    montant = AmountField("Prix hors taxes")
    taille = SelectField("Votre taille", validate_choice=False)
    remplace = BooleanField("Elle remplace une solution non européenne", false_values=("", "non"))
    duree = StringField("Durée du service, en mois")
    aide = AmountField("Autre aide publique pour cet achat")
    recu = AmountField("Bonus déjà obtenus cette année")
    recu_solution = AmountField("dont pour cette même solution")
    minimis = AmountField("Autres aides de minimis depuis trois ans")
    ca = AmountField("Chiffre d’affaires de l’exercice")

    @classmethod
    def read(cls, arguments: Mapping[str, Any]) -> SimulationForm:
        """The form filled with the parameters of an address."""
        form = cls(arguments)
        law = load_parameters()
        form.usage.choices = [SelectChoice("", "Choisissez un usage")] + [
            SelectChoice(code, law.name_of("axis", code).name) for code in law.codes("axis")
        ]
        form.taille.choices = [SelectChoice("", "Choisissez votre taille")] + [
            SelectChoice(code, law.name_of("size", code).name) for code in law.codes("size")
        ]
        form.q.data = (form.q.data or "").strip()[:LONGEST_TYPED]
        return form

    def validate_duree(self, field: StringField) -> None:
        """A whole number of months, or nothing."""
        text = (field.data or "").strip()
        if text and not (_MONTHS.fullmatch(text) and 1 <= int(text) <= MOST_MONTHS):
            raise ValidationError(f"Indiquez un nombre de mois, de 1 à {MOST_MONTHS}.")

    def validate_montant(self, field: AmountField) -> None:
        """A price is needed; whether it can be estimated is said by the service."""
        if field.data is None and not field.process_errors:
            raise ValidationError("Indiquez le prix hors taxes.")

    def validate_taille(self, field: SelectField) -> None:
        """A size of the list."""
        if field.data not in load_parameters().codes("size"):
            raise ValidationError("Choisissez votre taille dans la liste.")

    def forget_errors(self) -> None:
        """Say nothing of what is not typed yet."""
        self.form_errors: list[str] = []
        for field in self:
            field.errors = []

    @property
    def has_errors(self) -> bool:
        """Whether something is to be mended."""
        return bool(self.form_errors) or any(field.errors for field in self)


@dataclass(frozen=True)
class Asked:
    """What an address asks: the solution chosen, whether words are searched, whether all is there to simulate, and
    whether what is missing is yet to be typed rather than an error."""

    solution: Solution | None
    searching: bool
    complete: bool
    quiet: bool

    @classmethod
    def of(cls, form: SimulationForm, arguments: Mapping[str, Any]) -> Asked:
        """Read an address: a solution found (``choix``) is chosen, the one chosen before (``solution``) may be put
        aside (``changer``). What is wrong is said in the form."""
        changing = "changer" in arguments
        slug = arguments.get("choix", "") or ("" if changing else arguments.get("solution", ""))
        slug = slug.strip()[:_LONGEST_SLUG]
        solution = solution_by_slug(slug) if slug else None
        searching = bool(form.q.data) and not slug and ("chercher" in arguments or not form.usage.data)
        begun = any(arguments.get(name) for name in ("montant", "taille"))
        quiet = searching or changing or "choix" in arguments or not begun or "taille" not in arguments
        valid = form.validate()
        if slug and solution is None:
            form.q.errors = [*form.q.errors, "Cette solution n’est pas au registre : cherchez-en une autre."]
            return cls(None, searching, complete=False, quiet=False)
        if solution is None and form.usage.data not in load_parameters().codes("axis"):
            form.q.errors = [*form.q.errors, "Cherchez une solution, ou choisissez un usage."]
            valid = False
        return cls(solution, searching, complete=valid and not searching and not changing, quiet=quiet)

    def purchase(self, form: SimulationForm) -> Purchase:
        """What a complete form asks."""
        months = (form.duree.data or "").strip()
        return Purchase(
            net_cents=form.montant.data or 0,
            size=form.taille.data,
            axis=self.solution.axis if self.solution else form.usage.data,
            solution=self.solution,
            replaces_foreign=form.remplace.data,
            service_months=int(months) if months else None,
            other_public_aid_cents=form.aide.data or 0,
            received_cents=form.recu.data or 0,
            received_for_solution_cents=form.recu_solution.data or 0,
            de_minimis_cents=form.minimis.data or 0,
            turnover_cents=form.ca.data or 0,
        )


def purchase_of(arguments: Mapping[str, Any]) -> Purchase:
    """The purchase that an address, or the same sent by a form, asks to simulate. Raises InvalidInput."""
    form = SimulationForm.read(arguments)
    asked = Asked.of(form, arguments)
    if not asked.complete:
        raise InvalidInput("simulation.incomplete", "Cette simulation est incomplète : corrigez-la d’abord.")
    return asked.purchase(form)


def query_of(purchase: Purchase) -> dict[str, str]:
    """The parameters of the address of a simulation, in one order: what is not asked is left out."""
    return _query(
        purchase.solution.slug if purchase.solution else None,
        {name: getattr(purchase, name) for name in Purchase.__dataclass_fields__ if name != "solution"},
    )


def query_of_kept(kept: Mapping[str, Any]) -> dict[str, str]:
    """The same of what a draft remembers (``bonus.claims.simulation.kept``)."""
    return _query(kept["solution"]["slug"] if kept["solution"] else None, kept)


def _query(slug: str | None, asked: Mapping[str, Any]) -> dict[str, str]:
    query = {"solution": slug} if slug else {"usage": asked["axis"]}
    query |= {"montant": _amount(asked["net_cents"]), "taille": asked["size"]}
    if asked["replaces_foreign"]:
        query["remplace"] = "oui"
    if asked["service_months"] is not None:
        query["duree"] = str(asked["service_months"])
    return query | {
        name: _amount(asked[attribute])
        for name, attribute in _AMOUNTS.items()
        if name != "montant" and asked[attribute]
    }


def _amount(cents: int) -> str:
    return _NO_CENTS.sub("", amount_string(cents))


def address(query: Mapping[str, str], *, external: bool = False) -> str:
    """The address of a simulation."""
    return url_for("public.simulator", _external=external, **dict(query))
