"""The front door of projects."""

from __future__ import annotations

from uuid import UUID

from cohesin.clinical.projects import queries
from cohesin.clinical.projects.entity import Project, ShareRole
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork


async def list_projects(uow: UnitOfWork) -> list[Project]:
    """Every project of the tenant, oldest first."""
    return await queries.list_projects(uow.conn, uow.tenant_id)


async def access_project(uow: UnitOfWork, number: int) -> Project:
    """The project of that number.

    Raises:
        NotFoundError: there is none in this tenant.
    """
    project = await queries.find_project(uow.conn, uow.tenant_id, number)
    if project is None:
        raise NotFoundError("There is no such project.")
    return project


async def find_project(uow: UnitOfWork, number: int) -> Project | None:
    return await queries.find_project(uow.conn, uow.tenant_id, number)


async def create_project(uow: UnitOfWork, name: str, description: str, share_role: ShareRole) -> Project:
    """A new project; names need not be unique."""
    project_id: UUID = new_id()
    project = await queries.insert_project(
        uow.conn, uow.tenant_id, project_id, name, description, share_role, uow.caller.id, uow.clock.now()
    )
    await uow.record(Event(type="project.created", entity_id=project_id, data={"number": project.number}))
    return project
