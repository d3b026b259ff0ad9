import grpc
import pytest
from fakes.authorities import Authority
from fakes.nodes import Served, authority_of, reason_of
from fakes.parties import HOME, names_of
from fakes.refusals import refused

from interchange.domain.names import ROLES
from interchange.errors import Reason
from interchange.rpc.access import ACCESS, Cell, check_complete

DENIED = {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED}
ABOUT_THE_REQUEST = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND}
METHODS = sorted(ACCESS)
PINNED = (HOME, "KOR", "AUS")
FOREIGN = [(issuer, named) for issuer in PINNED for named in (*PINNED, "GBR") if issuer != named]
"""(whose authority signs, whose name it signs); the last party is not admitted."""


def outcome(channel: grpc.Channel, method: str) -> str:
    """Call a method with an empty request: the code of a denial, or `answered`."""
    try:
        if "/Watch" in method:
            watch: grpc.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
            stream = watch(b"", timeout=10)
            next(stream)
            stream.cancel()
        else:
            ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
            ask(b"", timeout=10)
    except grpc.RpcError as error:
        if error.code() in DENIED:
            return reason_of(error)
        return "answered" if error.code() in ABOUT_THE_REQUEST else error.code().name
    return "answered"


def outcomes(served: Served, issuer: Authority, spiffe: str) -> dict[str, str]:
    """Call every method with a certificate."""
    with served.channel(issuer.certify(spiffe)) as channel:
        return {method: outcome(channel, method) for method in METHODS}


@pytest.mark.parametrize("organ", [None, "METI"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("party", PINNED)
def test_only_the_tables_cells_answer(unchanging: Served, party: str, role: str, organ: str | None) -> None:
    """A caller of a known party reaches the methods that the table names for its kind, and is refused by all others."""
    spiffe = names_of(party).spiffe(role, "tester", organ)
    cell = Cell(party == HOME, role, organ is not None)
    expected = {method: "answered" if cell in ACCESS[method] else Reason.CALLER_NOT_ALLOWED.code for method in METHODS}
    assert outcomes(unchanging, authority_of(party), spiffe) == expected


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("issuer", "named"), FOREIGN)
def test_nobody_is_anybody_by_another_partys_authority(unchanging: Served, issuer: str, named: str, role: str) -> None:
    """No authority in the bundle can vouch for a name of another party, whatever the role and method."""
    found = outcomes(unchanging, authority_of(issuer), names_of(named).spiffe(role, "tester"))
    assert set(found.values()) == {Reason.CALLER_UNKNOWN.code}


def test_each_method_of_each_service_stands_in_the_table() -> None:
    """The table is about what is served, neither less nor more."""
    with refused(Reason.INTERNAL):
        check_complete(METHODS[1:])


def test_a_method_that_the_table_lacks_keeps_the_server_from_starting() -> None:
    """Nobody has to remember to say who may call a new method."""
    with refused(Reason.INTERNAL):
        check_complete([*METHODS, "/interchange.v1.NewService/New"])
