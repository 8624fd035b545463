"""Certifications in two times: what is true of them is in facts, which are only added."""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Nobody changes or removes a fact, not even by SQL; two certifications of one label never cover the same day.
OVERLAP = (
    "SELECT 1 FROM certifications AS other WHERE other.solution_id = NEW.solution_id AND other.label = NEW.label "
    "AND other.id <> NEW.id AND other.covers_until IS NOT NULL "
    "AND other.valid_from <= NEW.covers_until AND NEW.valid_from <= other.covers_until"
)
# What INSERT OR REPLACE would take the place of: SQLite then deletes it without asking the trigger on DELETE.
REPLACED = (
    "SELECT 1 FROM certification_facts AS other WHERE other.id = NEW.id OR other.corrects_id = NEW.corrects_id "
    "OR (other.certification_id = NEW.certification_id AND (other.reference = NEW.reference OR "
    "(other.corrects_id IS NULL AND NEW.corrects_id IS NULL AND other.kind = 'granted' AND NEW.kind = 'granted')))"
)
SQLITE_GUARDS = [
    (
        "CREATE TRIGGER certification_facts_no_replace BEFORE INSERT ON certification_facts "
        f"WHEN EXISTS ({REPLACED}) BEGIN SELECT RAISE(ABORT, 'facts of the registry are only added'); END"
    ),
    *(
        f"CREATE TRIGGER certification_facts_no_{verb.lower()} BEFORE {verb} ON certification_facts "
        "BEGIN SELECT RAISE(ABORT, 'facts of the registry are only added'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    *(
        f"CREATE TRIGGER certifications_no_overlap_{verb.lower()} AFTER {verb} ON certifications "
        f"WHEN NEW.covers_until IS NOT NULL AND EXISTS ({OVERLAP}) "
        "BEGIN SELECT RAISE(ABORT, 'certifications of one label overlap'); END"
        for verb in ("INSERT", "UPDATE")
    ),
]
POSTGRESQL_GUARDS = [
    (
        "CREATE FUNCTION registry_facts_are_only_added() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'facts of the registry are only added'; END $$"
    ),
    (
        "CREATE TRIGGER certification_facts_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON certification_facts "
        "FOR EACH STATEMENT EXECUTE FUNCTION registry_facts_are_only_added()"
    ),
    (
        # The service holds the registry's lock already; two who write without it wait for each other here.
        "CREATE FUNCTION certifications_never_overlap() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF NEW.covers_until IS NULL THEN RETURN NEW; END IF; "
        "PERFORM 1 FROM registry_head FOR UPDATE; "
        f"IF EXISTS ({OVERLAP}) THEN "
        "RAISE EXCEPTION 'certifications of one label overlap' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER certifications_no_overlap AFTER INSERT OR UPDATE ON certifications "
        "FOR EACH ROW EXECUTE FUNCTION certifications_never_overlap()"
    ),
]
FIRST_CERTIFIERS = (
    "SELECT scheme.code, min(link.certifier_id) FROM label_certifiers AS link "
    "JOIN label_schemes AS scheme ON scheme.id = link.scheme_id GROUP BY scheme.code"
)
ENTERED = datetime(2026, 1, 1, tzinfo=UTC)
SERVICE = "service:migration"
REASON = "Inscrit avant la tenue de l’historique"
# Two certifications could bear one reference; what the second was called is kept here, and comes back from here.
RENAMED = f"{REASON}, sous une référence déjà prise\u00a0: "
DAY = timedelta(days=1)


def upgrade() -> None:
    certifications = _rows("SELECT * FROM certifications ORDER BY id")
    events: dict[int, list[dict]] = {row["id"]: [] for row in certifications}
    for event in _rows('SELECT * FROM certification_events ORDER BY "on", id'):
        events[event["certification_id"]].append(event)
    for row in certifications:
        row["periods"], row["covers_until"] = _reading(row, events[row["id"]])
    certifiers = dict(op.get_bind().execute(sa.text(FIRST_CERTIFIERS)).all())
    _require_sound(certifications, certifiers)
    op.drop_table("certification_events")
    op.drop_table("certifications")
    _create_certifications()
    _create_facts()
    guards = SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRESQL_GUARDS
    for guard in guards:
        op.execute(guard)
    if certifications:
        _carry_over(certifications, events, certifiers)


def _rows(query: str) -> list[dict]:
    """What a query gives, its dates and moments as such on both databases."""
    types = {"valid_from": sa.Date, "valid_until": sa.Date, "on": sa.Date, "happened_on": sa.Date}
    types |= {"recorded_at": sa.DateTime(timezone=True), "retroactive": sa.Boolean, "void": sa.Boolean}
    result = op.get_bind().execute(sa.text(query).columns(**types))
    return [dict(row) for row in result.mappings()]


def _require_sound(certifications: list[dict], certifiers: dict[str, int]) -> None:
    """Say what an administrator must mend first, before anything is changed."""
    faults = [
        f"certification {row['id']}: no certifier grants the label {row['label']}"
        for row in certifications
        if row["label"] not in certifiers
    ]
    held: dict[tuple[int, str], list[dict]] = {}
    for row in sorted(certifications, key=lambda row: (row["valid_from"], row["id"])):
        if row["covers_until"] is None:
            continue
        others = held.setdefault((row["solution_id"], row["label"]), [])
        faults += [
            f"certifications {other['id']} and {row['id']}: both {row['label']} for solution {row['solution_id']} "
            f"on {row['valid_from']}"
            for other in others
            if other["covers_until"] >= row["valid_from"]
        ]
        others.append(row)
    if faults:
        raise SystemExit("Nothing was changed. To be mended first:\n" + "\n".join(faults))


def _reading(row: dict, events: list[dict]) -> tuple[list[tuple[date, date]], date | None]:
    """The days a certification is in force, and the last day it holds its place (None when it never counted)."""
    withdrawn = next((one["on"] for one in events if one["type"] == "withdrawn"), None)
    end = row["valid_until"] if withdrawn is None else min(row["valid_until"], withdrawn - DAY)
    if end < row["valid_from"] or any(one["retroactive"] for one in events):
        return [], None
    periods: list[tuple[date, date]] = []
    start: date | None = row["valid_from"]
    for one in events:
        if one["type"] == "withdrawn":
            break
        within = row["valid_from"] <= one["on"] <= row["valid_until"]
        if one["type"] == "suspended" and start is not None and within:
            if start < one["on"]:
                periods.append((start, one["on"] - DAY))
            start = None
        elif one["type"] == "reinstated" and start is None:
            start = periods.pop()[0] if periods and periods[-1][1] == one["on"] - DAY else one["on"]
    if start is not None and start <= end:
        periods.append((start, end))
    return periods, end


def _carry_over(
    certifications: list[dict], events: dict[int, list[dict]], certifiers: dict[str, int]
) -> None:
    """Certifications entered before: their validity and events become facts, learned when they were."""
    usual = _enter_change(REASON)
    taken = {(certifiers[row["label"]], row["reference"]) for row in certifications}
    seen: set[tuple[int, str]] = set()
    rows: dict[str, list[dict]] = {"certifications": [], "certification_facts": [], "in_force_periods": []}
    for row in certifications:
        certifier_id, reference, change_id = certifiers[row["label"]], row["reference"], usual
        if (certifier_id, reference) in seen:
            reference = _free_reference(certifier_id, reference, row["id"], taken)
            change_id = _enter_change(RENAMED + row["reference"])
        seen.add((certifier_id, reference))
        same = {name: row[name] for name in ("valid_from", "valid_until", "recorded_at")}
        whose = {name: row[name] for name in ("solution_id", "label")}
        rows["certifications"].append(
            {"id": row["id"], "certifier_id": certifier_id, "reference": reference}
            | {"covers_until": row["covers_until"]}
            | same
            | whose
        )
        fact = {"certification_id": row["id"], "change_id": change_id, "void": False}
        grant = {"kind": "granted", "retroactive": False, "happened_on": None}
        rows["certification_facts"].append(fact | same | grant)
        none = {"valid_from": None, "valid_until": None}
        for one in events[row["id"]]:
            told = {"kind": one["type"], "happened_on": one["on"], "recorded_at": one["recorded_at"]}
            rows["certification_facts"].append(fact | none | told | {"retroactive": one["retroactive"]})
        rows["in_force_periods"] += [
            {"certification_id": row["id"], "starts_on": start, "ends_on": end} | whose
            for start, end in row["periods"]
        ]
    for name, found in rows.items():
        if found:
            op.bulk_insert(_table(name), found)
    _follow_ids()


def _free_reference(certifier_id: int, reference: str, number: int, taken: set[tuple[int, str]]) -> str:
    """A reference of its own for a certification whose reference another has; noted as taken."""
    mark = f"-{number}"
    while (certifier_id, reference[: 80 - len(mark)] + mark) in taken:
        mark += "-bis"
    found = reference[: 80 - len(mark)] + mark
    taken.add((certifier_id, found))
    return found


def _enter_change(reason: str) -> int:
    row = {"source": "service", "recorded_at": ENTERED, "recorded_by": SERVICE, "reason": reason}
    row |= {"touched": 0, "handled": 0, "cursor": 0, "done_at": ENTERED}
    key = op.get_bind().execute(_table("registry_changes").insert().values(row)).inserted_primary_key
    return key[0]


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _follow_ids() -> None:
    """Certifications kept their ids: PostgreSQL counts on from the last."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('certifications', 'id'), (SELECT max(id) FROM certifications))"
        )


def _create_certifications() -> None:
    op.create_table(
        "certifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("certifier_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("covers_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_certifications_dates")),
        sa.CheckConstraint(
            "covers_until BETWEEN valid_from AND valid_until", name=op.f("ck_certifications_cover")
        ),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_certifications_solution_id_solutions")
        ),
        sa.ForeignKeyConstraint(
            ["certifier_id"], ["certifiers.id"], name=op.f("fk_certifications_certifier_id_certifiers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifications")),
        sa.UniqueConstraint(
            "certifier_id", "reference", name=op.f("uq_certifications_certifier_id_reference")
        ),
    )
    op.create_index("ix_certifications_solution_id", "certifications", ["solution_id"])
    op.create_index("ix_certifications_valid_until", "certifications", ["valid_until"])
    op.create_index(
        "uq_certifications_cover_from",
        "certifications",
        ["solution_id", "label", "valid_from"],
        unique=True,
        sqlite_where=sa.text("covers_until IS NOT NULL"),
        postgresql_where=sa.text("covers_until IS NOT NULL"),
    )


def _create_facts() -> None:
    op.create_table(
        "certification_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certification_id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=True),
        sa.Column("audited_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(length=200), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'granted' AND valid_from IS NOT NULL AND valid_until IS NOT NULL AND happened_on IS NULL) OR "
            "(kind <> 'granted' AND valid_from IS NULL AND valid_until IS NULL AND happened_on IS NOT NULL)",
            name=op.f("ck_certification_facts_shape"),
        ),
        sa.CheckConstraint(
            "NOT retroactive OR kind = 'withdrawn'",
            name=op.f("ck_certification_facts_retroactive_withdrawal"),
        ),
        sa.CheckConstraint(
            "kind IN ('granted', 'suspended', 'reinstated', 'withdrawn')",
            name=op.f("ck_certification_facts_kind"),
        ),
        sa.CheckConstraint(
            "NOT void OR corrects_id IS NOT NULL", name=op.f("ck_certification_facts_void_corrects")
        ),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_certification_facts_dates")),
        sa.CheckConstraint("corrects_id < id", name=op.f("ck_certification_facts_corrects_earlier")),
        sa.ForeignKeyConstraint(
            ["certification_id", "corrects_id", "kind"],
            ["certification_facts.certification_id", "certification_facts.id", "certification_facts.kind"],
            name="fk_certification_facts_corrects",
        ),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certifications.id"],
            name=op.f("fk_certification_facts_certification_id_certifications"),
        ),
        sa.ForeignKeyConstraint(
            ["change_id"],
            ["registry_changes.id"],
            name=op.f("fk_certification_facts_change_id_registry_changes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_facts")),
        sa.UniqueConstraint(
            "certification_id", "id", "kind", name=op.f("uq_certification_facts_certification_id_id_kind")
        ),
        sa.UniqueConstraint(
            "certification_id", "reference", name=op.f("uq_certification_facts_certification_id_reference")
        ),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_certification_facts_corrects_id")),
    )
    op.create_index("ix_certification_facts_change_id", "certification_facts", ["change_id"])
    op.create_index(
        "uq_certification_facts_grant",
        "certification_facts",
        ["certification_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'granted' AND corrects_id IS NULL"),
        postgresql_where=sa.text("kind = 'granted' AND corrects_id IS NULL"),
    )

    op.create_table(
        "in_force_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certification_id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_in_force_periods_dates")),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certifications.id"],
            name=op.f("fk_in_force_periods_certification_id_certifications"),
        ),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_in_force_periods_solution_id_solutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_in_force_periods")),
    )
    op.create_index("ix_in_force_periods_certification_id", "in_force_periods", ["certification_id"])
    op.create_index("ix_in_force_periods_label_days", "in_force_periods", ["label", "ends_on", "starts_on"])
    op.create_index("ix_in_force_periods_solution_id", "in_force_periods", ["solution_id"])


def downgrade() -> None:
    certifications, events = _former_rows()
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER certification_facts_guard ON certification_facts")
        op.execute("DROP TRIGGER certifications_no_overlap ON certifications")
        op.execute("DROP FUNCTION registry_facts_are_only_added()")
        op.execute("DROP FUNCTION certifications_never_overlap()")
    else:
        for verb in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER certification_facts_no_{verb}")
        for verb in ("insert", "update"):
            op.execute(f"DROP TRIGGER certifications_no_overlap_{verb}")
    for table in ("in_force_periods", "certification_facts", "certifications"):
        op.drop_table(table)
    # Another upgrade enters it anew.
    op.execute(f"DELETE FROM registry_changes WHERE recorded_by = '{SERVICE}'")
    _create_former_tables()
    for name, found in (("certifications", certifications), ("certification_events", events)):
        if found:
            op.bulk_insert(_table(name), found)
    if certifications:
        _follow_ids()


def _former_rows() -> tuple[list[dict], list[dict]]:
    """Certifications and events as the former tables hold them: what is known now.

    What was corrected, or declared never to have been, has no place there.
    """
    facts = _rows("SELECT * FROM certification_facts ORDER BY id")
    corrected = {fact["corrects_id"] for fact in facts}
    place: dict[int, int] = {}
    for fact in facts:
        place[fact["id"]] = place.get(fact["corrects_id"], fact["id"])
    standing = [fact for fact in facts if fact["id"] not in corrected and not fact["void"]]
    granted = {fact["certification_id"] for fact in standing if fact["kind"] == "granted"}
    former = _former_references()
    kept = ("id", "solution_id", "label", "valid_from", "valid_until", "recorded_at")
    certifications = [
        {name: row[name] for name in kept} | {"reference": former.get(row["id"], row["reference"])}
        for row in _rows("SELECT * FROM certifications ORDER BY id")
        if row["id"] in granted
    ]
    events = [
        {"certification_id": fact["certification_id"], "type": fact["kind"], "on": fact["happened_on"]}
        | {"retroactive": fact["retroactive"], "recorded_at": fact["recorded_at"]}
        for fact in sorted(standing, key=lambda fact: place[fact["id"]])
        if fact["kind"] != "granted" and fact["certification_id"] in granted
    ]
    return certifications, events


def _former_references() -> dict[int, str]:
    """What certifications were called before the upgrade found their reference taken."""
    query = (
        "SELECT fact.certification_id, change.reason FROM certification_facts AS fact "
        "JOIN registry_changes AS change ON change.id = fact.change_id "
        f"WHERE fact.kind = 'granted' AND change.recorded_by = '{SERVICE}'"
    )
    return {
        certification_id: reason.removeprefix(RENAMED)
        for certification_id, reason in op.get_bind().execute(sa.text(query))
        if reason.startswith(RENAMED)
    }


def _create_former_tables() -> None:
    op.create_table(
        "certifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("solution_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=30), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_certifications_dates")),
        sa.ForeignKeyConstraint(
            ["solution_id"], ["solutions.id"], name=op.f("fk_certifications_solution_id_solutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certifications")),
    )
    op.create_index(op.f("ix_certifications_solution_id"), "certifications", ["solution_id"], unique=False)
    op.create_table(
        "certification_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certification_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("retroactive", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT retroactive OR type = 'withdrawn'",
            name=op.f("ck_certification_events_retroactive_withdrawal"),
        ),
        sa.CheckConstraint(
            "type IN ('suspended', 'reinstated', 'withdrawn')", name=op.f("ck_certification_events_type")
        ),
        sa.ForeignKeyConstraint(
            ["certification_id"],
            ["certifications.id"],
            name=op.f("fk_certification_events_certification_id_certifications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certification_events")),
    )
    op.create_index(
        op.f("ix_certification_events_certification_id"),
        "certification_events",
        ["certification_id"],
        unique=False,
    )
