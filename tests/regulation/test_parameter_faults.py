"""Every fault of the parameter files is named, with its file, its key and its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from bonus.regulation import ParametersError, load_parameters

from .support import replace


def faults(folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(ParametersError) as caught:
        load_parameters(folder)
    return [(fault.file, fault.key, fault.reason) for fault in caught.value.faults]


CASES = [
    (
        "bonus.yaml",
        "value: 1500",
        "value: 15.00",
        "size.micro.bonus, version 1",
        "jamais en nombre à virgule",
    ),
    (
        "bonus.yaml",
        "value: 1500",
        "value: 1.5e3",
        "size.micro.bonus, version 1",
        "jamais en nombre à virgule",
    ),
    ("bonus.yaml", "value: 1500", "value: .nan", "size.micro.bonus, version 1", "jamais en nombre à virgule"),
    ("bonus.yaml", "value: 1500", 'value: "1500"', "size.micro.bonus, version 1", "nombre entier attendu"),
    ("bonus.yaml", "value: 1500", "value: true", "size.micro.bonus, version 1", "nombre entier attendu"),
    ("bonus.yaml", "value: 1500", "value: 10001", "size.micro.bonus, version 1", "entre -10000 et 10000"),
    ("bonus.yaml", "value: 1500", "value: null", "size.micro.bonus, version 1", "nombre entier attendu"),
    ("bonus.yaml", "value: 1500", "valeur: 1500", "size.micro.bonus, version 1.valeur", "clé inconnue"),
    ("bonus.yaml", "value: 1500", "until: 2026-12-31", "size.micro.bonus, version 1", "« value » manque"),
    (
        "bonus.yaml",
        "2026-01-01, value: 1500",
        "2026-02-30, value: 1500",
        "size.micro.bonus, version 1",
        "n’existe pas",
    ),
    (
        "bonus.yaml",
        "2026-01-01, value: 1500",
        "1/1/2026, value: 1500",
        "size.micro.bonus, version 1",
        "AAAA-MM-JJ",
    ),
    (
        "bonus.yaml",
        "2026-01-01, value: 1500",
        "20260101, value: 1500",
        "size.micro.bonus, version 1",
        "AAAA-MM-JJ",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{value: 1500}",
        "size.micro.bonus, version 1",
        "« from »",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "3",
        "size.micro.bonus, version 1",
        "une table est attendue",
    ),
    ("bonus.yaml", "[{from: 2026-01-01, value: 1500}]", "[]", "size.micro.bonus", "au moins une version"),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{from: 2026-01-01, value: 1500}, {from: 2026-01-01, value: 1600}",
        "size.micro.bonus",
        "chevauchement : deux versions prennent effet le 2026-01-01",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{from: 2026-01-01, until: 2027-01-01, value: 1500}, {from: 2027-01-01, value: 1600}",
        "size.micro.bonus",
        "chevauchement : une version va jusqu’au 2027-01-01, une autre part du 2027-01-01",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{from: 2026-01-01, until: 2026-12-30, value: 1500}, {from: 2027-01-01, value: 1600}",
        "size.micro.bonus",
        "trou : rien ne s’applique entre le 2026-12-30 et le 2027-01-01",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{from: 2026-01-01, until: 2026-12-31, value: 1500}",
        "size.micro.bonus",
        "la dernière version ne peut pas avoir de « until »",
    ),
    (
        "bonus.yaml",
        "{from: 2026-01-01, value: 1500}",
        "{from: 2026-01-01, until: 2025-12-31, value: 1500}, {from: 2027-01-01, value: 1600}",
        "size.micro.bonus, version 1",
        "précède",
    ),
    ("bonus.yaml", "    unit: bp\n", "", "size.micro.bonus", "l’unité manque (attendu : bp)"),
    ("bonus.yaml", "    unit: bp\n", "    unit: eur\n", "size.micro.bonus", "unité 'eur' inattendue"),
    ("bonus.yaml", "    unit: bp\n", "    unite: bp\n", "size.micro.bonus.unite", "clé inconnue"),
    ("bonus.yaml", "size.micro.bonus", "size.micro.bonsu", "size.micro.bonsu", "clé inconnue"),
    (
        "bonus.yaml",
        "size.sme.bonus",
        "size.micro.annual_ceiling",
        "size.micro.annual_ceiling",
        "déjà défini dans bonus",
    ),
    (
        "bonus.yaml",
        "article: art. 6",
        "article: article 6",
        "size.micro.bonus",
        "article attendu sous la forme",
    ),
    ("bonus.yaml", "article: art. 6", "author: moi", "author", "clé inconnue"),
    ("bonus.yaml", "article: art. 6\n", "", "size.micro.bonus", "« article » manque"),
    ("bonus.yaml", "notion: ", "notion: 3 #", "notion", "« notion » manque ou n’est pas un texte"),
    ("payment.yaml", "model:", "names: 3\nmodel:", "names", "une table de noms est attendue"),
    (
        "payment.yaml",
        "parameters:\n  payment.days:",
        "parameters: []\nnames:\n  x.y:",
        "parameters",
        "une table de paramètres",
    ),
    ("payment.yaml", "    unit: days", "    unit: days\n    unit: days", "unit", "clé écrite deux fois"),
    ("payment.yaml", "value: 30", "value: -1", "payment.days, version 1", "entre 0"),
    ("payment.yaml", "notion: Paiement", "notion: [Paiement", "ligne 2", "YAML illisible"),
    ("payment.yaml", "  payment.days:", "  ? [a]\n  :", "ligne 5", "une clé doit être un texte simple"),
    ("ceilings.yaml", '"60000.00"', "60000.00", "ceiling.solution, version 1", "entre guillemets"),
    ("ceilings.yaml", '"60000.00"', '"60000.000"', "ceiling.solution, version 1", "deux décimales"),
    ("ceilings.yaml", '"60000.00"', '"-1.00"', "ceiling.solution, version 1", "hors limites"),
    ("period.yaml", "value: 2026-01-01", "value: null", "period.start", "une valeur est attendue"),
    ("budget.yaml", '"09-30"', '"09-31"', "budget.sme_reserve_until, version 1", "n’existe pas chaque année"),
    ("budget.yaml", '"09-30"', '"02-29"', "budget.sme_reserve_until, version 1", "n’existe pas chaque année"),
    ("budget.yaml", '"09-30"', "30", "budget.sme_reserve_until, version 1", "MM-JJ"),
    (
        "beneficiary.yaml",
        '["01", "03"]',
        '["1"]',
        "beneficiary.excluded_naf_divisions, version 1",
        "divisions NAF",
    ),
    (
        "beneficiary.yaml",
        '["01", "03"]',
        '["01", "01"]',
        "beneficiary.excluded_naf_divisions, version 1",
        "deux fois",
    ),
    ("labels.yaml", "[cybersecurity]", "[cyber]", "label.ANSSI_QUALIFICATION.axes", "axe inconnu : cyber"),
    ("labels.yaml", "value: every", "value: all", "label.NFG.axes, version 1", "codes d’axes"),
    (
        "labels.yaml",
        "label.NFG: {name: Numérique",
        "label.XYZ: {name: Numérique",
        "label.NFG.axes",
        "n’a pas de nom",
    ),
    ("labels.yaml", "label.NFG: {name", "label.nfg: {name", "names.label.nfg", "clé inconnue"),
    ("labels.yaml", "label.NFG: {name", "label.SFG: {name", "label.SFG", "clé écrite deux fois"),
    ("labels.yaml", "{name: Numérique France Garanti,", "{", "names.label.NFG", "« name » manque"),
    (
        "labels.yaml",
        "{name: Numérique France Garanti, short: Numérique France Garanti}",
        "NFG",
        "names.label.NFG",
        "table",
    ),
    (
        "axes.yaml",
        "axis.ai: {",
        "axis.space: {name: Espace, short: espace}\n  axis.ai: {",
        "axis.space.rate",
        "manquant",
    ),
    (
        "size.yaml",
        "  size.micro.turnover_max:",
        "  size.large.turnover_max:",
        "size.micro.turnover_max",
        "manquant",
    ),
    (
        "size.yaml",
        "  size.micro.turnover_max:",
        "  size.large.turnover_max:",
        "size.large.turnover_max",
        "pas de seuil",
    ),
    (
        "ceilings.yaml",
        "from: 2026-01-01",
        "from: 2026-02-01",
        "ceiling.solution",
        "aucune valeur du 2026-01-01 au",
    ),
    (
        "size.yaml",
        "from: 2026-01-01",
        "from: 2026-02-01",
        "size.micro.bonus",
        "ne commencent pas le même jour",
    ),
]


@pytest.mark.parametrize(("file", "old", "new", "key", "reason"), CASES, ids=lambda value: str(value)[:40])
def test_a_fault_is_named(folder: Path, file: str, old: str, new: str, key: str, reason: str) -> None:
    replace(folder, file, old, new)
    found = faults(folder)
    assert [said for where, at, said in found if at == key and reason in said], found
    assert all(where.endswith(".yaml") or where.startswith("(") for where, _, _ in found)


def test_a_missing_parameter_is_named(folder: Path) -> None:
    (folder / "payment.yaml").unlink()
    assert faults(folder) == [("(tous les fichiers)", "payment.days", "paramètre manquant")]


def test_the_two_categories_the_rules_name_must_exist(folder: Path) -> None:
    for file in ("size.yaml", "bonus.yaml", "ceilings.yaml"):
        path = folder / file
        path.write_text(path.read_text("utf-8").replace("size.public", "size.administration"), "utf-8")
    assert ("(tous les fichiers)", "names.size.public", "catégorie obligatoire manquante") in faults(folder)


def test_all_faults_are_said_at_once(folder: Path) -> None:
    replace(folder, "payment.yaml", "value: 30", "value: 30.0")
    replace(folder, "bonus.yaml", "    unit: bp\n", "")
    replace(folder, "budget.yaml", "notion: Enveloppe annuelle", "notion: [")
    with pytest.raises(ParametersError) as caught:
        load_parameters(folder)
    assert {fault.file for fault in caught.value.faults} == {"payment.yaml", "bonus.yaml", "budget.yaml"}
    for fault in caught.value.faults:
        assert str(fault) in str(caught.value)


def test_a_file_in_another_encoding(folder: Path) -> None:
    (folder / "payment.yaml").write_bytes("notion: Payé".encode("latin-1"))
    assert ("payment.yaml", "", "le fichier n’est pas en UTF-8") in faults(folder)


def test_an_empty_file(folder: Path) -> None:
    (folder / "payment.yaml").write_text("", "utf-8")
    assert faults(folder)[0][:2] == ("payment.yaml", "")


def test_a_folder_without_parameters(tmp_path: Path) -> None:
    assert faults(tmp_path) == [(str(tmp_path), "", "aucun fichier de paramètres (*.yaml)")]
