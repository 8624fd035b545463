"""What the catalogue's search looks in: trigrams of each solution's text, and the words those texts are made of.

All of it is kept by the database itself, so that a solution written by plain SQL is found too. It is no table of
the models: whatever it holds can be made again from ``solutions``. Its names begin with ``search_``.
"""

import re

import sqlalchemy as sa
from alembic import op
from text_unidecode import unidecode

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A space on each side, so that « word begins with » and « whole word » are substrings like any other.
PADDED = "' ' || {text} || ' '"
HEAD, SHORTEST, LONGEST = 2, 3, 40

# Of a text, its words made of letters alone: json_each parts it where the spaces are.
SQLITE_WORDS = (
    "INSERT OR IGNORE INTO search_words (word, head, tail, length) "
    f"SELECT value, substr(value, 1, {HEAD}), substr(value, -{HEAD}), length(value) FROM {{source}} "
    f"WHERE length(value) BETWEEN {SHORTEST} AND {LONGEST} AND value NOT GLOB '*[^a-z]*'"
)
SQLITE_SPLIT = "json_each('[' || replace(json_quote({text}), ' ', '\",\"') || ']')"
SQLITE_ADD = "INSERT INTO search_solutions (rowid, text) VALUES (NEW.id, {});".format(
    PADDED.format(text="NEW.search_text")
)
SQLITE_REMOVE = (
    "INSERT INTO search_solutions (search_solutions, rowid, text) VALUES ('delete', OLD.id, {});".format(
        PADDED.format(text="OLD.search_text")
    )
)
SQLITE_LEARN = SQLITE_WORDS.format(source=SQLITE_SPLIT.format(text="NEW.search_text")) + ";"
SQLITE = [
    (f"CREATE VIEW search_rows AS SELECT id, {PADDED.format(text='search_text')} AS text FROM solutions"),
    (
        "CREATE VIRTUAL TABLE search_solutions USING fts5 "
        "(text, content='search_rows', content_rowid='id', tokenize='trigram')"
    ),
    "INSERT INTO search_solutions (search_solutions) VALUES ('rebuild')",
    SQLITE_WORDS.format(source="solutions, " + SQLITE_SPLIT.format(text="solutions.search_text")),
    (
        "CREATE TRIGGER search_solutions_insert AFTER INSERT ON solutions "
        f"BEGIN {SQLITE_ADD} {SQLITE_LEARN} END"
    ),
    (
        "CREATE TRIGGER search_solutions_update AFTER UPDATE OF search_text ON solutions "
        f"WHEN OLD.search_text <> NEW.search_text BEGIN {SQLITE_REMOVE} {SQLITE_ADD} {SQLITE_LEARN} END"
    ),
    f"CREATE TRIGGER search_solutions_delete AFTER DELETE ON solutions BEGIN {SQLITE_REMOVE} END",
]

# In one order, so that two writers never wait for each other.
POSTGRESQL_WORDS = (
    "INSERT INTO search_words (word, head, tail, length) "
    f"SELECT word, left(word, {HEAD}), right(word, {HEAD}), length(word) FROM ("
    "SELECT DISTINCT unnest(string_to_array({text}, ' ')) COLLATE \"C\" AS word FROM {source}) AS split "
    f"WHERE length(word) BETWEEN {SHORTEST} AND {LONGEST} AND word ~ '^[a-z]+$' ORDER BY word "
    "ON CONFLICT DO NOTHING"
)
POSTGRESQL = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    (
        "CREATE INDEX search_solutions_trigrams ON solutions "
        f"USING gin (({PADDED.format(text='search_text')}) gin_trgm_ops)"
    ),
    POSTGRESQL_WORDS.format(text="search_text", source="solutions"),
    (
        "CREATE FUNCTION search_learn_inserted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{POSTGRESQL_WORDS.format(text='search_text', source='added')}; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER search_solutions_insert AFTER INSERT ON solutions REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION search_learn_inserted()"
    ),
    (
        "CREATE FUNCTION search_learn_updated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{POSTGRESQL_WORDS.format(text='NEW.search_text', source='(VALUES (1)) AS one')}; RETURN NULL; END $$"
    ),
    (
        "CREATE TRIGGER search_solutions_update AFTER UPDATE OF search_text ON solutions FOR EACH ROW "
        "WHEN (OLD.search_text IS DISTINCT FROM NEW.search_text) EXECUTE FUNCTION search_learn_updated()"
    ),
]


def upgrade() -> None:
    _fold_texts()
    letters = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.create_table(
        "search_words",
        sa.Column("word", letters, nullable=False),
        sa.Column("head", sa.String(length=HEAD), nullable=False),
        sa.Column("tail", sa.String(length=HEAD), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name="search_words_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("search_words_head", "search_words", ["head", "length", "word"])
    op.create_index("search_words_tail", "search_words", ["tail", "length", "word"])
    op.create_index("search_solutions_usage", "solutions", ["axis", "slug"])
    op.create_index("search_periods", "in_force_periods", ["solution_id", "label", "ends_on", "starts_on"])
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def _fold_texts() -> None:
    """Solutions entered before 0008 were given their name alone, as it stands: fold it, supplier included."""
    bind = op.get_bind()
    rows = bind.execute(
        sa.text(
            "SELECT solutions.id AS id, solutions.name, suppliers.name AS supplier, identifier, reference "
            "FROM solutions JOIN suppliers ON suppliers.id = supplier_id WHERE search_text = lower(solutions.name)"
        )
    ).mappings()
    texts = [
        {
            "key": row["id"],
            "text": _fold(
                " ".join([row["name"], row["supplier"], row["identifier"], row["reference"] or ""])
            ),
        }
        for row in rows
    ]
    if texts:
        bind.execute(sa.text("UPDATE solutions SET search_text = :text WHERE id = :key"), texts)


def _fold(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", unidecode(text).lower()))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER search_solutions_{act}")
        op.execute("DROP TABLE search_solutions")
        op.execute("DROP VIEW search_rows")
    else:
        for act in ("insert", "update"):
            op.execute(f"DROP TRIGGER search_solutions_{act} ON solutions")
        for function in ("search_learn_inserted", "search_learn_updated"):
            op.execute(f"DROP FUNCTION {function}()")
        op.execute("DROP INDEX search_solutions_trigrams")
        op.execute("DROP EXTENSION pg_trgm")
    op.drop_index("search_periods", "in_force_periods")
    op.drop_index("search_solutions_usage", "solutions")
    op.drop_table("search_words")
