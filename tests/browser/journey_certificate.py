"""The certificate in the journey: the accountant keeps it, anyone checks it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from playwright.sync_api import Locator, expect

from bonus.money import format_euros

from .bills import Bills
from .visitor import Visitor


def ask_for_it(visitor: Visitor) -> None:
    """The company asks for it: the demonstration's fiscal year ended yesterday (art. 15)."""
    page = visitor.page
    visitor.open("/entreprise/attestations")
    page.get_by_role("button", name="Demander l’attestation").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Attestation fiscale AF-")
    expect(page.get_by_role("main")).to_contain_text("Réduction d’impôt de l’exercice")
    visitor.look()


def keep_the_certificate(visitor: Visitor, folder: Path, bills: Bills) -> tuple[str, Path]:
    """The accountant, with a mandate, finds it among the clients': its number, and the PDF."""
    page = visitor.page
    visitor.sign_in("cabinet@demo.example")
    row = page.get_by_role("row").filter(has_text="Atelier Fictif SAS")
    visitor.wait_for(row.filter(has_text="À jour"))
    expect(row).to_have_count(1)
    expect(row).to_contain_text(format_euros(bills.base))
    expect(row).to_contain_text(format_euros(bills.bonus))
    found = re.search(r"AF-\d{4}-\d{6}-\w{6}-\d{2}", row.inner_text())
    assert found is not None
    visitor.look()
    certificate = folder / f"{found[0]}.pdf"
    certificate.write_bytes(visitor.download(row.get_by_role("link", name="Télécharger l’attestation")))
    return found[0], certificate


def check_it(visitor: Visitor, number: str, certificate: Path, bills: Bills, pdftoppm: str) -> None:
    """Anyone, without an account: by its number, by its code, by the file; an altered file is told."""
    page = visitor.page
    visitor.open("/verifier")
    expect(page.get_by_role("link", name="Se connecter")).to_be_attached()
    page.get_by_label("Numéro de l’attestation").fill(number)
    page.get_by_role("button", name="Vérifier le numéro").click()
    expect(_result(visitor)).to_contain_text("Cette attestation est authentique")
    expect(_result(visitor)).to_contain_text(number)
    expect(_result(visitor)).not_to_contain_text("Bonus accordé")  # told to who holds the document
    visitor.look()

    for document in (_photo(certificate, pdftoppm), certificate):
        _hand_over(visitor, document)
        expect(_result(visitor)).to_contain_text("Cette attestation est authentique")
        for amount in (bills.base, bills.bonus):
            expect(_result(visitor)).to_contain_text(format_euros(amount))
        expect(_result(visitor)).to_contain_text("Atelier Fictif SAS (SIREN 900 300 401)")
    visitor.look()

    _hand_over(visitor, _altered(certificate))
    expect(_result(visitor)).to_contain_text("Ce document a été modifié")
    expect(_result(visitor)).not_to_contain_text("authentique")
    visitor.look()


def _result(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name="Résultat de la vérification")


def _hand_over(visitor: Visitor, document: Path) -> None:
    visitor.page.get_by_label("Fichier PDF ou photo du code").set_input_files(document)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Vérifier le document").click()


def _photo(certificate: Path, pdftoppm: str) -> Path:
    """The first page as a picture, as a scanner makes one."""
    target = certificate.with_suffix("")
    subprocess.run(
        [pdftoppm, "-png", "-r", "150", "-f", "1", "-l", "1", "-singlefile", certificate, target], check=True
    )
    return target.with_suffix(".png")


def _altered(certificate: Path) -> Path:
    """The same document but for one byte of its first object."""
    content = bytearray(certificate.read_bytes())
    content[200] ^= 1
    path = certificate.with_name("attestation-modifiee.pdf")
    path.write_bytes(content)
    return path
