"""The documents people keep: complete, readable, the same each time, PDF/A, looked at by poppler."""

import io
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pikepdf import pdfa

from bonus.adapters import fonts
from bonus.adapters.pdf import acknowledgement_pdf, certificate_pdf
from bonus.adapters.pdf_archive import archive
from bonus.certificates.content import CertificateContent, CertifiedCompany
from bonus.money import format_euros
from tests.adapters.document_samples import (
    FILED_AT,
    FORMER,
    KEY,
    NUMBER,
    PUBLIC_URL,
    acknowledgement,
    certificate,
    poppler,
    purchase,
    worked,
)


def sheet(content: CertificateContent, *, demo: bool = False) -> bytes:
    return certificate_pdf(content, public_url=PUBLIC_URL, demo=demo)


def words(pdf: bytes, folder: Path) -> str:
    """The text of a document, lines joined; poppler writes every kind of space as a space."""
    return plain(poppler("pdftotext", pdf, folder, "-layout", "-enc", "UTF-8"))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def code_points(pdf: bytes) -> set[int]:
    """Every character that the fonts of the document say they draw."""
    found: set[int] = set()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                pairs = re.findall(rb"<\w\w> <(\w{4})>", item.ToUnicode.read_bytes())
                found |= {int(code, 16) for code in pairs}
    return found


def test_the_certificate_says_everything(tmp_path: Path) -> None:
    content = certificate(
        [purchase(0), purchase(1, solution="Minerve")],
        replaces=FORMER,
        open_claims=["BS-2026-000200"],
        working=worked(purchase(0), purchase(1, solution="Minerve")),
    )
    said = words(sheet(content), tmp_path)
    for expected in (
        "RÉPUBLIQUE", "FRANÇAISE", "Liberté", "Égalité", "Fraternité", "Attestation fiscale", NUMBER, FORMER,
        KEY, "L’Œuvre & Fils", "732 829 320", "12 rue des Forges", "69003 Lyon", "1er janvier 2026",
        "31 décembre 2026", "22 novembre 2026", "Réduction d’impôt", "Athéna", "Minerve",
        "Nuage Souverain SAS", "552100554", "FA-00000", "15/10/2026", "BS-2026-000123", "20/11/2026",
        "12 345,67 €", "12 345,68 €", "24 691,35 €", "6 913,56 €", "17 777,79 €", "10 667,00 €", "20 000,00 €",
        "BS-2026-000200", "Annule et remplace", "provisoire", "bonus.example/verifier", "Page 1/",
    ):  # fmt: skip
        assert expected in said
    assert "Démonstration" not in said


def test_the_acknowledgement_says_everything(tmp_path: Path) -> None:
    content = acknowledgement(2, expected_bonus_cents=1_234_567)
    said = words(acknowledgement_pdf(content, demo=True), tmp_path)
    for expected in (
        "Accusé de réception", "BS-2026-000123", "L’Œuvre & Fils", "732 829 320", "22 novembre 2026 à 9 h 05",
        "22 janvier 2027", "Sans réponse à cette date", "FA-0", "FA-1", "01/10/2026", "1 000,00 €",
        "1 000,01 €", "2 000,01 €", "12 345,67 €", "Estimation", "01 02 03 04 05", "contact@bonus.example",
        "139 rue de Bercy", "75012 Paris", "Page 1/1", "Démonstration, dispositif fictif",
    ):  # fmt: skip
        assert expected in said
    for section in content.sections:
        for paragraph in section.paragraphs:
            assert plain(paragraph) in said


def test_without_an_estimate_none_is_hinted_at(tmp_path: Path) -> None:
    assert "estim" not in words(acknowledgement_pdf(acknowledgement(), demo=False), tmp_path).lower()


def test_signs_of_french_typography_come_back_as_they_are(tmp_path: Path) -> None:
    content = certificate([purchase(solution="« Cœur » d’Œdipe – n°\u00a01 … ½")])
    pdf = sheet(content)
    assert "« Cœur » d’Œdipe – n° 1 … ½" in words(pdf, tmp_path)
    assert code_points(pdf) >= {ord(sign) for sign in "€’«»œŒ–…½\u202f"}  # ReportLab draws U+00A0 as a space


def test_same_content_same_bytes() -> None:
    content = certificate([purchase(rank) for rank in range(3)])
    assert sheet(content) == sheet(content)
    assert sheet(content) != sheet(certificate([purchase(rank) for rank in range(4)]))
    assert acknowledgement_pdf(acknowledgement(), demo=False) == acknowledgement_pdf(
        acknowledgement(), demo=False
    )


@pytest.mark.parametrize("demo", [False, True])
def test_documents_are_pdf_a_2b_in_french_with_a_title(demo: bool) -> None:
    for pdf, title in (
        (sheet(certificate(), demo=demo), f"Attestation fiscale {NUMBER}"),
        (
            acknowledgement_pdf(acknowledgement(), demo=demo),
            "Accusé de réception du dossier BS-2026-000123",
        ),
    ):
        assert pdfa.validate_written(io.BytesIO(pdf), "2b").verdict == "pass"
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert document.Root.Lang == "fr-FR"
            assert bool(document.Root.ViewerPreferences.DisplayDocTitle)
            assert document.docinfo.Title == title
            with document.open_metadata() as metadata:
                assert metadata["dc:title"] == title
                assert metadata["dc:creator"] == ["Service du Bonus Souveraineté"]
                assert metadata["xmp:CreateDate"].startswith("2026-11-22T")


def test_the_validator_is_really_asked() -> None:
    """A page with a font that is not embedded must not become an archive."""
    output = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page()
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = document.make_stream(b"BT /F1 12 Tf 72 720 Td (x) Tj ET")
        document.save(output)
    with pytest.raises(pdfa.PdfaError):
        archive(output.getvalue(), created_at=FILED_AT, author="x", subject="x")


def test_every_font_is_embedded_and_readable(tmp_path: Path) -> None:
    rows = poppler("pdffonts", sheet(certificate()), tmp_path).splitlines()[2:]
    assert {row.split()[0].split("+")[1] for row in rows} == {
        "Marianne-Regular",
        "Marianne-Bold",
        "Marianne-RegularItalic",
    }
    assert all(re.search(r"\bTrueType\b.*\byes yes yes\b", row) for row in rows)


def test_two_hundred_purchases_run_over_pages(tmp_path: Path) -> None:
    content = certificate([purchase(rank) for rank in range(200)])
    pdf = sheet(content)
    pages = poppler("pdftotext", pdf, tmp_path, "-layout").split("\f")[:-1]
    count = len(pages)
    assert count > 5
    for rank, page in enumerate(pages, 1):
        assert f"Page {rank}/{count}" in page
        assert NUMBER in page
        if "FA-00" in page:
            assert page.count("Dossier décidé") == 1  # the head, once on each page that has rows
    text = "".join(pages)
    assert [text.count(f"FA-{rank:05d}") for rank in range(200)] == [1] * 200
    total = next(page for page in pages if "Total de l’exercice" in page)
    assert "FA-00199" in total  # the total is never alone
    assert plain(format_euros(content.total_incentive_base_cents)) in plain(total)


def test_the_table_begins_on_the_first_page(tmp_path: Path) -> None:
    first = poppler(
        "pdftotext", sheet(certificate([purchase(rank) for rank in range(200)])), tmp_path, "-l", "1"
    )
    assert "FA-00000" in first


def test_amounts_end_on_the_same_line_to_the_right(tmp_path: Path) -> None:
    bases = [1, 99, 12_345, 1_234_567, 123_456_789_012]
    content = certificate(
        [
            purchase(rank, eligible_base_cents=base, bonus_cents=0, incentive_base_cents=base)
            for rank, base in enumerate(bases)
        ]
    )
    boxes = poppler("pdftotext", sheet(content), tmp_path, "-bbox")
    ends = Counter(re.findall(r' xMax="([\d.]+)" yMax="[\d.]+">€<', boxes))
    # Five purchases and the total, in three columns; the other amounts stand alone.
    assert sorted(count for count in ends.values() if count > 1) == [6, 6, 6]


def test_amounts_of_billions_do_not_touch(tmp_path: Path) -> None:
    huge = purchase(eligible_base_cents=99_999_999_999, bonus_cents=1, incentive_base_cents=99_999_999_998)
    said = words(sheet(certificate([huge])), tmp_path)
    assert "999 999 999,99 € 0,01 € 999 999 999,98 €" in said


@pytest.mark.parametrize(
    "name",
    [
        "Société <b>Dupont</b> & Cie &amp; <img src='file:///etc/passwd'/>",
        "</para><para>",
        "W" * 400,
        "Société très longue " * 60,
        "a\x00b\x1b\x7f\ud7ff",
        "\u202eEnvers\u200b",
    ],
)
def test_names_are_text_whatever_they_hold(name: str, tmp_path: Path) -> None:
    content = certificate(
        [purchase(solution=name, supplier_name=name, invoice_number=name)],
        company=CertifiedCompany(name, "732829320", (name,)),
    )
    said = words(sheet(content), tmp_path)
    visible = "".join(sign for sign in name if sign.isprintable() and not sign.isspace())
    assert visible[:12] in said.replace(" ", "")


def test_a_name_higher_than_a_page_is_split(tmp_path: Path) -> None:
    pdf = sheet(certificate([purchase(solution="Très longue désignation " * 400)]))
    assert words(pdf, tmp_path).count("désignation") == 400


def test_letters_the_typeface_lacks_are_transliterated(tmp_path: Path) -> None:
    content = certificate([purchase(supplier_name="Ελλάς Νέφος Łódź Čapek Софія")])
    assert "Ellas Nephos Łódź Čapek Sofiia" in words(sheet(content), tmp_path)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.integers(0, 99_999_999_999))
def test_any_text_makes_a_document(text: str, cents: int) -> None:
    row = purchase(solution=text, eligible_base_cents=cents, bonus_cents=0, incentive_base_cents=cents)
    assert sheet(certificate([row])).startswith(b"%PDF-1.")


def test_a_year_without_purchase_has_a_total_of_zero(tmp_path: Path) -> None:
    assert "Total de l’exercice 0,00 €" in words(sheet(certificate([])), tmp_path)


def test_a_year_from_july_to_june_is_named(tmp_path: Path) -> None:
    content = certificate(
        [purchase(invoice_date=date(2026, 10, 1))],
        fiscal_year_start=date(2026, 7, 1),
        fiscal_year_end=date(2027, 6, 30),
    )
    assert "exercice du 1er juillet 2026 au 30 juin 2027" in words(sheet(content), tmp_path)


class TestTypeface:
    def test_it_is_truetype_with_what_french_needs(self) -> None:
        made = fonts.truetype("Marianne-Regular.woff")
        font = TTFont(io.BytesIO(made))
        assert "glyf" in font
        assert "CFF " not in font
        known = font.getBestCmap()
        assert not [c for c in "€’«»œŒæÿéèêàùçÉÈÀÇ–—…°½×\u00a0\u202f\u2011" if ord(c) not in known]
        # Figures are tabular: columns of amounts line up.
        assert len({font["hmtx"][known[ord(digit)]][0] for digit in "0123456789"}) == 1
        assert fonts.truetype("Marianne-Regular.woff") == made

    def test_a_kept_face_is_used_and_a_damaged_one_made_again(self, tmp_path: Path) -> None:
        cache = tmp_path / "cache"
        made = fonts._face("Kept", "Marianne-Bold.woff", cache)
        (kept,) = cache.iterdir()
        whole, written = kept.read_bytes(), kept.stat().st_mtime_ns
        assert fonts._face("Kept", "Marianne-Bold.woff", cache).face.charToGlyph == made.face.charToGlyph
        assert kept.stat().st_mtime_ns == written
        for damaged in (b"", whole[:1000], whole[:-500] + bytes(500)):
            kept.write_bytes(damaged)
            fonts._face("Kept", "Marianne-Bold.woff", cache)
            assert kept.read_bytes() == whole
