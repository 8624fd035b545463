"""Who and what the demonstration starts with: fictitious people, company, firm and solutions."""

from __future__ import annotations

from dataclasses import dataclass

from .invoices import OTHER_SELLER, SELLER, DemoParty

PASSWORD = "demonstration-2026"  # noqa: S105 - printed on the screen of a server that only this machine reaches


@dataclass(frozen=True)
class Member:
    """Someone of the demonstration: ``role`` is in French, ``grants`` are the roles of the code."""

    email: str
    name: str
    role: str
    grants: tuple[str, ...] = ()
    of_company: bool = False
    of_firm: bool = False


CAST = (
    Member("entreprise@demo.example", "Camille Laurent", "Entreprise", of_company=True),
    Member("instructrice@demo.example", "Sofia Benali", "Instructrice", ("reviewer",)),
    Member("ordonnateur@demo.example", "Hugues Martin", "Ordonnateur", ("authorising_officer",)),
    Member("comptable@demo.example", "Yann Le Goff", "Agent comptable", ("accounting_officer",)),
    Member(
        "signature@demo.example", "Louise Chevalier", "Agente comptable (signature)", ("accounting_officer",)
    ),
    Member("registre@demo.example", "Inès Moreau", "Gardienne du registre", ("registry_keeper",)),
    Member("administrateur@demo.example", "Paul Girard", "Administrateur", ("administrator",)),
    Member("cabinet@demo.example", "Nadia Roche", "Expert-comptable", of_firm=True),
    Member("relecture@demo.example", "Awa Diallo", "Seconde instructrice", ("reviewer",)),
    Member("recours@demo.example", "Claire Fontaine", "Ordonnatrice (recours)", ("authorising_officer",)),
)

FIRM = ("900500505", "Cabinet Fictif & Associés")


@dataclass(frozen=True)
class DemoSolution:
    """A solution of the registry. ``state`` says what becomes of its certification in the demonstration."""

    supplier: tuple[str, str]
    name: str
    reference: str | None
    axis: str
    labels: tuple[str, ...]
    state: str = "in_force"


def _supplier(party: DemoParty) -> tuple[str, str]:
    return party.siren, party.name


SOLUTIONS = (
    DemoSolution(
        _supplier(SELLER), "Hébergement cloud qualifié", "CLOUD-24", "cloud", ("NFG", "SECNUMCLOUD")
    ),
    DemoSolution(_supplier(SELLER), "Suite bureautique collaborative", "SUITE-1AN", "workplace", ("NFG",)),
    DemoSolution(
        _supplier(SELLER), "Audit de cybersécurité", "AUDIT-JOUR", "cybersecurity", ("ANSSI_QUALIFICATION",)
    ),
    DemoSolution(_supplier(OTHER_SELLER), "Plateforme de données souveraine", "DATA-1AN", "data", ("NFG",)),
    DemoSolution(("900600602", "Cerveau Fictif SAS"), "Assistant d’IA générative", None, "ai", ("NFG",)),
    DemoSolution(
        ("900700709", "Briques Fictives SARL"), "Atelier d’applications sans code", None, "low_code", ("SFG",)
    ),
    DemoSolution(
        ("900800806", "Qubit Fictif SAS"), "Accès à un calculateur quantique", None, "quantum", ("NFG",)
    ),
    DemoSolution(
        ("DE136695976", "Beispiel Cloud GmbH"), "Stockage objet européen", None, "cloud", ("EEA_EQUIVALENT",)
    ),
    DemoSolution(
        ("900600602", "Cerveau Fictif SAS"), "Traduction automatique", None, "ai", ("NFG",), "suspended"
    ),
    DemoSolution(
        ("900700709", "Briques Fictives SARL"), "Formulaires en ligne", None, "low_code", ("SFG",), "expired"
    ),
    DemoSolution(
        ("900800806", "Qubit Fictif SAS"), "Simulateur quantique", None, "quantum", ("NFG",), "withdrawn"
    ),
)
