"""What the ledger's tables share: their metadata, how constraints are named, and the kinds of constraints there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, MetaData, text
from sqlmodel import SQLModel

if TYPE_CHECKING:
    from enum import Enum


class Row(SQLModel):
    """Base of every table; its metadata is the ledger's own, apart from that of a program that embeds the node."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def one_of(column: str, values: type[Enum]) -> CheckConstraint:
    """Hold a text column to the values of an enum."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def refers(columns: str, to: str) -> ForeignKeyConstraint:
    """Bind columns to a row that is there: `refers("origin n", "leaves origin n")`."""
    table, *keys = to.split()
    return ForeignKeyConstraint(columns.split(), [f"{table}.{key}" for key in keys])


def index_where(condition: str, name: str, *columns: str) -> Index:
    """Index the rows that still count, where most no longer do and are never looked for."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))
