"""Bakeries over HTTP."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.tenants import service
from tests.factories.things import added

NEW = {"name": "Horno Nuevo", "time_zone": "Europe/Madrid", "country": "ES", "locale": "es_ES"}


async def test_who_makes_a_bakery_owns_it(viewer: AsyncClient, outsider: AsyncClient) -> None:
    bakery = await added(viewer, "/api/v1/tenants", NEW)
    url = f"/api/v1/tenants/{bakery['id']}"

    assert bakery["currency"] == "EUR"
    assert bakery["status"] == "active"
    assert bakery["opening_hours"][0] == {"opens": "08:00", "closes": "20:00"}
    assert bakery["assumed"] == ["opening_hours", "open_on_holidays"]
    assert (await viewer.get(f"{url}/members")).json()["items"][0]["role"] == "owner"
    assert (await outsider.get(url)).status_code == 404
    assert bakery in (await viewer.get("/api/v1/tenants")).json()["items"]


async def test_the_same_key_makes_one_bakery_for_each_person(
    viewer: AsyncClient, outsider: AsyncClient
) -> None:
    headers = {"Idempotency-Key": "my first"}

    first, again, other = [
        (await who.post("/api/v1/tenants", json=NEW, headers=headers)).json()
        for who in (viewer, viewer, outsider)
    ]

    assert first == again
    assert other["id"] != first["id"]


async def test_a_program_makes_no_bakery(
    owner: AsyncClient, anonymous: AsyncClient, url: str
) -> None:
    key = (await added(owner, f"{url}/api-keys", {"name": "till", "role": "owner"}))["key"]

    answer = await anonymous.post(
        "/api/v1/tenants", json=NEW, headers={"Authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"subdivision": "ZZ"}, "subdivision"),
        ({"locale": "klingon"}, "locale"),
        ({"currency": "AAA"}, "currency"),
        ({"name": "\u0301"}, "name"),
        ({"opening_hours": [None] * 6}, "opening_hours"),
    ],
)
async def test_a_place_that_is_not_known_is_refused_and_named(
    viewer: AsyncClient, wrong: dict[str, Any], where: str
) -> None:
    answer = await viewer.post("/api/v1/tenants", json=NEW | wrong)

    assert answer.status_code == 422
    assert where in answer.json()["errors"][0]["where"]


async def test_what_the_owner_states_is_kept_and_planned_with(
    owner: AsyncClient, session: AsyncSession, tenant: TenantId, url: str
) -> None:
    week = [{"opens": "07:30", "closes": "14:00"}] * 5 + [None, None]

    changed = await owner.patch(
        url, json={"opening_hours": week, "policy": {"service_level": 0.9}, "subdivision": None}
    )
    await added(owner, f"{url}/closures", {"first_day": "2026-08-01", "last_day": "2026-08-21"})

    bakery = (await service.load_bakeries(session, [tenant]))[tenant]
    assert changed.json()["opening_hours"] == week
    assert changed.json()["policy"] == {
        "service_level": 0.9,
        "class_levels": {},
        "safety_stock": "statistical",
        "safety_share": 0.5,
        "bake_service_level": 0.8,
        "horizon_days": 14,
        "healthy_wape": 20.0,
        "warning_wape": 30.0,
        "retrain_mape": 30.0,
        "retrain_mape_rise": 5.0,
        "retrain_after_days": 30,
        "delay_minutes": 15,
        "yield_tolerance": 10.0,
        "stale_words": [],
        "approval_limits": {},
        "count_limit": 50.0,
        "supplier_choice": "cost",
        "supplier_weights": {},
    }
    assert bakery.policy.service_level == 0.9
    assert bakery.opening_hours[5] is None
    assert bakery.subdivision is None
    assert [str(day) for day in bakery.closures[0]] == ["2026-08-01", "2026-08-21"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"healthy_wape": 31}, "policy.healthy_wape"),
        ({"warning_wape": 0}, "policy.warning_wape"),
        ({"retrain_after_days": 3}, "policy.retrain_after_days"),
        ({"retrain_mape": None}, "policy.retrain_mape"),
    ],
)
async def test_thresholds_that_make_no_sense_are_refused(
    owner: AsyncClient, url: str, wrong: dict[str, Any], where: str
) -> None:
    answer = await owner.patch(url, json={"policy": wrong})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == where
    assert (await owner.get(url)).json()["policy"]["healthy_wape"] == 20


async def test_status_and_tier_are_for_who_runs_the_platform(
    owner: AsyncClient, admin: AsyncClient, url: str
) -> None:
    assert (await owner.patch(url, json={"tier": "enterprise"})).status_code == 403
    assert (await admin.patch(url, json={"tier": "enterprise"})).json()["tier"] == "enterprise"


async def test_closures_are_listed_and_removed(owner: AsyncClient, url: str) -> None:
    closure = await added(
        owner,
        f"{url}/closures",
        {"first_day": "2026-08-01", "last_day": "2026-08-01", "reason": "paint"},
    )

    assert (await owner.get(f"{url}/closures")).json()["items"] == [closure]
    assert (await owner.delete(f"{url}/closures/{closure['id']}")).status_code == 204
    assert (await owner.get(f"{url}/closures")).json()["items"] == []


async def test_rules_for_weekends_and_holidays_are_kept(owner: AsyncClient, url: str) -> None:
    rules = {"weekend_rule": "skip", "holiday_rule": "0 7 * * *"}

    before, changed = await owner.get(url), await owner.patch(url, json=rules)

    assert before.json()["weekend_rule"] == before.json()["holiday_rule"] == "run"
    assert rules.items() <= changed.json().items()


@pytest.mark.parametrize("field", ["weekend_rule", "holiday_rule"])
@pytest.mark.parametrize("rule", ["never", "0 7 * *", "0 0 31 2 *", "", None])
async def test_a_rule_that_cannot_be_followed_is_refused_and_named(
    owner: AsyncClient, url: str, field: str, rule: str | None
) -> None:
    answer = await owner.patch(url, json={field: rule})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == field
