"""What the keeper does by hand besides facts: a solution inscribed, another name noted or removed, a new label; and
an event rehearsed before it is recorded. Each is checked, logged with its reason, committed."""

from __future__ import annotations

from datetime import date, datetime

from bonus.audit.service import Actor, record
from bonus.errors import NotFound, Refusal
from bonus.extensions import db
from bonus.regulation.wording import french

from .finding import find_solution, name_key, offers_of
from .labels import SchemeContent, enter_scheme, scheme_history
from .models import Certification, Solution, SolutionAlias
from .rules import MOST_REFERENCE, MOST_TEXT, check_text, invalid
from .scheme_models import LabelScheme
from .service import add_alias, enter_solution, enter_supplier, search_text, supplier_by_identifier
from .words import same_reference
from .writing import MINIMUM_REASON_LENGTH, Source, add_event, change, lock_registry

ALIAS_KINDS = {"name": "Nom", "reference": "Référence"}


def inscribe_solution(
    identifier: str,
    supplier_name: str,
    name: str,
    axis: str,
    reference: str | None,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Solution:
    """Enter a solution, and its supplier if the registry does not know it.

    Raises InvalidInput (identifier, names, reference, axis, reason), Refusal when the supplier goes by another name
    or has this offer already.
    """
    _check_reason(reason)
    _check_supplier_name(identifier, supplier_name)
    supplier = enter_supplier(identifier, supplier_name, actor, now)
    lock_registry(now)  # of two who enter the same offer, the second finds it
    known = find_solution(identifier, name, reference)
    if known is not None:
        raise Refusal(
            "registry.solution_known",
            french(f"Ce fournisseur a déjà cette offre au registre : « {known.name} »."),
            field="name",
        )
    solution = enter_solution(supplier, name, axis, actor, now, reference=reference)
    record("registry.entered_by_hand", f"solution:{solution.slug}", actor, now, reasons=reason.strip())
    db.session.commit()
    return solution


def _check_supplier_name(identifier: str, name: str) -> None:
    """A name that is not the known supplier's tells of a wrong number; no name at all is the known one."""
    supplier = supplier_by_identifier(identifier)
    if supplier is not None and name_key(name) not in {"", name_key(supplier.name)}:
        raise Refusal(
            "registry.another_supplier",
            french(
                f"Ce numéro est celui de « {supplier.name} », déjà au registre : vérifiez-le, ou laissez le nom vide."
            ),
            field="identifier",
        )


def note_alias(solution: Solution, kind: str, text: str, reason: str, actor: Actor, now: datetime) -> None:
    """Note another name (``kind`` name) or reference of a solution.

    Raises InvalidInput when it is none, Refusal when the solution, or another of its supplier, goes by it already.
    """
    _check_reason(reason)
    text = text.strip()
    what, most = ("la référence", MOST_REFERENCE) if kind == "reference" else ("le nom", MOST_TEXT)
    check_text(text, what, most, "text")
    if not (same_reference(text) if kind == "reference" else name_key(text)):
        raise invalid("registry.no_letter", "Écrivez au moins une lettre ou un chiffre.", "text")
    lock_registry(now)  # before the log's lock, as every write to the registry
    _check_no_other(solution, kind, text)
    if not add_alias(solution, kind, text, "keeper", now):
        raise _known(solution)
    record(
        "registry.alias_added",
        f"solution:{solution.slug}",
        actor,
        now,
        kind=kind,
        text=text,
        reasons=reason.strip(),
    )
    db.session.commit()


def _check_no_other(solution: Solution, kind: str, text: str) -> None:
    """Two offers of one supplier that answer to one name would make every file that uses it ambiguous."""
    offers = offers_of(solution.supplier_id)
    found = offers.find("", text) if kind == "reference" else offers.find(text, None)
    if found == solution.id:
        raise _known(solution)
    if found is not None:
        other = db.session.get_one(Solution, found)
        raise Refusal(
            "registry.alias_of_another",
            french(f"C’est ainsi que se nomme une autre offre de ce fournisseur : « {other.name} »."),
            field="text",
        )


def _known(solution: Solution) -> Refusal:
    return Refusal(
        "registry.alias_known", french(f"« {solution.name} » se nomme déjà ainsi au registre."), field="text"
    )


def remove_alias(solution: Solution, alias_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Remove a name that is not the solution's; what past dossiers were matched to does not change.

    Raises InvalidInput without a reason, NotFound when the solution has no such alias (any more).
    """
    _check_reason(reason)
    lock_registry(now)
    db.session.flush()
    db.session.refresh(solution, ["aliases"])
    alias = alias_of(solution, alias_id)
    solution.aliases.remove(alias)
    db.session.delete(alias)
    names = [other.text for other in solution.aliases]
    solution.search_text = search_text(solution.name, solution.supplier, solution.reference, names)
    record(
        "registry.alias_removed",
        f"solution:{solution.slug}",
        actor,
        now,
        kind=alias.kind,
        text=alias.text,
        source=alias.source,
        reasons=reason.strip(),
    )
    db.session.commit()


def alias_of(solution: Solution, alias_id: int) -> SolutionAlias:
    """That other name of a solution. Raises NotFound: another's does not exist."""
    found = next((alias for alias in solution.aliases if alias.id == alias_id), None)
    if found is None:
        raise NotFound("registry.unknown_alias", "Cette solution n’a pas ce nom.")
    return found


def rehearse_event(
    certification: Certification, kind: str, on: date, source: Source, now: datetime, *, retroactive: bool
) -> None:
    """Raise what recording an event would raise; nothing is written, and the session's transaction has ended."""
    with change(source, now) as made:
        add_event(certification, kind, on, made, now, retroactive=retroactive)
    db.session.rollback()


def enter_label(code: str, content: SchemeContent, reason: str, actor: Actor, now: datetime) -> LabelScheme:
    """A label that there was not. Raises Refusal when there is one of that code, and what ``enter_scheme`` raises."""
    lock_registry(now)
    if scheme_history(code):
        raise Refusal(
            "registry.label_known",
            french(f"Le label {code} existe déjà : ouvrez-le pour en entrer une nouvelle version."),
            field="code",
        )
    return enter_scheme(code, content, reason, actor, now)


def _check_reason(reason: str) -> None:
    if len(reason.strip()) < MINIMUM_REASON_LENGTH:
        raise invalid(
            "registry.reason_missing",
            "Dites pourquoi : la pièce ou la décision sur laquelle vous vous fondez.",
            "reason",
        )
