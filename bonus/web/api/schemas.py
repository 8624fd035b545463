"""What the API takes and gives, field by field: checked as it says, described by OpenAPI as it is checked."""

from __future__ import annotations

from marshmallow import Schema, fields

from bonus.registry.files.model import MAX_ALIASES, MAX_CRITERIA, NAME_LENGTH, REFERENCE_LENGTH
from bonus.registry.history import EVENTS
from bonus.registry.keys import REASON_LENGTH
from bonus.registry.pushing import COMPLETED, CORRECTED, CREATED, UNCHANGED

from .fields import (
    Axis,
    Choice,
    Day,
    Flag,
    Inside,
    OfferName,
    PageNumber,
    Reason,
    Several,
    Strict,
    SupplierId,
    Text,
)


def _said(description: str, example: object = None) -> dict[str, object]:
    return (
        {"description": description} if example is None else {"description": description, "example": example}
    )


# ---------------------------------------------------------------- what is taken


class SupplierIn(Strict):
    identifier = SupplierId(
        required=True,
        metadata=_said(
            "SIREN (9 chiffres) ou, ailleurs dans l’Espace économique européen, numéro de TVA avec son préfixe.",
            "900100207",
        ),
    )
    name = Text(NAME_LENGTH, required=True, metadata=_said("Nom du fournisseur.", "Nuage Fictif SAS"))


class SolutionIn(Strict):
    name = OfferName(
        NAME_LENGTH, required=True, metadata=_said("Nom commercial de l’offre.", "Coffre-fort Fictif")
    )
    product_reference = Text(
        REFERENCE_LENGTH,
        load_default=None,
        allow_none=True,
        metadata=_said("Référence de l’offre chez son fournisseur. Elle l’emporte sur le nom.", "CFF-01"),
    )
    axis = Axis(required=True, metadata=_said("Usage de l’offre : un code du règlement.", "cloud"))
    aliases = Several(
        OfferName(NAME_LENGTH),
        MAX_ALIASES,
        load_default=(),
        metadata=_said("Autres noms de l’offre sur les factures.", ["Coffre numérique fictif"]),
    )


class AuditIn(Strict):
    criteria = Several(
        Flag(),
        MAX_CRITERIA,
        load_default=(),
        metadata=_said(
            "Chaque critère du label, dans son ordre : true quand l’audit le constate. Vide pour un label sans "
            "critères.",
            [True, True, True],
        ),
    )
    audited_on = Day(
        load_default=None,
        allow_none=True,
        metadata=_said("Date de l’audit. Obligatoire quand le label a des critères.", "2026-02-10"),
    )
    evidence = Text(
        NAME_LENGTH,
        load_default=None,
        allow_none=True,
        metadata=_said(
            "Référence du rapport d’audit. Obligatoire quand le label a des critères.", "RA-2026-118"
        ),
    )


class CertificationIn(Strict):
    label = Text(30, required=True, metadata=_said("Code du label, l’un des vôtres.", "NFG"))
    supplier = Inside(SupplierIn, required=True, metadata=_said("Qui vend l’offre."))
    solution = Inside(SolutionIn, required=True, metadata=_said("L’offre certifiée."))
    valid_from = Day(required=True, metadata=_said("Premier jour de validité.", "2026-03-01"))
    valid_until = Day(required=True, metadata=_said("Dernier jour de validité, inclus.", "2029-02-28"))
    audit = Inside(AuditIn, load_default=dict, metadata=_said("Ce que l’audit a constaté."))
    reason = Reason(
        REASON_LENGTH,
        load_default="",
        metadata=_said("Pourquoi vous corrigez une certification déjà inscrite : obligatoire alors."),
    )


class EventIn(Strict):
    type = Choice(
        EVENTS, required=True, metadata=_said("Suspension, rétablissement ou retrait (art. 4).", "suspended")
    )
    on = Day(required=True, metadata=_said("Jour de l’événement, jamais dans le futur.", "2026-10-05"))
    retroactive = Flag(
        load_default=False,
        metadata=_said(
            "true pour un retrait rétroactif (fraude) : la certification n’a alors jamais compté.", False
        ),
    )
    reason = Reason(
        REASON_LENGTH,
        required=True,
        metadata=_said(
            "Pourquoi : la décision ou la pièce qui le fonde.", "Audit de surveillance non conforme"
        ),
    )
    corrects = Flag(
        load_default=False,
        metadata=_said("true pour corriger la date ou la rétroactivité d’un événement déjà inscrit.", False),
    )


class PageIn(Strict):
    page = PageNumber(load_default=1, metadata=_said("Numéro de la page, à partir de 1.", 1))


# ---------------------------------------------------------------- what is given


class StateOut(Schema):
    code = fields.String(
        required=True,
        metadata=_said(
            "in_force (en vigueur), suspended (suspendue), withdrawn (retirée), never_counted (réputée n’avoir jamais "
            "compté), not_yet (pas encore valable), expired (expirée), annulled (annulée, inscrite par erreur).",
            "in_force",
        ),
    )
    on = fields.String(
        required=True, metadata=_said("Jour de cet état : celui de la demande, à Paris.", "2026-11-22")
    )
    since = fields.String(
        required=True, allow_none=True, metadata=_said("Depuis quand, si un événement en décide.")
    )


class SupplierOut(Schema):
    identifier = fields.String(required=True)
    name = fields.String(required=True)


class SolutionOut(Schema):
    name = fields.String(required=True)
    product_reference = fields.String(required=True, allow_none=True)
    axis = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)


class SummaryOut(Schema):
    reference = fields.String(required=True, metadata=_said("Votre référence."))
    label = fields.String(required=True)
    supplier = fields.Nested(SupplierOut, required=True)
    solution = fields.Nested(SolutionOut, required=True)
    valid_from = fields.String(required=True)
    valid_until = fields.String(required=True)
    state = fields.Nested(StateOut, required=True)


class AuditOut(Schema):
    criteria = fields.List(fields.Boolean(), required=True)
    audited_on = fields.String(required=True, allow_none=True)
    evidence = fields.String(required=True, allow_none=True)


class PeriodOut(Schema):
    starts_on = fields.String(required=True)
    ends_on = fields.String(required=True)


class EventOut(Schema):
    reference = fields.String(
        required=True, allow_none=True, metadata=_said("Votre référence de l’événement, s’il vient de vous.")
    )
    type = fields.String(required=True)
    on = fields.String(required=True)
    retroactive = fields.Boolean(required=True)


class FactOut(Schema):
    number = fields.Integer(
        required=True, metadata=_said("Rang du fait dans l’histoire de la certification.")
    )
    type = fields.String(
        required=True, metadata=_said("granted, suspended, reinstated ou withdrawn.", "granted")
    )
    recorded_at = fields.String(required=True, metadata=_said("Quand le registre l’a appris (UTC)."))
    source = fields.String(
        required=True, metadata=_said("api, file (fichier), keeper (gardien du registre) ou service.", "api")
    )
    reason = fields.String(required=True, metadata=_said("Le motif, s’il vient de vous."))
    reference = fields.String(required=True, allow_none=True)
    valid_from = fields.String(required=True, allow_none=True)
    valid_until = fields.String(required=True, allow_none=True)
    on = fields.String(required=True, allow_none=True)
    retroactive = fields.Boolean(required=True)
    audit = fields.Nested(AuditOut, required=True, allow_none=True)
    corrects = fields.Integer(
        required=True, allow_none=True, metadata=_said("Rang du fait dont celui-ci prend la place.")
    )
    void = fields.Boolean(required=True, metadata=_said("true : le fait corrigé n’a jamais eu lieu."))


class CertificationOut(SummaryOut):
    audit = fields.Nested(AuditOut, required=True, allow_none=True)
    in_force = fields.List(
        fields.Nested(PeriodOut),
        required=True,
        metadata=_said("Jours où elle compte, bornes incluses, tels que connus maintenant."),
    )
    events = fields.List(
        fields.Nested(EventOut), required=True, metadata=_said("Événements, dans leur ordre.")
    )
    history = fields.List(
        fields.Nested(FactOut),
        required=True,
        metadata=_said("Chaque fait appris, dans l’ordre où il l’a été."),
    )


class PushedOut(Schema):
    result = fields.String(
        required=True,
        metadata={
            "description": f"{CREATED} (inscrit), {UNCHANGED} (déjà là, rien n’est écrit), {COMPLETED} (d’autres noms "
            f"de l’offre sont notés), {CORRECTED} (corrigé).",
            "enum": [CREATED, UNCHANGED, COMPLETED, CORRECTED],
        },
    )
    message = fields.String(required=True)
    certification = fields.Nested(CertificationOut, required=True)


class ListOut(Schema):
    items = fields.List(fields.Nested(SummaryOut), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    total = fields.Integer(required=True)


class ErrorOut(Schema):
    code = fields.String(
        required=True, metadata=_said("Code stable, pour les programmes.", "registry.overlap")
    )
    message = fields.String(required=True, metadata=_said("Ce qui ne va pas et ce qu’il faut faire."))
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        metadata=_said("Les phrases de chaque champ, par son chemin (audit.criteria.0)."),
    )
