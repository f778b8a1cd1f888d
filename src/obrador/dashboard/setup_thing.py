"""The pages of a plain thing of a bakery's: the same for products, ovens and suppliers.

`crud.crud_routes` is their like for programs.
"""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from obrador.authz.access import allowed
from obrador.authz.roles import Role
from obrador.dashboard.forms import Form, Given, identity, see, tried
from obrador.dashboard.setup_faults import faults_of, refusal_words
from obrador.dashboard.setup_fields import WEEKDAYS, Group, fields_of, read, shown, stated
from obrador.dashboard.setup_words import weekday_name
from obrador.dashboard.visiting import Visit, Visiting
from obrador.kit.errors import ObradorError
from obrador.kit.i18n import Speech
from obrador.kit.ids import new_id
from obrador.kit.schemas import Fields
from obrador.resources import Resource

MOST = 500
"""That a list shows; searching finds the others."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a thing is called on its pages."""

    many: str
    add: str
    lead: str
    """What it is for."""
    none: str
    """Said where there is none yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list."""

    id: UUID
    name: str
    cells: tuple[str, ...]
    is_assumed: bool = False
    is_off: bool = False


class Thing:
    """What the pages of a thing need to know of it. A subclass says the rest."""

    path: ClassVar[str]
    resource: ClassVar[Resource[Any, Any]]
    given: ClassVar[type[Fields]]
    kept_by: ClassVar[Role]
    template: ClassVar[str] = "setup_thing.html"
    has_search: ClassVar[bool] = True

    def words(self, say: Speech) -> Words:
        """What it is called."""
        raise NotImplementedError

    def headings(self, say: Speech) -> tuple[str, ...]:
        """Of the columns after the name; numbers last."""
        raise NotImplementedError

    async def rows(self, visit: Visit, words: str) -> list[Row]:
        """All with the words in their name."""
        found = await self.resource.search(visit.session, visit.tenant, words, MOST)
        return [
            Row(each.id, each.name, self.cells(visit, each), is_assumed=bool(each.assumed))
            for each in found
        ]

    def cells(self, visit: Visit, item: Any) -> tuple[str, ...]:
        """What the columns after the name say of it."""
        raise NotImplementedError

    async def groups(self, visit: Visit) -> Sequence[Group]:
        """Its form."""
        raise NotImplementedError

    def title(self, visit: Visit, item: Any) -> str:
        """What one of them is called."""
        return str(item.name)

    async def values(self, visit: Visit, groups: Sequence[Group], given: Given) -> dict[str, Any]:
        """What was entered, as the API takes it.

        Raises:
            Invalid: something cannot be read.
        """
        return read(fields_of(groups), given, visit.bakery.time_zone)

    async def inputs(self, visit: Visit, groups: Sequence[Group], item: Any) -> dict[str, str]:
        """What the form shows of it."""
        return shown(fields_of(groups), item, visit)

    async def beside(self, visit: Visit, item: Any, given: Given) -> dict[str, object]:
        """What else its page shows; `item` is None on the page of a new one."""
        return {}

    def where(self, visit: Visit) -> str:
        """The address of its list."""
        return f"{visit.home}/setup/{self.path}"

    def done_words(self, say: Speech, done: str) -> str:
        """What has just been done; empty: nothing that is known."""
        return {
            "added": say.phrase("Added."),
            "saved": say.phrase("Saved."),
            "confirmed": say.phrase("Confirmed: nothing of it is an assumption any longer."),
            "removed": say.phrase("Removed."),
        }.get(done, "")


def thing_routes(thing: Thing) -> APIRouter:
    """Routes to list, add, look at, change, confirm and remove it. Everybody in the bakery may
    look, and who keeps it may change."""
    router = APIRouter(
        prefix=f"/bakeries/{{tenant_id}}/setup/{thing.path}", include_in_schema=False
    )
    keeper = [Depends(allowed(thing.kept_by))]

    @router.get("", response_class=HTMLResponse)
    async def list_(visit: Visiting, q: str = "") -> Response:
        return await _list(thing, visit, q[:200])

    @router.get("/new", response_class=HTMLResponse, dependencies=keeper)
    async def new(visit: Visiting) -> Response:
        return await _form(thing, visit, None, dict(visit.request.query_params))

    @router.post("", response_class=HTMLResponse, dependencies=keeper)
    async def add(visit: Visiting, given: Form) -> Response:
        return await _saved(thing, visit, None, given)

    @router.get("/{id}", response_class=HTMLResponse)
    async def show(visit: Visiting, id: UUID) -> Response:
        return await _form(thing, visit, id)

    @router.post("/{id}", response_class=HTMLResponse, dependencies=keeper)
    async def change(visit: Visiting, id: UUID, given: Form) -> Response:
        return await _saved(thing, visit, id, given)

    @router.post("/{id}/confirm", response_class=HTMLResponse, dependencies=keeper)
    async def confirm(visit: Visiting, id: UUID) -> Response:
        work = thing.resource.confirm(visit.session, visit.tenant, id)
        here = f"{thing.where(visit)}/{id}"
        return await _done(thing, visit, id, work, here, "confirmed")

    @router.post("/{id}/remove", response_class=HTMLResponse, dependencies=keeper)
    async def remove(visit: Visiting, id: UUID) -> Response:
        work = thing.resource.remove(visit.session, visit.tenant, id)
        return await _done(thing, visit, id, work, thing.where(visit), "removed")

    return router


async def _saved(thing: Thing, visit: Visit, row_id: UUID | None, given: Given) -> Response:
    """Keep what was entered; or show the form with it again: with more lines, or with what is
    wrong."""
    if given.get("do") == "more":
        return await _form(thing, visit, row_id, given)
    own_id = identity(given, "new_id") if row_id is None else row_id

    async def work() -> None:
        values = await thing.values(visit, await thing.groups(visit), given)
        keep = thing.resource.add if row_id is None else thing.resource.change
        await keep(visit.session, visit.tenant, own_id, stated(thing.given, values))

    error = await tried(visit.session, work())
    if error is None:
        done = "added" if row_id is None else "saved"
        return see(f"{thing.where(visit)}/{own_id}", done=done)
    return await _form(thing, visit, row_id, given, error)


async def _done(
    thing: Thing,
    visit: Visit,
    row_id: UUID,
    work: Coroutine[Any, Any, object],
    where: str,
    done: str,
) -> Response:
    error = await tried(visit.session, work)
    if error is None:
        return see(where, done=done)
    return await _form(thing, visit, row_id, None, error)


async def _list(thing: Thing, visit: Visit, words: str) -> Response:
    say = visit.say
    rows = await thing.rows(visit, words)
    return visit.page(
        "setup_list.html",
        "setup",
        thing=thing,
        words=thing.words(say),
        headings=thing.headings(say),
        rows=rows,
        q=words,
        is_cut=len(rows) >= MOST,
        may=visit.role.includes(thing.kept_by),
        where=thing.where(visit),
        done=thing.done_words(say, visit.request.query_params.get("done", "")),
    )


async def _form(
    thing: Thing,
    visit: Visit,
    row_id: UUID | None,
    given: Given | None = None,
    error: ObradorError | None = None,
) -> Response:
    say, session = visit.say, visit.session
    item = None
    if row_id is not None:
        item = await thing.resource.get(session, visit.tenant, row_id)
    groups = await thing.groups(visit)
    if given is None:
        given = await thing.inputs(visit, groups, item)
    return visit.page(
        thing.template,
        "setup",
        error.status if error else 200,
        thing=thing,
        words=thing.words(say),
        title=thing.title(visit, item) if item else thing.words(say).add,
        groups=groups,
        item=item,
        assumed=getattr(item, "assumed", ()),
        new_id=given.get("new_id") or new_id(),
        given=_typed(groups, given, item),
        weekdays=[(day, weekday_name(say, day, is_short=True)) for day in WEEKDAYS],
        may=visit.role.includes(thing.kept_by),
        where=thing.where(visit),
        faults=faults_of(say, error),
        error=error,
        error_words=refusal_words(say, error) if error else "",
        done=thing.done_words(say, visit.request.query_params.get("done", "")),
        **await thing.beside(visit, item, given),
    )


def _typed(groups: Sequence[Group], given: Given, item: Any) -> Mapping[str, str]:
    """What the form shows; that of a new one begins with what is usual."""
    if item is not None or given.get("do") or given.get("new_id"):
        return given
    usual = {each.name: each.usual for each in fields_of(groups) if each.usual}
    return usual | dict(given)
