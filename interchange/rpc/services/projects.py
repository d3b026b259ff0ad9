"""The ProjectService."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interchange.errors import Reason, refuse
from interchange.flows.perform import perform
from interchange.flows.projects import CLOSE, OPEN
from interchange.messages import fields
from interchange.messages import projects as messages
from interchange.messages.paging import read_paging
from interchange.store import projects, records
from interchange.v1 import projects_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interchange.domain.projects import Project
    from interchange.flows.node import Node
    from interchange.rpc.call import Call
    from interchange.store.ledger import Tx

DESCRIPTOR = pb.DESCRIPTOR.services_by_name["ProjectService"]


class ProjectService:
    """Joint projects."""

    def __init__(self, node: Node) -> None:
        """Answer for `node`."""
        self._node = node

    def OpenProject(self, request: pb.OpenProjectRequest, call: Call) -> pb.OpenProjectResponse:
        """Open a project."""
        wanted, request_id = messages.read_open(request), fields.request_id(request.request_id)
        done = perform(self._node, OPEN, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.OpenProjectResponse(result=self._read(messages.ProjectName(done.result, ""), call))

    def CloseProject(self, request: pb.CloseProjectRequest, call: Call) -> pb.CloseProjectResponse:
        """Close a project."""
        wanted, request_id = messages.read_close(request), fields.request_id(request.request_id)
        done = perform(self._node, CLOSE, wanted, caller=call.caller.spiffe, request_id=request_id, now=call.now)
        return pb.CloseProjectResponse(project=self._read(messages.ProjectName(done.result, ""), call))

    def GetProject(self, request: pb.GetProjectRequest, call: Call) -> pb.GetProjectResponse:
        """Show a project."""
        return pb.GetProjectResponse(project=self._read(messages.read_name(request), call))

    def ListProjects(self, request: pb.ListProjectsRequest, call: Call) -> pb.ListProjectsResponse:
        """List projects, to a partner those it takes part in."""
        party, reads = messages.read_partner(request), call.caller.reads
        paging = read_paging(request.page_size, request.page_token, "ListProjects", call.caller.authority, party)
        if reads and party not in {"", reads}:
            return pb.ListProjectsResponse()

        def look(tx: Tx) -> pb.ListProjectsResponse:
            rows = projects.page(tx, party=reads or party, after=paging.after, limit=paging.fetch)
            found = paging.cut(rows, lambda project: project.project_id)
            return messages.list_reply(_shown(tx, found.entries, call), found.next_token)

        return self._node.ledger.read(look)

    def _read(self, name: messages.ProjectName, call: Call) -> pb.Project:
        def look(tx: Tx) -> pb.Project:
            found = _find(tx, name, call.caller.reads)
            project = projects.get(tx, found) if found else None
            if project is None:
                raise refuse(Reason.NOT_KNOWN, "name")
            return _shown(tx, [project], call)[0]

        return self._node.ledger.read(look)


def _find(tx: Tx, name: messages.ProjectName, reads: str) -> str | None:
    """Find the id behind a name; a partner knows projects by its own references alone."""
    if name.project_id:
        return None if reads else name.project_id
    found = records.project_of(tx, name.reference)
    return found[0] if found and reads in {"", found[1]} else None


def _shown(tx: Tx, found: Sequence[Project], call: Call) -> list[pb.Project]:
    if call.caller.reads:
        return [messages.project_for(project, call.caller.reads) for project in found]
    opened = records.opened(tx, [project.project_id for project in found])
    return [messages.project(project, opened.get(project.project_id)) for project in found]
