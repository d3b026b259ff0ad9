"""The ways to partners: one connection each, made with the certificate that the node has at the time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.nodes import Served, authority_of, make_node, serve, settings_of
from fakes.parties import HOME, NOW, do, names_of
from fakes.refusals import refused

from interchange.bootstrap.serve import PartnerLinks
from interchange.crypto.sealed import write_private
from interchange.domain.merkle import Frontier
from interchange.domain.projects import Partner
from interchange.errors import Reason
from interchange.flows.withdrawals import INSTALL, InstallRequest
from interchange.rpc.tls import TlsFiles

HERE = "KOR"


@pytest.fixture
def served(sqlite_template: Path, tmp_path: Path) -> Iterator[Served]:
    """The home party's node, which is the partner here."""
    with serve(tmp_path / "home", template=sqlite_template, heartbeat=0.01) as served:
        yield served


@pytest.fixture
def files(tmp_path: Path, served: Served) -> TlsFiles:
    """The own certificate of a node of another party."""
    settings = settings_of(tmp_path / "here", HERE)
    return TlsFiles(settings, names_of(HERE).authority, lambda: NOW)


@pytest.fixture
def links(tmp_path: Path, sqlite_template: Path, files: TlsFiles) -> Iterator[PartnerLinks]:
    """The ways from that node."""
    node = make_node(tmp_path / "here", HERE, partners=(HOME,), template=sqlite_template)
    made = PartnerLinks(node, files)
    yield made
    made.close()
    node.ledger.close()


@pytest.fixture
def home(served: Served) -> Partner:
    """The home party, as the other node knows it."""
    names = names_of(HOME)
    return Partner(HOME, names.authority, f"127.0.0.1:{served.port}", authority_of(HOME).pem, "")


def renew(directory: Path, *, key: bool = True) -> bytes:
    """Replace the certificate in a node's files; with it or without, its key."""
    names = names_of(HERE)
    pair = authority_of(HERE).certify(names.spiffe("partner", "node"), dns=(names.authority, f"{key}.example"))
    contents = {"node.pem": pair.certificate} | ({"node.key": pair.key} if key else {})
    for name, content in contents.items():
        (directory / "tls" / name).unlink()
        write_private(directory / "tls" / name, content)
    return pair.certificate


def test_way_to_a_partner_is_the_same_each_time(links: PartnerLinks, home: Partner) -> None:
    """A connection takes long to make."""
    assert links(home) is links(home)


def test_renewed_certificate_makes_a_new_connection(
    links: PartnerLinks, home: Partner, served: Served, files: TlsFiles, tmp_path: Path
) -> None:
    """Without a restart: what was withdrawn is not shown any more."""
    old = files.pair()[1]
    links(home).fetch(Frontier.empty())
    do(served.node, INSTALL, InstallRequest(HERE, authority_of(HERE).withdraw(old)))
    with refused(Reason.CERTIFICATE_WITHDRAWN):
        links(home).fetch(Frontier.empty())
    renew(tmp_path / "here")
    assert links(home).fetch(Frontier.empty()).first == 0


def test_watch_over_the_old_connection_ends_when_the_certificate_was_renewed(
    links: PartnerLinks, home: Partner, tmp_path: Path
) -> None:
    """It comes back over the new one."""
    watch = iter(links(home).watch(Frontier.empty()))
    next(watch)
    renew(tmp_path / "here")
    links(home)
    for _ in watch:
        pass
    assert next(watch, None) is None


def test_half_a_renewal_changes_nothing(links: PartnerLinks, home: Partner, tmp_path: Path) -> None:
    """Until the other file is there as well."""
    before = links(home)
    renew(tmp_path / "here", key=False)
    assert links(home) is before
