"""A company's name and address, typed: by who signs it up, or by the agent who checks what they typed."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class IdentityForm(FlaskForm):
    name = StringField(
        "Nom de l’entreprise",
        [InputRequired("Indiquez le nom."), Length(max=200, message="200 caractères au plus.")],
    )
    street = StringField(
        "Numéro et voie du siège",
        [InputRequired("Indiquez l’adresse du siège."), Length(max=200, message="200 caractères au plus.")],
    )
    postcode = StringField(
        "Code postal", [InputRequired("Indiquez le code postal."), Length(max=10, message="5 chiffres.")]
    )
    town = StringField(
        "Commune", [InputRequired("Indiquez la commune."), Length(max=100, message="100 caractères au plus.")]
    )
    naf = StringField(
        "Code NAF (ou APE)",
        [InputRequired("Indiquez le code NAF."), Length(max=10, message="Un code NAF s’écrit 62.01Z.")],
    )

    def typed(self) -> tuple[str, str, str, str, str]:
        """Name, street, postcode, town and activity, as ``declared_identity`` and ``check_identity`` take them."""
        fields = (self.name, self.street, self.postcode, self.town, self.naf)
        name, street, postcode, town, naf = (field.data or "" for field in fields)
        return name, street, postcode, town, naf
