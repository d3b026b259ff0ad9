"""docs/rpcs.md and the comments of the protos against the access table."""

import re

import pytest
from docs.markdown import code, generated, read, rows
from docs.services import Method, methods

from interchange.domain.names import ROLES
from interchange.errors import Reason
from interchange.rpc.access import ACCESS

METHODS = list(methods())


@pytest.fixture(params=METHODS, ids=lambda method: method.name)
def method(request: pytest.FixtureRequest) -> Method:
    """Each method of the protos."""
    found: Method = request.param
    return found


def test_every_method_is_documented() -> None:
    """The page lists what the server serves, the health service aside."""
    blocks = generated(read("docs/rpcs.md"))
    documented = {
        f"/interchange.v1.{service}/{code(row[0])}"
        for service in {method.service for method in METHODS}
        for row in rows(blocks[service.removesuffix("Service").lower()])
    }
    assert documented == {path for path in ACCESS if not path.startswith("/grpc.health.")}


def test_comment_says_effect_callers_and_errors(method: Method) -> None:
    """Each method's comment has its three parts."""
    assert all((method.effect, method.callers, method.errors))


def test_comment_names_the_home_callers_of_the_access_table(method: Method) -> None:
    """What the proto promises about home callers is what the server does."""
    named = {role for role in ROLES if re.search(rf"\bhome {role}\b", method.callers)}
    assert named == {cell.role for cell in ACCESS[method.path] if cell.home}


def test_comment_names_partners_as_the_access_table_does(method: Method) -> None:
    """What the proto promises to partners is what the server does."""
    assert ("partner" in method.callers) == any(not cell.home for cell in ACCESS[method.path])


def test_comment_names_known_reasons(method: Method) -> None:
    """A code in a comment is one of the program's."""
    assert set(re.findall(r"`([a-z_]+)`", method.errors)) <= {reason.code for reason in Reason}
