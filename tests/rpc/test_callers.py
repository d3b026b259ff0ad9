from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fakes.authorities import Authority, Key, Pair
from fakes.nodes import Served, Stubs, admit, authority_of, reason_of, serve
from fakes.parties import HOME, NOW, names_of
from sqlalchemy import update
from sqlmodel import col

from interchange.domain.names import ROLES
from interchange.errors import Reason
from interchange.store.tables import PartnerRow
from interchange.v1.node_pb2 import GetNodeInfoRequest

OURS, KOR = names_of(HOME), names_of("KOR")


def refusal(stubs: Stubs) -> str:
    """Give the code by which the simplest of all calls is refused, or the status if no node answered."""
    with pytest.raises(grpc.RpcError) as caught:
        stubs.node.GetNodeInfo(GetNodeInfoRequest(), timeout=10)
    call: object = caught.value
    assert isinstance(call, grpc.Call)
    return reason_of(caught.value) if call.trailing_metadata() else call.code().name


def test_caller_without_a_certificate_does_not_get_through_the_handshake(unchanging: Served) -> None:
    """Whoever shows no certificate talks to nobody."""
    assert refusal(unchanging.call_with(None)) == "UNAVAILABLE"


def test_certificate_of_an_authority_that_nobody_pinned_does_not_get_through_the_handshake(unchanging: Served) -> None:
    """A name of the home party does not help who signed it itself."""
    own = Authority(OURS.authority, "made at home").certify(OURS.spiffe("officer", "tester"))
    assert refusal(unchanging.call_with(own)) == "UNAVAILABLE"


def test_party_that_is_in_the_rulebook_but_not_admitted_does_not_get_through_the_handshake(unchanging: Served) -> None:
    """Its authority is pinned when its people have compared fingerprints, and not before."""
    assert refusal(unchanging.call("partner", "GBR")) == "UNAVAILABLE"


OURSELVES = authority_of(HOME)
NAMELESS = {
    "two SPIFFE names": OURSELVES.certify(OURS.spiffe("officer", "one"), OURS.spiffe("officer", "two")),
    "a SPIFFE name and another URI": OURSELVES.certify(OURS.spiffe("officer", "one"), "https://other.example"),
    "a DNS name that is spelt like a SPIFFE name's end": OURSELVES.certify(dns=[f"officer.{OURS.authority}"]),
    "a common name that is spelt like a SPIFFE name": OURSELVES.certify(
        common_name=f"spiffe://{OURS.authority}/auditor/x"
    ),
    "an unknown role": OURSELVES.certify(f"spiffe://{OURS.authority}/janitor/one"),
    "a name without a role": OURSELVES.certify(f"spiffe://{OURS.authority}/one"),
    "a deeper name": OURSELVES.certify(f"spiffe://{OURS.authority}/officer/METI/one/two"),
    "an authority in capitals": OURSELVES.certify(f"spiffe://{OURS.authority.upper()}/officer/one"),
    "the authority of the production node": OURSELVES.certify("spiffe://jpn.clearance.example/officer/one"),
    "a domain below our own": OURSELVES.certify(f"spiffe://x.{OURS.authority}/officer/one"),
}


@pytest.mark.parametrize("pair", NAMELESS.values(), ids=NAMELESS.keys())
def test_certificate_that_names_nobody_exactly_is_nobodys(unchanging: Served, pair: Pair) -> None:
    """Exactly one SPIFFE URI of the known form says who a caller is; nothing else is looked at."""
    assert refusal(unchanging.call_with(pair)) == Reason.CALLER_UNKNOWN.code


@pytest.mark.parametrize("role", ROLES)
def test_partners_authority_cannot_make_one_of_our_people(unchanging: Served, role: str) -> None:
    """A partner that goes bad has no officer, auditor or key-admin of ours."""
    forged = authority_of("KOR").certify(OURS.spiffe(role, "tester"))
    assert refusal(unchanging.call_with(forged)) == Reason.CALLER_UNKNOWN.code


def test_partners_authority_cannot_make_another_partner(unchanging: Served) -> None:
    """What is addressed to one partner is not read by another."""
    forged = authority_of("AUS").certify(KOR.spiffe("partner", "node"))
    assert refusal(unchanging.call_with(forged)) == Reason.CALLER_UNKNOWN.code


def test_certificate_is_refused_from_the_second_after_its_end(served: Served) -> None:
    """The window is looked at in each call: a connection that is already open does not prolong it."""
    last = datetime(2099, 1, 1, tzinfo=UTC)
    caller = served.call_with(authority_of("KOR").certify(KOR.spiffe("partner", "node"), last=last))
    served.clock.now = int(last.timestamp())
    caller.node.GetNodeInfo(GetNodeInfoRequest())
    served.clock.now += 1
    assert refusal(caller) == Reason.CALLER_UNKNOWN.code


def test_certificate_is_refused_before_its_beginning(served: Served) -> None:
    """The node's own clock decides."""
    caller = served.call("partner", "KOR")
    served.clock.now = int(datetime(2000, 12, 31, tzinfo=UTC).timestamp())
    assert refusal(caller) == Reason.CALLER_UNKNOWN.code


PINNED_BY_HAND: dict[str, Callable[[], bytes]] = {
    "the name of our own": lambda: Authority(names_of("GBR").authority, name=_name(HOME)).pem,
    "the name of another partner's": lambda: Authority(names_of("GBR").authority, name=_name("KOR")).pem,
    "something behind it": lambda: authority_of("GBR").pem + b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n",
    "nothing that can be read": lambda: b"\xff",
}


def _name(party: str) -> x509.Name:
    return x509.load_pem_x509_certificate(authority_of(party).pem).subject


@pytest.mark.parametrize("what", PINNED_BY_HAND)
def test_authority_that_bears_something_else_cuts_off_nobody_but_its_own_party(
    sqlite_template: Path, tmp_path: Path, what: str
) -> None:
    """Also where it stands in the ledger, by whatever hand, it is left out of the bundle."""
    with serve(tmp_path / "node", template=sqlite_template) as served:
        admit(served.node, "GBR", NOW + 1)
        changed = update(PartnerRow).where(col(PartnerRow.party) == "GBR").values(ca_pem=PINNED_BY_HAND[what]())
        served.node.ledger.transact(lambda tx: tx.execute(changed))
        callers = [served.call(role, party) for role, party in (("auditor", HOME), ("partner", "KOR"))]
        answers = [stubs.node.GetNodeInfo(GetNodeInfoRequest(), timeout=10).party for stubs in callers]
    assert answers == [HOME, HOME]


KEYS: dict[str, Callable[[], Key]] = {
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("party", [HOME, "KOR"])
@pytest.mark.parametrize("kind", KEYS)
def test_certificate_of_another_key_type_is_refused_with_the_reason(unchanging: Served, kind: str, party: str) -> None:
    """The handshake lets it through; whose authority issued it may know what is wrong with it."""
    pair = authority_of(party).certify(names_of(party).spiffe("partner", "node"), key=KEYS[kind]())
    assert refusal(unchanging.call_with(pair)) == Reason.CERTIFICATE_KEY_TYPE.code


def test_key_type_is_told_to_nobody_whose_certificate_is_forged(unchanging: Served) -> None:
    """Whatever the key."""
    pair = authority_of("AUS").certify(KOR.spiffe("partner", "node"), key=KEYS["P-384"]())
    assert refusal(unchanging.call_with(pair)) == Reason.CALLER_UNKNOWN.code


def test_partner_admitted_while_the_server_runs_is_let_in(served: Served) -> None:
    """The bundle of authorities follows the ledger, without a restart."""
    before = refusal(served.call("partner", "GBR"))
    admit(served.node, "GBR")
    info = served.call("partner", "GBR").node.GetNodeInfo(GetNodeInfoRequest(), timeout=10)
    assert (before, info.party) == ("UNAVAILABLE", HOME)


def test_renewed_certificate_of_the_node_is_shown_to_new_connections(served: Served) -> None:
    """A certificate is replaced in its file, and that is all."""
    pair = authority_of(HOME).certify(OURS.spiffe("partner", "node"), dns=["renewed.example", "localhost"])
    served.settings.path("tls_certificate").write_bytes(pair.certificate)
    served.settings.path("tls_key").write_bytes(pair.key)
    person = authority_of(HOME).certify(OURS.spiffe("officer", "tester"))
    credentials = grpc.ssl_channel_credentials(authority_of(HOME).pem, person.key, person.certificate)
    options = [("grpc.ssl_target_name_override", "renewed.example"), ("grpc.use_local_subchannel_pool", 1)]
    with grpc.secure_channel(f"127.0.0.1:{served.port}", credentials, options) as channel:
        info = Stubs(channel).node.GetNodeInfo(GetNodeInfoRequest(), timeout=10)
    assert info.party == HOME


def test_caller_is_looked_at_before_the_request_is(unchanging: Served) -> None:
    """Bytes of somebody who may not call are not even parsed."""
    forged = authority_of("KOR").certify(OURS.spiffe("officer", "tester"))
    ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = unchanging.call_with(forged).channel.unary_unary(
        "/interchange.v1.NodeService/GetNodeInfo"
    )
    with pytest.raises(grpc.RpcError) as caught:
        ask(b"\xff\xff\xff", timeout=10)
    assert reason_of(caught.value) == Reason.CALLER_UNKNOWN.code
