"""Label schemes and certifiers: which label exists on a day, who grants it, on which criteria."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from sqlalchemy import select

from bonus.adapters.einvoice.model import EEA_VAT_PREFIXES
from bonus.audit.service import Actor, record
from bonus.errors import NotFound
from bonus.extensions import db
from bonus.regulation import load_parameters
from bonus.regulation.wording import french

from .rules import EARLIEST, LATEST, MOST_TEXT, Terms, check_text, invalid
from .scheme_models import Certifier, LabelScheme
from .writing import lock_registry

MAX_CRITERIA = 9
MOST_CODE = 40
# Greece writes its VAT numbers with another code than its own.
OTHER_STATES = (EEA_VAT_PREFIXES - {"FR", "EL"}) | {"GR"}


@dataclass(frozen=True)
class SchemeContent:
    """What a label is from a day on. ``axes`` empty: every axis; ``equivalences``: labels of other EEA states
    held equivalent, each ``{"country", "name", "decision"}``, the country by its code (ISO 3166: ``DE``)."""

    name: str
    description: str
    valid_from: date
    valid_until: date | None
    criteria: tuple[str, ...]
    axes: tuple[str, ...]
    certifiers: tuple[str, ...]
    equivalences: tuple[dict[str, str], ...] = ()


def schemes_on(on: date) -> dict[str, LabelScheme]:
    """Every label that exists on a day, by code; the latest version not after that day, as known now."""
    return {
        code: found
        for code, versions in every_version().items()
        if (found := version_on(versions, on)) is not None
    }


def every_version() -> dict[str, list[LabelScheme]]:
    """Every version entered of every label, by code, in the order they apply."""
    found: dict[str, list[LabelScheme]] = {}
    for scheme in db.session.scalars(
        select(LabelScheme).order_by(LabelScheme.code, LabelScheme.valid_from, LabelScheme.id)
    ):
        found.setdefault(scheme.code, []).append(scheme)
    return found


class Dated(Protocol):
    """What holds from a day on, until another when that is known."""

    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...


Version = TypeVar("Version", bound=Dated)


def version_on(versions: Sequence[Version], on: date) -> Version | None:
    """Which of a label's versions, given in the order they apply, counts on a day; None when it does not exist."""
    last = next((version for version in reversed(versions) if version.valid_from <= on), None)
    if last is None or (last.valid_until is not None and on > last.valid_until):
        return None
    return last


def label_names(on: date) -> dict[str, str]:
    """What each label is called on a day, by code, in the order of names; one that is no more keeps its last name."""
    names = {
        code: (version_on(versions, on) or versions[-1]).name for code, versions in every_version().items()
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1]))


def label_name(code: str) -> str:
    """A label inside a sentence: the regulation's words for it, else the name its scheme was last given."""
    law = load_parameters()
    if code in law.codes("label"):
        return law.name_of("label", code).short
    versions = scheme_history(code)
    return versions[-1].name if versions else code


def terms_of(scheme: LabelScheme) -> Terms:
    """What a version of a label asks, as rules read it."""
    return Terms(
        scheme.name,
        frozenset(certifier.id for certifier in scheme.certifiers),
        frozenset(scheme.axes),
        tuple(scheme.criteria),
    )


def scheme_on(code: str, on: date) -> LabelScheme:
    """A label as it is on a day. Raises InvalidInput when there is none, naming those there are."""
    schemes = schemes_on(on)
    if code not in schemes:
        known = ", ".join(schemes) or "aucun"
        raise invalid(
            "registry.unknown_label",
            f"Le label « {code[:60]} » n’existe pas. Labels connus : {known}.",
            "label",
        )
    return schemes[code]


def scheme_history(code: str) -> list[LabelScheme]:
    """Every version entered of a label, in the order they apply."""
    query = (
        select(LabelScheme).where(LabelScheme.code == code).order_by(LabelScheme.valid_from, LabelScheme.id)
    )
    return list(db.session.scalars(query))


def all_certifiers() -> list[Certifier]:
    """The certifiers, by name."""
    return list(db.session.scalars(select(Certifier).order_by(Certifier.name)))


def certifier_named(slug: str) -> Certifier:
    """The certifier of that slug. Raises NotFound, naming those there are."""
    found = db.session.scalars(select(Certifier).where(Certifier.slug == slug)).one_or_none()
    if found is None:
        known = ", ".join(certifier.slug for certifier in all_certifiers()) or "aucun"
        raise NotFound(
            "registry.unknown_certifier",
            french(f"Le certificateur « {slug[:60]} » n’existe pas. Connus : {known}."),
        )
    return found


def enter_certifier(slug: str, name: str, email: str | None, actor: Actor, now: datetime) -> Certifier:
    """A new certifier. Raises InvalidInput when its slug is no slug or is taken."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > MOST_CODE:
        raise invalid(
            "registry.slug",
            f"L’identifiant s’écrit en minuscules, chiffres et traits d’union, {MOST_CODE} caractères au plus, par "
            "exemple « bureau-veritas ».",
            "slug",
        )
    check_text(name, "le nom du certificateur", MOST_TEXT, "name")
    lock_registry(now)
    if db.session.scalars(select(Certifier.id).where(Certifier.slug == slug)).first() is not None:
        raise invalid("registry.slug_taken", "Cet identifiant est déjà celui d’un certificateur.", "slug")
    certifier = Certifier(slug=slug, name=name, email=email, created_at=now)
    db.session.add(certifier)
    db.session.flush()
    record("registry.certifier_entered", f"certifier:{slug}", actor, now, name=name)
    db.session.commit()
    return certifier


def enter_scheme(code: str, content: SchemeContent, reason: str, actor: Actor, now: datetime) -> LabelScheme:
    """A label, or a new version of it from a day on; what was entered before stays.

    Raises InvalidInput: code, dates, axes, criteria, equivalences or certifiers that are none, a missing reason;
    NotFound: a certifier that does not exist.
    """
    _check_scheme(code, content, reason)
    certifiers = [certifier_named(slug) for slug in dict.fromkeys(content.certifiers)]
    lock_registry(now)
    scheme = LabelScheme(
        code=code,
        name=content.name,
        description=content.description,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        criteria=list(content.criteria),
        axes=list(dict.fromkeys(content.axes)),
        equivalences=[dict(row) for row in content.equivalences],
        reason=reason.strip(),
        recorded_at=now,
        recorded_by=actor.label,
        certifiers=certifiers,
    )
    db.session.add(scheme)
    db.session.flush()
    record(
        "registry.label_entered",
        f"label:{code}",
        actor,
        now,
        valid_from=content.valid_from.isoformat(),
        certifiers=list(content.certifiers),
        reasons=reason.strip(),
    )
    db.session.commit()
    return scheme


def _check_scheme(code: str, content: SchemeContent, reason: str) -> None:
    law = load_parameters()
    checks: Sequence[tuple[bool, str, str, str]] = (
        (
            not re.fullmatch(r"[A-Z][A-Z0-9_]{1,29}", code),
            "code",
            "code",
            "Le code s’écrit en capitales, chiffres et tirets bas, par exemple « SECNUMCLOUD ».",
        ),
        (not content.name.strip(), "name", "name", "Donnez le nom du label."),
        (not reason.strip(), "reason", "reason", "Dites pourquoi : le texte ou la décision qui le fonde."),
        (
            content.valid_until is not None and content.valid_until < content.valid_from,
            "dates",
            "valid_until",
            "Le label finit avant d’avoir commencé : corrigez les dates.",
        ),
        (
            not EARLIEST <= content.valid_from <= LATEST,
            "dates",
            "valid_from",
            f"Un label commence entre {EARLIEST.year} et {LATEST.year} : vérifiez l’année.",
        ),
        (
            not set(content.axes) <= set(law.codes("axis")),
            "axes",
            "axes",
            "Un de ces usages n’existe pas dans le règlement.",
        ),
        (
            len(content.criteria) > MAX_CRITERIA or not all(one.strip() for one in content.criteria),
            "criteria",
            "criteria",
            f"Un label a au plus {MAX_CRITERIA} critères, chacun en une phrase.",
        ),
        (
            not all(_is_equivalence(row) for row in content.equivalences),
            "equivalences",
            "equivalences",
            "Une équivalence porte le code d’un État de l’EEE (« DE »), le nom de son label et la décision.",
        ),
        (not content.certifiers, "certifiers", "certifiers", "Choisissez au moins un certificateur."),
    )
    for wrong, suffix, field, sentence in checks:
        if wrong:
            raise invalid(f"registry.label_{suffix}", sentence, field)
    check_text(content.name, "le nom du label", MOST_TEXT, "name")


def _is_equivalence(row: dict[str, str]) -> bool:
    return (
        row.keys() == {"country", "name", "decision"}
        and row["country"] in OTHER_STATES
        and all(value.strip() for value in row.values())
    )
