"""Who did what, as the owner reads it; and every change has words."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from obrador.audit.wording import Deeds
from obrador.authz import TenantId
from obrador.kit.i18n import LANGUAGES, speech
from tests.factories.things import FLOUR, added


def changes(routes: Sequence[Any], prefix: str = "") -> Iterator[str]:
    """Method and path of every route that may change something, pages among them."""
    for each in routes:
        if hasattr(each, "original_router"):
            yield from changes(each.original_router.routes, prefix + each.include_context.prefix)
        for method in getattr(each, "methods", None) or ():
            if method not in {"GET", "HEAD", "OPTIONS"}:
                yield f"{method} {prefix}{each.path}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_change_has_words(app: FastAPI, language: str) -> None:
    deeds, found = Deeds(speech(language, "en", "EUR")), set(changes(app.routes))

    assert len(found) > 120
    assert {action for action in found if deeds.deed(action) is None} == set()


async def test_an_owner_reads_who_did_what(
    owner: AsyncClient, viewer: AsyncClient, tenant: TenantId, url: str
) -> None:
    await added(owner, f"{url}/ingredients", FLOUR)
    await viewer.delete(f"{url}/members/{tenant}", headers={"User-Agent": "Mozilla/5.0 Firefox/9"})
    email = (await viewer.get("/api/v1/auth/me")).json()["email"]

    page = await owner.get(f"/bakeries/{tenant}/setup/audit?lang=en")

    assert page.status_code == 200
    assert "Tuesday, 3 March" in page.text
    assert "06:30" in page.text, "on the bakery's clock"
    assert "Added an ingredient" in page.text
    assert "Was not allowed: Removed somebody&#39;s access" in page.text
    assert f"{email} · 127.0.0.1 · Firefox" in page.text


async def test_it_is_in_spanish_too_and_by_person_and_day(
    owner: AsyncClient, baker: AsyncClient, tenant: TenantId, url: str
) -> None:
    await added(owner, f"{url}/ingredients", FLOUR)
    await added(baker, f"{url}/equipment", {"name": "Oven", "kind": "oven", "capacity": 8})
    own_id = (await owner.get("/api/v1/auth/me")).json()["user_id"]
    path = f"/bakeries/{tenant}/setup/audit?lang=es"

    everybody = (await owner.get(path)).text
    of_one = (await owner.get(f"{path}&who={own_id}")).text
    on_that_day = (await owner.get(f"{path}&first=2026-03-03&last=2026-03-03")).text
    before = (await owner.get(f"{path}&who=&first=&last=2026-03-02")).text

    assert "Añadió un equipo" in everybody
    assert "Añadió un ingrediente" in of_one
    assert "Añadió un equipo" not in of_one
    assert "Añadió un equipo" in on_that_day
    assert "En este tiempo no se hizo nada." in before


async def test_it_is_for_owners(
    baker: AsyncClient, outsider: AsyncClient, tenant: TenantId
) -> None:
    page = f"/bakeries/{tenant}/setup/audit"

    assert (await baker.get(page)).status_code == 403
    assert (await outsider.get(page)).status_code == 404
