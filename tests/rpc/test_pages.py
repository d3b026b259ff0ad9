"""Lists in pages: complete, in order, and each token for its own list."""

from itertools import pairwise
from typing import Any

import grpc
import pytest
from fakes import requests
from fakes.nodes import Served, reason_of
from fakes.refusals import refused
from hypothesis import given
from hypothesis import strategies as st

from interchange.errors import Reason, Refusal
from interchange.messages.paging import read_paging
from interchange.v1.agreements_pb2 import ListAgreementsRequest, ListLevelsRequest
from interchange.v1.lanes_pb2 import ListLanesRequest
from interchange.v1.partners_pb2 import ListPartnersRequest
from interchange.v1.projects_pb2 import ListProjectsRequest

KEYS = st.lists(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), unique=True).map(sorted)


@given(keys=KEYS, size=st.integers(1, 5))
def test_pages_together_are_the_whole_list(keys: list[str], size: int) -> None:
    """Nothing is left out and nothing comes twice, whatever the size of a page."""
    token = ""
    found: list[str] = []
    while True:
        paging = read_paging(size, token, "List", "filter")
        page = paging.cut([key for key in keys if key > paging.after][: paging.fetch], str)
        found += page.entries
        token = page.next_token
        if not token:
            break
    assert found == keys


@pytest.mark.parametrize(
    "other",
    [("Other", "a", "b"), ("List", "b", "a"), ("List", "ab", ""), ("List", "a"), ("List", "a", "b", "")],
    ids=["method", "filters changed places", "filters run together", "filter left out", "filter added"],
)
def test_token_of_another_list_is_refused(other: tuple[str, ...]) -> None:
    """A token is bound to its method and to each of its filters."""
    token = read_paging(1, "", "List", "a", "b").cut(["x", "y"], str).next_token
    with refused(Reason.PAGE_TOKEN):
        read_paging(1, token, *other)


@given(token=st.text(min_size=1, max_size=600))
def test_made_up_token_is_refused_as_such(token: str) -> None:
    """Whatever is sent in its place, no other fault comes of it."""
    with pytest.raises(Refusal) as caught:
        read_paging(0, token, "List")
    assert caught.value.reason is Reason.PAGE_TOKEN


def test_node_chooses_the_size_that_is_left_to_it() -> None:
    """A page without a size is neither empty nor endless."""
    assert read_paging(0, "", "List").most == 100


def test_projects_are_listed_in_pages(served: Served) -> None:
    """Over the line as well, in the order of their ids."""
    stubs = served.call("coordinator").projects
    opened = {stubs.OpenProject(requests.project()).result.project_id for _ in range(5)}
    token = ""
    found: list[str] = []
    while not found or token:
        answer = stubs.ListProjects(ListProjectsRequest(page_size=2, page_token=token))
        found += [project.project_id for project in answer.projects]
        token = answer.next_page_token
    assert (set(found), all(one < next_ for one, next_ in pairwise(found))) == (opened, True)


def test_page_token_of_another_filter_is_refused(served: Served) -> None:
    """Half a list of one kind and half of another is a list of nothing."""
    stubs = served.call("coordinator").projects
    for _ in range(2):
        stubs.OpenProject(requests.project())
    token = stubs.ListProjects(ListProjectsRequest(page_size=1)).next_page_token
    with pytest.raises(grpc.RpcError) as caught:
        stubs.ListProjects(ListProjectsRequest(page_size=1, page_token=token, partner="KOR"))
    assert reason_of(caught.value) == Reason.PAGE_TOKEN.code


def test_page_token_of_another_party_is_refused(served: Served) -> None:
    """What one partner was given opens nothing to another."""
    stubs = served.call("coordinator").projects
    for _ in range(2):
        stubs.OpenProject(requests.project())
    request = ListProjectsRequest(page_size=1)
    request.page_token = served.call("partner", "KOR").projects.ListProjects(request).next_page_token
    with pytest.raises(grpc.RpcError) as caught:
        served.call("partner", "AUS").projects.ListProjects(request)
    assert reason_of(caught.value) == Reason.PAGE_TOKEN.code


def test_rulebook_lanes_and_partners_are_listed_in_pages_too(unchanging: Served) -> None:
    """Lists that do not come from one table keep the same rules."""
    stubs = unchanging.call("auditor")
    found: dict[str, int] = {}
    lists: dict[str, tuple[Any, Any, str]] = {
        "levels": (stubs.agreements.ListLevels, ListLevelsRequest(page_size=1, party="KOR"), "levels"),
        "agreements": (stubs.agreements.ListAgreements, ListAgreementsRequest(page_size=5), "agreements"),
        "lanes": (stubs.lanes.ListLanes, ListLanesRequest(page_size=2), "lanes"),
        "partners": (stubs.partners.ListPartners, ListPartnersRequest(page_size=1), "partners"),
    }
    for name, (call, request, entries) in lists.items():
        found[name] = 0
        while True:
            answer = call(request)
            found[name] += len(getattr(answer, entries))
            request.page_token = answer.next_page_token
            if not answer.next_page_token:
                break
    home = sum("JPN" in agreement.parties for agreement in unchanging.node.rulebook.agreements.values())
    assert found == {"levels": 3, "agreements": home, "lanes": 5, "partners": 2}
