"""Label schemes, certifiers and their keys; the registry's lock."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The labels the regulation recognises (art. 4) and who grants them, as an installation finds them.
ENTERED = datetime(2026, 1, 1, tzinfo=UTC)
CERTIFIERS = {
    "bureau-veritas": "Bureau Veritas Certification",
    "afnor-certification": "AFNOR Certification",
    "anssi": "Agence nationale de la sécurité des systèmes d’information (ANSSI)",
    "dge": "Direction générale des entreprises (DGE)",
}
SCHEMES = [
    (
        "NFG",
        "Numérique France Garanti",
        "Une offre numérique dont l’essentiel est conçu, gouverné et hébergé en France.",
        [
            "Activités clés, gouvernance et hébergement en France",
            "Sécurité et protection des données",
            "Majorité de la valeur ajoutée numérique produite en France",
        ],
        [],
        ["bureau-veritas"],
    ),
    (
        "SECNUMCLOUD",
        "SecNumCloud",
        "La qualification des prestataires de services d’informatique en nuage.",
        [],
        ["cloud", "data", "workplace", "ai"],
        ["anssi"],
    ),
    (
        "ANSSI_QUALIFICATION",
        "Qualification de l’ANSSI",
        "La qualification des produits et des prestataires de cybersécurité.",
        [],
        ["cybersecurity"],
        ["anssi"],
    ),
    (
        "SFG",
        "Service France Garanti",
        "Un service rendu en France par des personnes qui y travaillent.",
        [],
        ["workplace", "cybersecurity", "low_code"],
        ["bureau-veritas", "afnor-certification"],
    ),
    (
        "EEA_EQUIVALENT",
        "Label équivalent d’un autre État de l’EEE",
        "Un label d’un autre État de l’Espace économique européen, reconnu équivalent par décision.",
        [],
        [],
        ["dge"],
    ),
]
SCHEMES_SINCE = date(
    2000, 1, 1
)  # the earliest day the registry takes: it does not tell when a label was born


def upgrade() -> None:
    _create()
    _enter_schemes()


def _create() -> None:
    op.create_table(
        "certifiers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifiers")),
        sa.UniqueConstraint("slug", name=op.f("uq_certifiers_slug")),
    )
    op.create_table(
        "label_schemes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("equivalences", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from <= valid_until", name=op.f("ck_label_schemes_dates")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_schemes")),
        sa.UniqueConstraint(
            "code", "valid_from", "recorded_at", name=op.f("uq_label_schemes_code_valid_from_recorded_at")
        ),
    )
    op.create_index("ix_label_schemes_code", "label_schemes", ["code"])

    op.create_table(
        "registry_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_registry_head_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registry_head")),
    )
    op.create_table(
        "certifier_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certifier_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["certifier_id"], ["certifiers.id"], name=op.f("fk_certifier_keys_certifier_id_certifiers")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_certifier_keys_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifier_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_certifier_keys_prefix")),
    )
    op.create_index("ix_certifier_keys_certifier_id", "certifier_keys", ["certifier_id"])

    op.create_table(
        "label_certifiers",
        sa.Column("scheme_id", sa.Integer(), nullable=False),
        sa.Column("certifier_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certifier_id"], ["certifiers.id"], name=op.f("fk_label_certifiers_certifier_id_certifiers")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["label_schemes.id"], name=op.f("fk_label_certifiers_scheme_id_label_schemes")
        ),
        sa.PrimaryKeyConstraint("scheme_id", "certifier_id", name=op.f("pk_label_certifiers")),
    )
    op.execute("INSERT INTO registry_head (id, version) VALUES (1, 0)")


def _enter_schemes() -> None:
    bind = op.get_bind()
    tables = {
        name: sa.Table(name, sa.MetaData(), autoload_with=bind) for name in ("certifiers", "label_schemes")
    }
    link = sa.Table("label_certifiers", sa.MetaData(), autoload_with=bind)
    ids = {}
    for slug, name in CERTIFIERS.items():
        row = tables["certifiers"].insert().values(slug=slug, name=name, created_at=ENTERED)
        ids[slug] = bind.execute(row).inserted_primary_key[0]
    for code, name, description, criteria, axes, certifiers in SCHEMES:
        row = (
            tables["label_schemes"]
            .insert()
            .values(
                code=code,
                name=name,
                description=description,
                valid_from=SCHEMES_SINCE,
                criteria=criteria,
                axes=axes,
                equivalences=[],
                reason="Labels reconnus par le règlement (art. 4)",
                recorded_at=ENTERED,
                recorded_by="service:migration",
            )
        )
        scheme_id = bind.execute(row).inserted_primary_key[0]
        bind.execute(
            link.insert(), [{"scheme_id": scheme_id, "certifier_id": ids[slug]} for slug in certifiers]
        )


def downgrade() -> None:
    for table in ("label_certifiers", "certifier_keys", "registry_head", "label_schemes", "certifiers"):
        op.drop_table(table)
