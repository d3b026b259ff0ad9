"""A node's settings: one TOML file in its directory, read strictly, documented in docs/settings.md."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_type_hints

from interchange.errors import Reason, refuse

FILE = "node.toml"

_MOST_THREADS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator can set; paths are taken from the node's directory.

    Attributes:
        directory: where `node.toml` lies.
        party: code of the node's own party.
        demonstration: work under the demonstration authority name; production nodes refuse such a node.
        accept_working_rows: issue and rely on rows that no lawyer has confirmed; every verdict then says so.
        listen: `host:port` of the gRPC server.
        ledger: SQLAlchemy URL; empty is the SQLite file `ledger.db` in the directory.
        keys: directory of sealed private keys.
        passphrase_file: file with the passphrase of the sealed keys; an absolute path may lie in the directory in
            which the service manager hands out credentials (`CREDENTIALS_DIRECTORY`).
        tls_certificate, tls_key: the node's own certificate and key, PEM.
        tls_ca: the home certificate authority, PEM.
        status_list_slots: slots of a new status list, a multiple of 4.
        server_threads: worker threads, at most 1024; each watch holds one, and a caller may have calls open on a
            quarter of them.
        watchers_per_partner: watches one partner may hold at once.
        follow_every: seconds between fetches of each partner's lane, beside the standing watch.
        publish_every: seconds between passes over the status lists.
        expire_every: seconds between passes over what has ended.
        carry_out_every: seconds between passes over rosters that wait to be carried out.
        misses_per_day: how often one coordinator may ask on one day for people who are not confirmed.
        record_every: seconds between writings of which partners asked about which assertions.
        remind_every: seconds between passes over what ends before long.
        retain_every: seconds between passes over what is no longer kept.
        reseal_every: seconds between passes over identities under older keys of the vault.
        log_level: debug, info, warning or error.
    """

    directory: Path
    party: str
    demonstration: bool = False
    accept_working_rows: bool = False
    listen: str = "127.0.0.1:7443"
    ledger: str = ""
    keys: str = "keys"
    passphrase_file: str = "passphrase"  # noqa: S105 - the name of a file
    tls_certificate: str = "tls/node.pem"
    tls_key: str = "tls/node.key"
    tls_ca: str = "tls/ca.pem"
    status_list_slots: int = 131_072
    server_threads: int = 128
    watchers_per_partner: int = 4
    follow_every: int = 30
    publish_every: int = 60
    expire_every: int = 60
    carry_out_every: int = 1
    misses_per_day: int = 100
    record_every: int = 10
    remind_every: int = 3600
    retain_every: int = 21_600
    reseal_every: int = 60
    log_level: str = "info"

    def __post_init__(self) -> None:
        """Refuse what could only be a mistake."""
        for name in ("status_list_slots", "server_threads", "watchers_per_partner", "misses_per_day"):
            if getattr(self, name) < 1:
                raise refuse(Reason.CONFIG_FORM, name)
        for name in (field.name for field in fields(self) if field.name.endswith("_every")):
            if not 1 <= getattr(self, name) <= 86_400:  # noqa: PLR2004 - a day
                raise refuse(Reason.CONFIG_FORM, name)
        if self.server_threads > _MOST_THREADS:
            raise refuse(Reason.CONFIG_FORM, "server_threads")
        if self.status_list_slots % 4:
            # Four slots share a byte.
            raise refuse(Reason.CONFIG_FORM, "status_list_slots")
        if self.log_level not in {"debug", "info", "warning", "error"}:
            raise refuse(Reason.CONFIG_FORM, "log_level")
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdecimal():
            raise refuse(Reason.CONFIG_FORM, "listen")

    def path(self, name: str) -> Path:
        """Take a path setting from the node's directory."""
        return self.directory / str(getattr(self, name))


def load(directory: Path) -> Settings:
    """Read `node.toml` of a node's directory.

    Raises:
        Refusal: FILE_UNREADABLE; CONFIG_FORM for an unknown setting or a wrong type, with its name.
    """
    file = directory / FILE
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(file)) from error
    # Not TOML or not UTF-8, a number too long to be read, or nested too deep for the reader.
    except (ValueError, RecursionError) as error:
        raise refuse(Reason.CONFIG_FORM, str(file)) from error
    types = get_type_hints(Settings)
    known = {field.name for field in fields(Settings)} - {"directory"}
    for name, value in values.items():
        # `bool` is an `int` to Python, not to an operator.
        if name not in known or type(value) is not types[name]:
            raise refuse(Reason.CONFIG_FORM, name)
    if "party" not in values:
        raise refuse(Reason.CONFIG_FORM, "party")
    return Settings(directory=directory, **values)
