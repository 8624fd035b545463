"""Fields of our forms, and the controls the macros draw from them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import InputRequired

from bonus.errors import InvalidInput
from bonus.money import amount_string, format_euros
from bonus.web.fields import (
    AmountField,
    CheckboxesField,
    add_refusal,
    form_errors,
    read_amount,
    remove_spaces,
)


class Line(Form):
    net = AmountField("Montant net", [InputRequired("Écrivez le montant.")])


class Claim(Form):
    siren = StringField("SIREN", [InputRequired("Écrivez votre SIREN.")], filters=[remove_spaces])
    note = StringField("Note")
    outcome = RadioField(
        "Avis",
        [InputRequired("Choisissez un avis.")],
        choices=[SelectChoice("yes", "Accord"), SelectChoice("no", "Refus")],
    )
    documents = CheckboxesField(
        "Pièces", choices=[SelectChoice("p", "Paiement"), SelectChoice("c", "Contrat")]
    )
    invoices = MultipleFileField("Factures")
    secret = PasswordField("Mot de passe")
    honour = BooleanField("Je certifie", [InputRequired("Cochez cette case.")])
    lines = FieldList(FormField(Line), min_entries=2)


def posted(**values: Any) -> Claim:
    return Claim(MultiDict(values))


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("500", 50_000),
        ("0,5", 50),
        ("12 345,67 €", 1_234_567),
        ("12\u202f345,67\u00a0€", 1_234_567),
        ("99.9", 9_990),
        ("-3,00", -300),
        ("  7,25 ", 725),
        ("9999999999999,99", 999_999_999_999_999),
    ],
)
def test_amounts_as_people_type_them(text: str, cents: int) -> None:
    assert read_amount(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "€",
        "12,345",
        "1.234,56",
        "1,2,3",
        "1e3",
        "abc",
        "--1",
        "99999999999999",
        "NaN",
        "∞",
        "1 €uros",
        "٣,٠٠x",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        read_amount(text)


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_what_we_write_we_can_read(cents: int) -> None:
    assert read_amount(format_euros(cents)) == cents
    assert read_amount(amount_string(cents)) == cents


@given(st.text(max_size=20))
def test_reading_never_fails_otherwise(text: str) -> None:
    try:
        found = read_amount(text)
    except ValueError:
        return
    assert isinstance(found, int)
    assert any(character.isdigit() for character in text)


def test_amount_field_keeps_what_was_typed() -> None:
    wrong = Line(MultiDict({"net": "12 euros et quelque"}))
    assert not wrong.validate()
    assert wrong.net.data is None
    assert 'value="12 euros et quelque"' in wrong.net()
    assert "1\u00a0250,50" in wrong.net.errors[0]
    right = Line(MultiDict({"net": "1 250,5"}))
    assert right.validate()
    assert right.net.data == 125_050
    assert 'value="1250,50"' in Line(data={"net": 125_050}).net()
    assert 'value=""' in Line().net()


def test_spaces_are_taken_out_of_numbers() -> None:
    assert posted(siren="732\u00a0829 320").siren.data == "732829320"
    assert remove_spaces(None) is None


def test_errors_in_the_order_of_the_page_each_with_its_control() -> None:
    form = posted(**{"lines-0-net": "5", "lines-1-net": "x"})
    assert not form.validate()
    add_refusal(form, InvalidInput("claim.closed", "Ce dossier est déjà déposé."))
    add_refusal(form, InvalidInput("siren.unknown", "Ce SIREN n’existe pas.", field="siren"))
    add_refusal(form, InvalidInput("other", "Sans champ.", field="not_here"))
    found = form_errors(form)
    assert [target for target, _ in found] == [
        None,
        None,
        "siren",
        "siren",
        "outcome-0",
        "honour",
        "lines-1-net",
    ]
    assert [sentence for target, sentence in found[:4]] == [
        "Ce dossier est déjà déposé.", "Sans champ.", "Écrivez votre SIREN.", "Ce SIREN n’existe pas.",
    ]  # fmt: skip


def draw(app: Flask, call: str, form: Form) -> str:
    with app.test_request_context():
        text: str = render_template_string('{% import "_dsfr/forms.html" as forms %}' + call, form=form)
    return text


CALLS = {
    "siren": "{{ forms.input(form.siren, hint='9 chiffres', inputmode='numeric') }}",
    "note": "{{ forms.textarea(form.note, rows=3) }}",
    "outcome": "{{ forms.radios(form.outcome, hints={'no': 'Dites pourquoi'}) }}",
    "documents": "{{ forms.checkboxes(form.documents) }}",
    "invoices": "{{ forms.files(form.invoices, accept='.pdf') }}",
    "secret": "{{ forms.password(form.secret) }}",
    "honour": "{{ forms.checkbox(form.honour) }}",
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("failed", [False, True])
def test_every_control_has_its_label_and_its_messages(app: Flask, name: str, failed: bool) -> None:
    form = posted()
    if failed:
        form.validate()
        form[name].errors = ["Il y a une faute & un <b>piège</b>."]
    text = draw(app, CALLS[name], form)
    identifiers = re.findall(r'\bid="([^"]+)"', text)
    assert len(identifiers) == len(set(identifiers))
    for control in re.findall(r"<(?:input|textarea|select)\b[^>]*>", text):
        (own,) = re.findall(r'\bid="([^"]+)"', control)
        assert f'for="{own}"' in text
    for described in re.findall(r'aria-(?:describedby|labelledby)="([^"]+)"', text):
        assert set(described.split()) <= set(identifiers)
    assert ("fr-message--error" in text) is failed
    assert "<b>" not in text
    assert ("aria-invalid" in text) is (failed and name not in ("outcome", "documents"))


def test_required_and_optional_are_said(app: Flask) -> None:
    assert "(facultatif)" not in draw(app, CALLS["siren"], Claim())
    assert "required" in draw(app, CALLS["siren"], Claim())
    assert "(facultatif)" in draw(app, CALLS["note"], Claim())


def test_summary_leads_to_each_control(app: Flask) -> None:
    form = posted()
    form.validate()
    text = draw(app, "{{ forms.error_summary(form) }}" + "".join(CALLS.values()), form)
    targets = re.findall(r'<a href="#([^"]+)">', text)
    assert {"siren", "outcome-0", "honour"} <= set(targets)
    assert all(f'id="{target}"' in text for target in targets if not target.startswith("lines"))
    assert draw(app, "{{ forms.error_summary(form) }}", Line()).strip() == ""


def test_a_password_is_never_written_back(app: Flask) -> None:
    text = draw(app, CALLS["secret"], posted(secret="azerty"))
    assert "azerty" not in text
    assert 'autocomplete="current-password"' in text
    assert 'autocomplete="new-password"' in draw(app, "{{ forms.password(form.secret, new=True) }}", Claim())


def test_a_form_that_changes_something_carries_its_token(app: Flask) -> None:
    post = draw(app, "{% call forms.form(form, '/x', multipart=True) %}corps{% endcall %}", Claim())
    assert 'name="csrf_token"' in post
    assert 'enctype="multipart/form-data"' in post
    search = draw(app, "{% call forms.form(form, '/x', method='get') %}corps{% endcall %}", Claim())
    assert "csrf_token" not in search
