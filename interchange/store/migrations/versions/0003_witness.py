"""What was told of keys, leaf by leaf, who witnessed how much of a lane, and by which key assertions were signed.

A step is history and is never edited; what it reads, it reads with its own eyes.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from itertools import chain

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SKEW = 60
_AT_ONCE = 1000


def upgrade() -> None:
    _restrictions()
    _witnessed()
    _signers()


def _restrictions() -> None:
    """One row for each leaf that narrows a key, written again from the leaves."""
    bind = op.get_bind()
    narrowed = {tuple(row) for row in bind.execute(sa.text("SELECT authority, kid FROM told_restrictions"))}
    rows = [row for origin in _origins() for row in _told_of_keys(origin, narrowed)]
    op.drop_table("told_restrictions")
    table = op.create_table(
        "told_restrictions",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("kid", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("folded_in", sa.Integer(), nullable=True),
        sa.CheckConstraint("how IN ('suspended', 'retired', 'tainted')", name="ck_told_restrictions_how"),
        sa.ForeignKeyConstraint(
            ["origin", "n"], ["leaves.origin", "leaves.n"], name="fk_told_restrictions_origin_n_leaves"
        ),
        sa.PrimaryKeyConstraint("origin", "n", name="pk_told_restrictions"),
    )
    op.create_index("ix_told_restrictions_authority_kid", "told_restrictions", ["authority", "kid"])
    op.bulk_insert(table, rows)
    # To be asked about a day in the past, when holds were open that no longer are.
    op.create_index("ix_told_holds_authority_of", "told_holds", ["authority", "of"])


def _origins() -> list[str]:
    return list(op.get_bind().execute(sa.text("SELECT origin FROM lanes ORDER BY origin")).scalars())


def _told_of_keys(origin: str, narrowed: set[tuple[str, str]]) -> list[dict[str, object]]:
    """Read what a lane tells of keys; a keyring that it tells for the first time stands for what was told before."""
    authority, rows, newest = origin.partition("/")[0], [], 0
    for n, leaf in _leaves(origin):
        if b'"type":"key_restricted"' not in leaf and b'"type":"keyring_published"' not in leaf:
            continue
        event = json.loads(leaf)
        if event["type"] == "key_restricted":
            about = {"kid": event["kid"], "how": event["how"], "since": event.get("since"), "folded_in": None}
            rows.append({"origin": origin, "n": n, "authority": authority} | about)
        elif event["type"] == "keyring_published" and event["number"] > newest:
            newest = event["number"]
            for row in rows:
                row["folded_in"] = row["folded_in"] or newest
    # What was in force stays so, and nothing else: another lane, or a keyring not yet accepted, made the difference.
    last = {row["kid"]: row for row in rows}
    for kid, row in last.items():
        if (authority, kid) in narrowed:
            row["folded_in"] = None
        else:
            row["folded_in"] = row["folded_in"] or newest or None
    return rows


def _leaves(origin: str) -> Iterator[tuple[int, bytes]]:
    query = sa.text("SELECT n, leaf FROM leaves WHERE origin = :origin AND n >= :first ORDER BY n LIMIT :most")
    first = 0
    while page := op.get_bind().execute(query, {"origin": origin, "first": first, "most": _AT_ONCE}).all():
        yield from ((n, bytes(leaf)) for n, leaf in page)
        first = page[-1][0] + 1


def _witnessed() -> None:
    """Begin with what was cosigned last; of when what was before it came, nothing is left."""
    table = op.create_table(
        "witnessed",
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["lanes.origin"], name="fk_witnessed_origin_lanes"),
        sa.PrimaryKeyConstraint("origin", "size", name="pk_witnessed"),
    )
    op.create_index("ix_witnessed_origin_at", "witnessed", ["origin", "at"])
    bind = op.get_bind()
    # The time in the cosignature may be later than its receipt by as much as honest clocks differ.
    ours = bind.execute(
        sa.text(
            "SELECT origin, acknowledged_size, acknowledged_at + :skew FROM lanes"
            " WHERE issued AND acknowledged_size > 0 AND acknowledged_at IS NOT NULL"
        ),
        {"skew": _SKEW},
    )
    followed = bind.execute(
        sa.text("SELECT origin, note, received_at FROM lanes WHERE NOT issued AND note IS NOT NULL AND received_at > 0")
    )
    read = ((origin, int(bytes(note).split(b"\n")[1]), at) for origin, note, at in followed)
    rows = [{"origin": origin, "size": size, "at": at} for origin, size, at in chain(ours, read) if size > 0]
    op.bulk_insert(table, rows)


def _signers() -> None:
    """Which key signed, from the header of the token; what is no longer kept stays empty."""
    op.add_column("assertions", sa.Column("kid", sa.String(), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_assertions_kid", "assertions", ["kid"])
    bind = op.get_bind()
    tokens = sa.text(
        "SELECT a.jti, l.token FROM assertions a JOIN leaves l ON l.origin = a.origin AND l.n = a.n"
        " WHERE l.token IS NOT NULL AND a.jti > :after ORDER BY a.jti LIMIT :most"
    )
    written = sa.text("UPDATE assertions SET kid = :kid WHERE jti = :jti")
    after = ""
    while page := bind.execute(tokens, {"after": after, "most": _AT_ONCE}).all():
        bind.execute(written, [{"jti": jti, "kid": _kid(bytes(token))} for jti, token in page])
        after = page[-1][0]


def _kid(token: bytes) -> str:
    header = token.split(b".")[0]
    return str(json.loads(urlsafe_b64decode(header + b"=" * (-len(header) % 4)))["kid"])
