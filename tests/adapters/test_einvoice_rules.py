"""The official rules run on invoices. What needs the extra ``rules`` (105 MB) is skipped without it."""

from __future__ import annotations

import re
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bonus.adapters.einvoice import EInvoice, read_invoice, rules
from bonus.adapters.einvoice.rule_words import RuleWarning, rule_warnings
from bonus.adapters.einvoice.rules import rules_installed
from bonus.adapters.einvoice.sandbox import Reader, ReaderPool
from bonus.demo.invoices import make_invoices
from tests.support.world import ON

from .einvoice_samples import BUYER, SELLER, cii, line, terms, ubl

needs_saxon = pytest.mark.skipif(
    not rules_installed(),
    reason="the extra « rules » (saxonche) is not installed: uv run --extra rules pytest -m rules",
)
FOLDER = Path(__file__).resolve().parents[3] / "shared" / "invoices"
Maker = Callable[[dict[str, Any]], bytes]


def checked(data: bytes) -> EInvoice:
    return read_invoice(data, rules=True)


def shown(invoice: EInvoice) -> list[RuleWarning]:
    assert invoice.findings is not None, "the rules were not run"
    return rule_warnings([finding.as_json() for finding in invoice.findings])


def broken(invoice: EInvoice) -> set[str]:
    return {warning.rule for warning in shown(invoice)}


# ---------------------------------------------------------------- with Saxon


@pytest.mark.rules
@needs_saxon
@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/invoices is not on this machine")
@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("Facture_FR_BASICWL.pdf", set()),
        ("Facture_FR_BASIC.pdf", {""}),  # « Value of 'ram:ID' is not allowed »
        ("Facture_FR_EN16931.pdf", set()),
        ("Avoir_FR_type381_EN16931.pdf", set()),
    ],
)
def test_the_older_french_samples(name: str, more: set[str]) -> None:
    """Written before the French rules: what they lack of them, and nothing else."""
    french = {"BR-FR-05", "BR-FR-08", "BR-FR-10", "BR-FR-12", "BR-FR-13", "BR-FR-32"}
    invoice = checked((FOLDER / name).read_bytes())
    assert broken(invoice) == french | more
    assert [one.sentence for one in shown(invoice) if one.rule == "BR-FR-32"] == [
        "Le numéro légal du client n’est pas un SIREN de 9 chiffres."
    ]


@pytest.mark.rules
@needs_saxon
@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/invoices is not on this machine")
@pytest.mark.parametrize(
    "name", ["factur-x-en16931.xml", "invoice_EN16931.pdf", "ubl-21-en16931.xml", "Facture_FR_MINIMUM.pdf"]
)
def test_the_samples_that_break_nothing(name: str) -> None:
    assert checked((FOLDER / name).read_bytes()).findings == ()


@pytest.mark.rules
@needs_saxon
@pytest.mark.parametrize(("make", "kind"), [(cii, "380"), (ubl, "380"), (ubl, "381")])
def test_a_line_that_does_not_say_what_is_sold_is_named(make: Maker, kind: str) -> None:
    two = make(terms([line(10_00), line(20_00, more={"BT-153": "Retirer"})], **{"BT-3": kind}))
    without = re.sub(rb"<(ram|cbc):Name>Retirer</(ram|cbc):Name>", b"", two)
    assert without != two
    [warning] = [one for one in shown(checked(without)) if one.rule == "BR-25"]
    assert (warning.line, warning.sentence) == (2, "Le nom de ce qui est vendu manque.")


@pytest.mark.rules
@needs_saxon
@pytest.mark.parametrize("make", [cii, ubl])
def test_a_wrong_total_is_said_once(make: Maker) -> None:
    """Ours says both figures: the rule BR-CO-15 beside it would add nothing."""
    wrong = terms([line(100_00)]) | {"BT-112": "119.00", "BT-115": "119.00"}
    invoice = checked(make(wrong))
    assert any(warning.startswith("Le total TTC indiqué (119,00") for warning in invoice.warnings)
    assert "BR-CO-15" not in broken(invoice)


@pytest.mark.rules
@needs_saxon
def test_what_ours_does_not_say_is_said() -> None:
    """Paid in part and not told: ours takes the difference as prepaid, as MINIMUM writes it; the rule tells."""
    unsaid = {name: value for name, value in terms([line(100_00)]).items() if name != "BT-113"}
    invoice = checked(cii(unsaid | {"BT-115": "20.00"}))
    assert invoice.totals.prepaid == 100_00
    assert "BR-CO-16" in broken(invoice)


@pytest.mark.rules
@needs_saxon
def test_french_rules_bind_french_sellers_only() -> None:
    german = {
        "name": "Wolke Beispiel GmbH",
        "vat_identifier": "DE123456788",
        "city": "Berlin",
        "country_code": "DE",
    }
    assert not {
        rule for rule in broken(checked(cii(terms([line(10_00)], **{"BG-4": german})))) if "FR" in rule
    }
    assert "BR-FR-13" in broken(checked(cii(terms([line(10_00)], **{"BG-4": SELLER, "BG-7": BUYER}))))


@pytest.mark.rules
@needs_saxon
def test_the_demonstration_s_invoices_are_read_the_same() -> None:
    for _, data in make_invoices(ON):
        plain, advised = read_invoice(data), checked(data)
        assert (plain.lines, plain.totals, plain.warnings) == (
            advised.lines,
            advised.totals,
            advised.warnings,
        )
        assert plain.findings is None
        assert advised.findings is not None


@pytest.mark.rules
@needs_saxon
@pytest.mark.skipif(
    not hasattr(resource, "prlimit"), reason="the limits of another process are Linux's to tell"
)
def test_its_memory_and_its_files_are_bounded() -> None:
    """Saxon reserves 32 GB of addresses that it never uses: what is bounded is what it writes to."""
    reader = Reader(Path(rules.__file__).with_name("rules_worker.py"))
    try:
        answer = reader.ask(b"R", b"factur-x minimum eu\n<a/>", 30)
        pid = reader._process.pid
        assert "findings" in answer
        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (2**30, 2**30)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
    finally:
        reader.close()


# ---------------------------------------------------------------- without it


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A script in the place of the one that runs the rules."""
    script = tmp_path / "stand_in.py"
    pool = ReaderPool(script)
    monkeypatch.setattr(rules, "RULES", pool)
    # By its name in the module that asks: reader.py looks before it has the document written out.
    monkeypatch.setattr(sys.modules["bonus.adapters.einvoice.reader"], "rules_installed", lambda: True)
    yield script
    pool.close()


GOOD = cii(terms([line(100_00)]))
ENDS = "import sys; sys.stdin.buffer.read(9); sys.exit(3)"
LASTS = "import time; time.sleep(60)"
REFUSES = """
import struct, sys
sys.stdin.buffer.read(9)
sys.stdout.buffer.write(struct.pack(">Q", 16) + b'{"error": "bad"}')
sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""


@pytest.mark.parametrize("script", [ENDS, REFUSES], ids=["ends", "refuses"])
def test_rules_that_fail_are_no_fault_of_the_invoice(stand_in: Path, script: str) -> None:
    stand_in.write_text(script)
    invoice = checked(GOOD)
    assert invoice.findings is None
    assert invoice.totals.net == 100_00


def test_rules_that_last_are_given_up(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.write_text(LASTS)
    monkeypatch.setattr(sys.modules["bonus.adapters.einvoice.sandbox"], "STARTING_SECONDS", 0.0)
    monkeypatch.setattr(rules, "TIMEOUT_SECONDS", 0.2)
    assert checked(GOOD).findings is None


def test_an_enormous_document_is_not_checked(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.write_text(LASTS)
    monkeypatch.setattr(rules, "MAX_XML_CHARACTERS", 1_000)
    assert checked(GOOD).findings is None


def test_where_the_extra_is_not_installed_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["bonus.adapters.einvoice.reader"], "rules_installed", lambda: False)
    assert checked(GOOD).findings is None
