"""Files, buyers and sellers that the headless demonstration does not know: each is named, none stops the others."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from bonus.demo.invoices import BUYER, SELLER
from tests.adapters.einvoice_samples import blank_pdf, cii, factur_x, line, terms
from tests.support.bills import Item, bill

from .runs import GRANTED, Play, Run, check_refused, in_a_process, once, transfers, written

pytestmark = pytest.mark.slow  # real processes, a second or more each

ON = ("--on", "2026-11-22")
MEGABYTES = 1_000_000


def party(name: str, siren: str | None, *, country: str = "FR", vat: str | None = None) -> dict[str, Any]:
    """A seller or a buyer as an invoice names it."""
    whole = {"name": name, "country_code": country, "vat_identifier": vat, "legal_identifier": siren}
    if siren:
        whole["legal_identifier_schemeid"] = "0002"
    return {key: value for key, value in whole.items() if value is not None}


def invoice(
    number: str, buyer: dict[str, Any], seller: dict[str, Any], net_cents: int = 1_000_00, **more: Any
) -> tuple[str, bytes]:
    """An invoice for something that no registry names."""
    one = line(net_cents, more={"BT-153": "Abonnement", "BT-155": "X-1"})
    return f"{number}.xml", cii(terms([one], BT_1=number, BG_4=seller, BG_7=buyer, **more))


# ---------------------------------------------------------------- files that are no invoice

REASONS = {
    "texte.pdf": "n’est ni un PDF ni un fichier XML",
    "vide.pdf": "est vide",
    "tronquee.pdf": "est endommagé ou incomplet",
    "chiffree.pdf": "est protégé par un chiffrement",
    "zeros.pdf": "est trop volumineux (200,0\u00a0Mo)",
    "absente.pdf": "ne peut pas être lu (il n’existe pas)",
    "dossier.pdf": "ne peut pas être lu (c’est un dossier)",
    "sans-facture.pdf": "ne contient pas de facture électronique",
    "tuyau.xml": "est vide",
    "page.xml": "n’est pas une facture",
    "demain.xml": "un jour à venir",
}


def bad_files(folder: Path) -> list[Path]:
    """A file of each kind, by the names of ``REASONS``."""
    folder.mkdir()
    (folder / "texte.pdf").write_text("Facture\nTotal : 1 000 €\n")
    (folder / "vide.pdf").touch()
    whole = factur_x()
    (folder / "tronquee.pdf").write_bytes(whole[: len(whole) // 2])
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(folder / "chiffree.pdf", encryption=pikepdf.Encryption(owner="o", user="u"))
    with (folder / "zeros.pdf").open("wb") as sparse:
        sparse.truncate(200 * MEGABYTES)
    (folder / "dossier.pdf").mkdir()
    (folder / "sans-facture.pdf").write_bytes(blank_pdf())
    os.mkfifo(folder / "tuyau.xml")
    (folder / "page.xml").write_text("<html><body>Facture</body></html>")
    (folder / "demain.xml").write_bytes(bill(issued_on=date(2026, 11, 23))[1])
    return [folder / name for name in REASONS]


def check_named(run: Run) -> None:
    """Each is named once, with its reason."""
    assert run.status == 1
    for name, reason in REASONS.items():
        assert reason in run.line(f"✗  {name} : ")
    assert "Traceback" not in run.said


def mixed(folder: Path) -> Run:
    """Bad files around a good one, whose name is not UTF-8."""
    bad = bad_files(folder / "in")
    good = folder / "in" / os.fsdecode(b"ao\xfbt.xml")
    good.write_bytes(bill(number="A-1")[1])
    return in_a_process(folder / "out", *ON, *bad[:5], good, *bad[5:])


def test_files_that_are_no_invoice_are_named_and_the_others_done() -> None:
    run = once("mixed", mixed)
    check_named(run)
    assert run.errors == ""
    assert run.names() == GRANTED
    assert [one["file"] for one in run.json("claim.json")["invoices"]] == ["ao\ufffdt.xml"]
    assert transfers(run.out / "payment.xml") == 4_500_00


def test_only_such_files_leave_nothing_not_even_of_an_earlier_run(play: Play, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for old in (*GRANTED, "claim-2.json", "decision-12.json", "payment-3.xml", "certificate-2.pdf"):
        (out / old).write_text("of an earlier run")
    kept = ["claim-2.json.bak", "claim-final.json", "notes.txt"]
    for mine in kept:
        (out / mine).write_text("not ours")
    run = play(out, *ON, *bad_files(tmp_path / "in"))
    check_named(run)
    assert run.names() == kept
    assert "déposé" not in run.said


# ---------------------------------------------------------------- parties that nobody knows

KNOWN_SELLER = party(SELLER.name, SELLER.siren)
UNKNOWN_SELLER = party("Logiciels d’Ailleurs", "552100554")
DOSSIERS = {
    "unknown both": invoice("N-1", party("Menuiserie Inconnue", "732829320"), UNKNOWN_SELLER),
    "seller of Austria": invoice(
        "N-2", party("Deux SA", "404833048"), party("Wolke GmbH", None, country="AT", vat="ATU13585627")
    ),
    "wrong SIREN": invoice("N-3", party("Faux Numéro", "123456789"), UNKNOWN_SELLER),
    "letters for a SIREN": invoice("N-4", party("Des Lettres", "abcdé+6é9"), UNKNOWN_SELLER),
    "no SIREN": invoice("N-5", party("Sans Numéro", None), UNKNOWN_SELLER),
    "seller of nowhere": invoice(
        "N-6", party("Six SARL", "552081317"), party("Cloud Inc.", None, country="US", vat=None)
    ),
    "below the minimum": invoice("N-7", party("Sept SARL", "542065479"), UNKNOWN_SELLER, 499_99),
    "credit note alone": bill(
        Item(-1_000_00),
        number="N-8",
        corrects="N-0",
        buyer=replace(BUYER, name="Huit SA", siren="542051180", vat_number="FR59542051180"),
    ),
}
SUFFIX = {name: "" if rank == 1 else f"-{rank}" for rank, name in enumerate(DOSSIERS, start=1)}


@pytest.fixture(scope="session")
def newcomers(play: Play) -> Run:
    """One run in which each dossier is that of another buyer."""
    return once(
        "newcomers", lambda folder: play(folder / "out", *ON, *written(folder / "in", *DOSSIERS.values()))
    )


def test_each_buyer_has_its_own_dossier(newcomers: Run) -> None:
    assert newcomers.status == 0
    names = [newcomers.json(f"claim{suffix}.json")["company"]["name"] for suffix in SUFFIX.values()]
    assert names[:2] == ["Menuiserie Inconnue", "Deux SA"]
    assert len(set(names)) == len(DOSSIERS)
    assert "claim-1.json" not in newcomers.names()


@pytest.mark.parametrize(
    ("name", "bonus"), [("unknown both", 350_00), ("seller of Austria", 350_00), ("no SIREN", 350_00)]
)
def test_who_was_not_known_is_entered_and_granted(name: str, bonus: int, newcomers: Run) -> None:
    suffix = SUFFIX[name]
    decision = newcomers.json(f"decision{suffix}.json")
    assert (decision["outcome"], decision["bonus"]) == ("granted", "350.00")
    assert transfers(newcomers.out / f"payment{suffix}.xml") == bonus
    assert (newcomers.out / f"certificate{suffix}.pdf").read_bytes().startswith(b"%PDF-")


def test_the_output_says_who_was_entered_and_as_what(newcomers: Run) -> None:
    assert "(SIREN 732829320) entre comme PME fictive, avec un IBAN de test" in newcomers.line(
        "Acheteur inconnu : Menuiserie"
    )
    assert "certifiée NFG (fictif)" in newcomers.line("Vendeur inconnu : Logiciels d’Ailleurs (552100554)")
    assert "entre au registre" in newcomers.line("Vendeur inconnu : Wolke GmbH (ATU13585627)")
    assert "il est inventé" in newcomers.line("Acheteur inconnu : Sans Numéro")
    assert "ne peut pas entrer au registre (art. 4)" in newcomers.line("Vendeur Cloud Inc.")
    assert newcomers.json("claim.json")["company"] == {
        "siren": "732829320", "name": "Menuiserie Inconnue", "kind": "enterprise", "fictitious": True
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "reason", "article"),
    [
        ("wrong SIREN", "beneficiary.", "art. 2.1"),
        ("letters for a SIREN", "beneficiary.", "art. 2.1"),
        ("seller of nowhere", "solution.unknown", "art. 4"),
        ("below the minimum", "claim.below_minimum", "art. 5.4"),
        ("credit note alone", "purchase.no_amount", "art. 5.3"),
    ],
)
def test_the_law_is_not_bent_for_a_newcomer(name: str, reason: str, article: str, newcomers: Run) -> None:
    [refused] = check_refused(newcomers, SUFFIX[name])["lines"]
    assert refused["reason"].startswith(reason)
    assert refused["article"] == article


def test_a_dossier_that_could_not_be_made_takes_no_number(play: Play, tmp_path: Path) -> None:
    later = invoice("L-1", party("Plus Tard SA", "732829320"), KNOWN_SELLER, BT_2=date(2026, 11, 23))
    short = invoice("L-2", party("Numéro Court", "1234567"), KNOWN_SELLER)
    run = play(tmp_path / "out", *ON, *written(tmp_path / "in", later, short, bill(Item(100_00))))
    assert (run.status, run.names()) == (1, ["claim.json", "decision.json"])
    assert "un jour à venir" in run.line("✗  L-1.xml")
    assert "«\u00a01234567\u00a0», n’a pas neuf chiffres" in run.line("✗  L-2.xml")
    assert check_refused(run)["lines"][0]["reason"] == "claim.below_minimum"


def test_the_same_file_given_twice_is_taken_once(play: Play, tmp_path: Path) -> None:
    [path] = written(tmp_path / "in", bill(number="A-1"))
    run = play(tmp_path / "out", *ON, path, path)
    assert run.status == 1
    assert "Ce fichier est déjà dans le dossier" in run.line("✗  A-1.xml")
    assert run.json("decision.json")["bonus"] == "4500.00"
