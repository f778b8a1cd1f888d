"""Who did what is written down with what they did, and cannot be rewritten."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.audit import service
from obrador.audit.models import AuditEntry
from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.kit.fence import ROLE
from obrador.kit.ids import new_id
from tests.factories.things import FLOUR, added
from tests.fixtures.people import NOW

NEW = {"name": "Nueva", "time_zone": "Europe/Madrid", "country": "ES", "locale": "es_ES"}


async def log_of(client: AsyncClient, url: str, **query: str) -> list[dict[str, Any]]:
    answer = await client.get(f"{url}/audit", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_change_is_written_down_with_who_and_from_where(
    owner: AsyncClient, url: str, tenant: TenantId
) -> None:
    flour = await added(owner, f"{url}/ingredients", FLOUR)
    await owner.patch(
        f"{url}/ingredients/{flour['id']}",
        json={"name": "Harina fuerte"},
        headers={"User-Agent": "a telephone"},
    )

    changed, made = await log_of(owner, url)
    me = (await owner.get("/api/v1/auth/me")).json()
    assert made["action"] == "POST /api/v1/tenants/{tenant_id}/ingredients"
    assert changed == {
        "id": changed["id"],
        "at": "2026-03-03T05:30:00Z",
        "tenant_id": str(tenant),
        "actor_kind": "person",
        "actor_id": me["user_id"],
        "actor_name": me["email"],
        "action": "PATCH /api/v1/tenants/{tenant_id}/ingredients/{id}",
        "things": {"id": flour["id"]},
        "outcome": "done",
        "address": "127.0.0.1",
        "program": "a telephone",
    }


async def test_what_was_asked_is_never_kept(owner: AsyncClient, url: str) -> None:
    key = (await added(owner, f"{url}/api-keys", {"name": "Till", "role": "viewer"}))["key"]
    secret = {"email": "new@bakery.example", "role": "viewer", "password": "very secret indeed"}
    await owner.post(f"{url}/members", json=secret)

    answer = await owner.get(f"{url}/audit")
    assert len(answer.json()["items"]) == 2
    assert "very secret" not in answer.text
    assert key not in answer.text


async def test_reading_and_what_fails_is_no_change(owner: AsyncClient, url: str) -> None:
    await owner.get(f"{url}/products")
    assert (await owner.post(f"{url}/ingredients", json={"name": ""})).status_code == 422
    assert (await owner.delete(f"{url}/ingredients/{new_id()}")).status_code == 404

    assert await log_of(owner, url) == []


async def test_a_form_that_is_shown_again_is_no_change(
    buyer: AsyncClient, owner: AsyncClient, tenant: TenantId, url: str
) -> None:
    page = f"/bakeries/{tenant}/purchasing/plans/{new_id()}/approve"
    answer = await buyer.post(page, data={"version": "1"})

    assert answer.status_code == 404
    assert await log_of(owner, url) == []


async def test_a_program_is_named_by_its_key(
    owner: AsyncClient, anonymous: AsyncClient, url: str
) -> None:
    made = await added(owner, f"{url}/api-keys", {"name": "Till", "role": "owner"})
    headers = {"Authorization": f"Bearer {made['key']}"}
    answer = await anonymous.post(f"{url}/ingredients", json=FLOUR, headers=headers)

    assert answer.status_code == 201, answer.text
    newest, _ = await log_of(owner, url)
    assert (newest["actor_kind"], newest["actor_name"]) == ("program", "Till")
    assert newest["actor_id"] == made["id"]


async def test_what_somebody_was_not_let_do_is_written_down(
    viewer: AsyncClient, owner: AsyncClient, url: str
) -> None:
    assert (await viewer.post(f"{url}/ingredients", json=FLOUR)).status_code == 403

    (refused,) = await log_of(owner, url)
    assert (refused["outcome"], refused["actor_kind"]) == ("refused", "person")


async def test_outsiders_leave_no_trace_in_a_bakery(
    outsider: AsyncClient, owner: AsyncClient, url: str
) -> None:
    assert (await outsider.post(f"{url}/ingredients", json=FLOUR)).status_code == 404

    assert await log_of(owner, url) == []


async def test_a_failed_sign_in_is_for_the_platform_to_see(
    anonymous: AsyncClient, admin: AsyncClient
) -> None:
    wrong = {"email": "a@bakery.example", "password": "guessed"}
    assert (await anonymous.post("/api/v1/auth/token", json=wrong)).status_code == 401

    answer = await admin.get("/api/v1/orchestrator/audit")
    (entry,) = answer.json()["items"]
    assert (entry["outcome"], entry["actor_kind"]) == ("refused", "unknown")
    assert "guessed" not in answer.text
    assert "a@bakery" not in answer.text


async def test_a_bakery_sees_that_the_platform_looked_once_an_hour(
    admin: AsyncClient, owner: AsyncClient, url: str
) -> None:
    for path in ("products", "recipes", "products"):
        assert (await admin.get(f"{url}/{path}")).status_code == 200

    (looked,) = await log_of(owner, url)
    assert looked["actor_kind"] == "platform_admin"
    assert looked["action"] == "GET /api/v1/tenants/{tenant_id}"


async def test_the_platform_may_look_at_what_has_a_number(admin: AsyncClient, url: str) -> None:
    assert (await admin.get(f"{url}/models/2")).status_code == 404


async def test_an_invitations_token_is_not_kept(
    owner: AsyncClient, anonymous: AsyncClient, url: str, session: AsyncSession
) -> None:
    wanted = {"email": "new@bakery.example", "role": "viewer"}
    link = (await added(owner, f"{url}/invitations", wanted))["link"]
    token = link.rsplit("/", 1)[1]
    await anonymous.post(f"/invitations/{token}", data={"name": "New"})

    kept = await session.scalar(text("select string_agg(audit_log::text, ' ') from audit_log"))
    assert token not in kept


async def test_another_process_does_not_tell_it_again(
    app: FastAPI, admin: AsyncClient, owner: AsyncClient, url: str
) -> None:
    await admin.get(f"{url}/products")
    app.state.recorder = type(app.state.recorder)(lambda: NOW + timedelta(minutes=29))
    await admin.get(f"{url}/products")
    assert len(await log_of(owner, url)) == 1
    app.state.recorder = type(app.state.recorder)(lambda: NOW + timedelta(minutes=30))
    await admin.get(f"{url}/products")

    assert len(await log_of(owner, url)) == 2


async def test_who_runs_the_platform_and_works_here_is_no_guest(
    admin: AsyncClient, owner: AsyncClient, url: str, session: AsyncSession
) -> None:
    user_id = UUID((await admin.get("/api/v1/auth/me")).json()["user_id"])
    email = await session.scalar(text("select email from users where id = :id"), {"id": user_id})
    await owner.post(f"{url}/members", json={"email": email, "role": "owner"})
    await admin.get(f"{url}/products")
    await admin.post(f"{url}/ingredients", json=FLOUR)

    assert [each["actor_kind"] for each in await log_of(owner, url)] == ["person", "person"]


async def test_a_new_bakery_has_its_making_on_record(newcomer: AsyncClient) -> None:
    made = await added(newcomer, "/api/v1/tenants", NEW)

    (entry,) = await log_of(newcomer, f"/api/v1/tenants/{made['id']}")
    assert entry["action"] == "POST /api/v1/tenants"


async def test_the_log_is_read_by_person_time_and_page(
    owner: AsyncClient, baker: AsyncClient, url: str
) -> None:
    for number in range(3):
        await added(owner, f"{url}/ingredients", {"name": f"Harina {number}", "unit": "g"})
    await added(baker, f"{url}/equipment", {"name": "Oven", "kind": "oven", "capacity": 8})
    own_id = (await owner.get("/api/v1/auth/me")).json()["user_id"]

    assert len(await log_of(owner, url, actor_id=own_id)) == 3
    assert len(await log_of(owner, url, **{"from": "2026-03-03T05:30:00Z"})) == 4
    assert await log_of(owner, url, to="2026-03-03T05:30:00Z") == []
    first = (await owner.get(f"{url}/audit?limit=3")).json()
    rest = await log_of(owner, url, cursor=first["next_cursor"])
    assert len(first["items"] + rest) == 4
    assert (await baker.get(f"{url}/audit")).status_code == 403


async def test_nobody_rewrites_the_log(owner: AsyncClient, url: str, session: AsyncSession) -> None:
    await added(owner, f"{url}/ingredients", FLOUR)
    for statement in (
        "update audit_log set actor_name = 'somebody else'",
        "delete from audit_log",
        "truncate audit_log",
    ):
        with pytest.raises(ProgrammingError, match="only ever added to"):
            async with session.begin_nested():
                await session.execute(text(statement))
    await session.execute(text(f"set local role {ROLE}"))
    for privilege in ("update", "delete", "truncate"):
        held = await session.scalar(
            text("select has_table_privilege('audit_log', :privilege)"), {"privilege": privilege}
        )
        assert not held


async def test_what_is_old_is_removed(own_database: Database) -> None:
    async with own_database.transaction() as session:
        session.add_all(
            AuditEntry(
                at=NOW - timedelta(days=days),
                actor_kind="local_owner",
                action="POST /x",
                outcome="done",
            )
            for days in (401, 399)
        )

    assert await service.remove_old(own_database, NOW - timedelta(days=400)) == 1
    async with own_database.transaction() as session:
        (left,) = await session.scalars(select(AuditEntry.at))
    assert left == NOW - timedelta(days=399)
