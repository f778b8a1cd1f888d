"""The HTTP face of a plain resource: the same six or seven routes for every one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from obrador.authz import TenantId
from obrador.authz.access import Viewer, allowed
from obrador.authz.roles import Role
from obrador.kit.errors import Conflict
from obrador.kit.http import IN_A_TENANT, NewId, Session, problems
from obrador.kit.pagination import Page, Paging
from obrador.kit.schemas import Fields, KeptAssumed
from obrador.resources import Resource

CONFLICT = problems(Conflict)


def crud_routes(
    path: str,
    noun: str,
    resource: Resource[Any, Any],
    *,
    given: type[Fields],
    changes: type[Fields],
    kept_by: Role,
) -> APIRouter:
    """Routes below `path` to list, add, read, change, confirm and remove.

    Everybody in the bakery may look, and `kept_by` may change. `given` is what a new one takes,
    `changes` the same with every field optional; the resource knows what it shows.
    """
    router = APIRouter(prefix=path, tags=[path.strip("/")], responses=IN_A_TENANT)
    output = resource.output
    # Types of fields and outputs are known only when routes are built, at run time, which a
    # checker cannot follow: hence the ignores.
    page = Page[output]  # type: ignore[valid-type]
    keeper = Depends(allowed(kept_by))

    @router.get("", summary=f"List: {noun}", response_model=page)
    async def list_(tenant: Viewer, session: Session, paging: Paging) -> Any:
        return await resource.page(session, tenant, paging)

    @router.post(
        "", summary=f"Add: {noun}", response_model=output, status_code=201, responses=CONFLICT
    )
    async def add(
        tenant: Annotated[TenantId, keeper],
        session: Session,
        new_id: NewId,
        body: given,  # type: ignore[valid-type]
    ) -> Any:
        return await resource.add(session, tenant, new_id, body)

    @router.get("/{id}", summary=f"Read: {noun}", response_model=output)
    async def get(tenant: Viewer, session: Session, id: UUID) -> Any:
        return await resource.get(session, tenant, id)

    @router.patch("/{id}", summary=f"Change: {noun}", response_model=output, responses=CONFLICT)
    async def change(
        tenant: Annotated[TenantId, keeper],
        session: Session,
        id: UUID,
        body: changes,  # type: ignore[valid-type]
    ) -> Any:
        """What is given changes and counts as confirmed; the rest stays."""
        return await resource.change(session, tenant, id, body)

    @router.delete("/{id}", summary=f"Remove: {noun}", status_code=204, responses=CONFLICT)
    async def remove(tenant: Annotated[TenantId, keeper], session: Session, id: UUID) -> None:
        """Refused while other things refer to it."""
        await resource.remove(session, tenant, id)

    if issubclass(output, KeptAssumed):

        @router.post("/{id}/confirm", summary=f"Confirm: {noun}", response_model=output)
        async def confirm(tenant: Annotated[TenantId, keeper], session: Session, id: UUID) -> Any:
            """Nothing of it is an assumption any longer."""
            return await resource.confirm(session, tenant, id)

    return router
