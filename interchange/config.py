"""A node's settings: one TOML file in its directory, read strictly, documented in docs/settings.md."""

from __future__ import annotations

import stat
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_type_hints

from interchange.errors import Reason, refuse

FILE = "node.toml"

_RANGES = {"keys_ahead_days": (0, 366), "jwks_cache": (0, 86_400), "server_threads": (1, 1024)}
_AT_LEAST_ONE = ("status_list_slots", "watchers_per_partner", "misses_per_day", "signer_per_second")
_WORDS = {"signer": {"sealed", "pkcs11", "process"}, "log_level": {"debug", "info", "warning", "error"}}


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
        signer: where the keys that sign live: `sealed` files, a `pkcs11` module, or another `process`.
        signer_socket: Unix socket of the signing process.
        signer_per_second: signatures that a signing process gives with one key.
        pkcs11_module: path of the module's library.
        pkcs11_token: label of the token in which the keys are.
        pkcs11_pin_file: file with the PIN of the token's user; it may lie where the passphrase may.
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
        tend_every: seconds between passes over the node's own keys.
        reissue_every: seconds between passes over what keys signed that a thief may have.
        archive_every: seconds between passes over lanes that are to be archived on a day.
        keys_ahead_days: days before the end of a key's signing window from which on there is to be a successor.
        activate_automatically: let a successor that everybody knows sign without being asked, shortly before the end.
        jwks_cache: seconds for which programs may keep the party's JWK set.
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
    signer: str = "sealed"
    signer_socket: str = "signer.sock"
    signer_per_second: int = 1000
    pkcs11_module: str = ""
    pkcs11_token: str = "interchange"  # noqa: S105 - the name of a token
    pkcs11_pin_file: str = "pin"
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
    tend_every: int = 3600
    reissue_every: int = 60
    archive_every: int = 600
    keys_ahead_days: int = 60
    activate_automatically: bool = False
    jwks_cache: int = 3600
    log_level: str = "info"

    def __post_init__(self) -> None:
        """Refuse what could only be a mistake."""
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise refuse(Reason.CONFIG_FORM, name)
        for name in (field.name for field in fields(self) if field.name.endswith("_every")):
            if not 1 <= getattr(self, name) <= 86_400:  # noqa: PLR2004 - a day
                raise refuse(Reason.CONFIG_FORM, name)
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise refuse(Reason.CONFIG_FORM, name)
        if self.status_list_slots % 4:
            # Four slots share a byte.
            raise refuse(Reason.CONFIG_FORM, "status_list_slots")
        if self.signer == "pkcs11" and not self.pkcs11_module:
            raise refuse(Reason.CONFIG_FORM, "pkcs11_module")
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise refuse(Reason.CONFIG_FORM, name)
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
        # A pipe or a device in its place would keep whoever reads it for ever.
        content = file.read_bytes() if stat.S_ISREG(file.stat().st_mode) else None
    except OSError as error:
        raise refuse(Reason.FILE_UNREADABLE, str(file)) from error
    if content is None:
        raise refuse(Reason.FILE_UNREADABLE, str(file))
    return parse(directory, content)


def parse(directory: Path, content: bytes) -> Settings:
    """Read the content of `node.toml`, as `load` does.

    Args:
        directory: of the node; nothing of it is looked at.
        content: the whole file.

    Raises:
        Refusal: CONFIG_FORM.
    """
    try:
        values = tomllib.loads(content.decode())
    # Not TOML or not UTF-8, a number too long to be read, or nested too deep for the reader.
    except (ValueError, RecursionError) as error:
        raise refuse(Reason.CONFIG_FORM, str(directory / FILE)) from error
    types = get_type_hints(Settings)
    known = {field.name for field in fields(Settings)} - {"directory"}
    for name, value in values.items():
        # `bool` is an `int` to Python, not to an operator.
        if name not in known or type(value) is not types[name]:
            raise refuse(Reason.CONFIG_FORM, name)
    if "party" not in values:
        raise refuse(Reason.CONFIG_FORM, "party")
    return Settings(directory=directory, **values)
