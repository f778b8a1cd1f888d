"""The production page as people work with it: decided on, edited, batches started and completed."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.kit.db import Database
from obrador.onboarding import demo
from obrador.orchestration import due
from obrador.orchestration.definitions import default_workflows
from obrador.orchestration.service import run_mornings
from tests.fixtures.people import NOW
from tests.statements import counted


@pytest.fixture
async def tenant(session: AsyncSession) -> TenantId:
    """A bakery that has planned today."""
    (made,) = await demo.load(session, NOW, seed=1, products=6, days=60)
    await run_mornings(session, [made], NOW)
    await due.create_workflows(session, default_workflows("30 5 * * *", "0 9 * * 1"))
    return made


@pytest.fixture
def production(tenant: TenantId) -> str:
    """The page's address."""
    return f"/bakeries/{tenant}/production"


async def _read(client: AsyncClient, url: str) -> str:
    answer = await client.get(url, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, answer.text
    return answer.text


async def _send(client: AsyncClient, url: str, **fields: str) -> Response:
    return await client.post(url, data=fields, headers={"Accept-Language": "en"})


def _schedule(page: str) -> str:
    found = re.search(r"schedules/([0-9a-f-]{36})/", page)
    assert found
    return found[1]


def _version(page: str, action: str) -> str:
    """That the form which posts there is about."""
    found = re.search(rf'{action}[^>]*>(?s:.*?)name="version" value="(\d+)"', page)
    assert found, f"no form posts to {action}"
    return found[1]


def _batches(page: str, act: str) -> list[str]:
    """Those that can be started, completed or cancelled."""
    return list(dict.fromkeys(re.findall(rf"batches/([0-9a-f-]{{36}})/{act}", page)))


def _row(page: str, batch: str) -> str:
    return page.split(f'id="batch-{batch}"')[1].split("<li ", maxsplit=1)[0]


def _posting(page: str, batch: str) -> str:
    found = re.search(r'name="posting_id" value="([^"]+)"', _row(page, batch))
    assert found
    return found[1]


def _unit(page: str, batch: str) -> str:
    found = re.search(r'name="unit" value="(\w+)"', _row(page, batch))
    assert found
    return found[1]


async def _approve(client: AsyncClient, production: str) -> str:
    """Approve the day; the page after it."""
    page = await _read(client, production)
    url = f"{production}/schedules/{_schedule(page)}/approve"
    answer = await _send(client, url, version=_version(page, "/approve"))
    assert answer.status_code == 303, answer.text
    return await _read(client, production)


async def test_viewers_read_and_nothing_more(viewer: AsyncClient, production: str) -> None:
    page = await _read(viewer, production)
    batch = re.findall(r'id="batch-([0-9a-f-]{36})"', page)[0]

    assert "<form" not in page
    assert "/edit" not in page
    assert (await _send(viewer, f"{production}/batches/{batch}/start")).status_code == 403


async def test_a_schedule_is_approved_as_it_was_read(baker: AsyncClient, production: str) -> None:
    page = await _read(baker, production)
    assert _batches(page, "start") == []
    url = f"{production}/schedules/{_schedule(page)}/approve"
    version = _version(page, "/approve")

    done = await _send(baker, url, version=version)
    again = await _send(baker, url, version=version)

    assert done.status_code == 303
    after = await _read(baker, done.headers["location"])
    assert '<span class="badge approved">approved</span>' in after
    assert "Start the first batch" in after
    assert "the plan: approved" in after
    assert again.status_code == 412
    assert "Somebody has changed this since" in again.text


async def test_a_schedule_is_turned_down_with_a_reason(baker: AsyncClient, production: str) -> None:
    page = await _read(baker, production)
    url, version = f"{production}/schedules/{_schedule(page)}/reject", _version(page, "/reject")

    silent = await _send(baker, url, version=version)
    told = await _send(baker, url, version=version, quick="Too much", reason="Rain all day")

    assert silent.status_code == 422
    assert told.status_code == 303
    after = await _read(baker, told.headers["location"])
    assert "Too much · Rain all day" in after
    assert '<span class="badge rejected">turned down</span>' in after


async def test_stale_data_has_the_day_planned_again(
    baker: AsyncClient, session: AsyncSession, production: str
) -> None:
    page = await _read(baker, production)
    url, version = f"{production}/schedules/{_schedule(page)}/reject", _version(page, "/reject")

    answer = await _send(baker, url, version=version, quick="Datos antiguos")

    assert answer.status_code == 303, answer.text
    statuses = (await session.scalars(text("select status from runs order by revision"))).all()
    assert statuses == ["completed", "pending"]
    after = await _read(baker, production)
    assert "A new plan of this day is being made." in after
    assert "Plan the day again" not in after


async def test_a_batch_is_started_and_completed_with_what_it_gave(
    baker: AsyncClient, production: str
) -> None:
    page = await _approve(baker, production)
    batch = _batches(page, "start")[0]

    started = await _send(baker, f"{production}/batches/{batch}/start")

    assert started.status_code == 303
    assert started.headers["location"].endswith(f"#batch-{batch}")
    page = await _read(baker, production)
    assert "begun at 06:30" in _row(page, batch)
    assert 'name="wasted"' in _row(page, batch)
    url, unit = f"{production}/batches/{batch}/complete", _unit(page, batch)
    given = {"posting_id": _posting(page, batch), "unit": unit, "made": "20,0", "wasted": "2"}

    wrong = await _send(baker, url, **(given | {"made": "many"}))
    done = await _send(baker, url, **given)
    twice = await _send(baker, url, **given)
    other = await _send(baker, url, **(given | {"made": "30", "posting_id": str(UUID(int=7))}))

    assert wrong.status_code == 422
    assert 'value="many"' in _row(wrong.text, batch)
    assert 'role="alert"' in _row(wrong.text, batch)
    assert (done.status_code, twice.status_code, other.status_code) == (303, 303, 409)
    page = await _read(baker, production)
    assert "done at 06:30: 20" in _row(page, batch)
    assert "2 wasted" in _row(page, batch) or "2 kg wasted" in _row(page, batch)
    assert f"1 of {len(re.findall('<li id=.batch-', page))} batches done" in page


async def test_scripts_get_the_row_and_how_far_the_day_is(
    baker: AsyncClient, production: str
) -> None:
    page = await _approve(baker, production)
    batch = _batches(page, "start")[0]
    url, script = f"{production}/batches/{batch}", {"HX-Request": "true"}

    row = await baker.post(f"{url}/start", headers=script)
    wrong = await baker.post(f"{url}/complete", headers=script, data={"unit": "bucket"})

    assert row.status_code == 200
    assert row.text.strip().startswith(f'<li id="batch-{batch}"')
    assert 'hx-swap-oob="true"' in row.text
    assert "<html" not in row.text
    assert 'role="alert"' in wrong.text
    assert wrong.text.strip().startswith(f'<li id="batch-{batch}"')


async def test_a_batch_is_called_off(baker: AsyncClient, production: str) -> None:
    page = await _approve(baker, production)
    batch = _batches(page, "cancel")[0]
    url, posting = f"{production}/batches/{batch}/cancel", _posting(page, batch)

    silent = await _send(baker, url, posting_id=posting, reason=" ")
    script = {"HX-Request": "true"}
    told = await baker.post(
        url, data={"posting_id": posting, "reason": "No butter"}, headers=script
    )

    assert silent.status_code == 422
    assert f'<li class="gone" id="batch-{batch}">' in told.text
    after = await _read(baker, production)
    assert "called off" in after
    assert "No butter" in after
    assert f'id="batch-{batch}"' not in after


async def test_what_is_behind_its_plan_is_marked(
    session: AsyncSession, baker: AsyncClient, production: str
) -> None:
    page = await _approve(baker, production)
    first = _batches(page, "start")[0]
    values = {"id": UUID(first), "at": NOW - timedelta(hours=1)}
    move = "update production_batches set starts_at = :at, ends_at = ends_at where id = :id"
    await session.execute(text(move), values)

    page = await _read(baker, production)

    assert "should have begun at 05:30" in _row(page, first)
    assert "1 behind" in page


async def test_edits_show_what_follows_before_they_are_saved(
    baker: AsyncClient, production: str
) -> None:
    page = await _read(baker, production)
    url = f"{production}/schedules/{_schedule(page)}/edit"
    form = await _read(baker, url)
    fields = dict(re.findall(r'name="((?:quantity|start)\.[^"]+)" [^>]*?value="([^"]*)"', form))
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    same = {"version": version[1], "reason": "By hand"} | fields
    name = next(each for each in fields if each.startswith("quantity") and "." not in fields[each])
    batch = name.removeprefix("quantity.")
    more = same | {name: str(int(fields[name]) * 3)}

    nothing = await _send(baker, url, **same, do="save")
    look = await _send(baker, url, **more, do="look")
    wrong = await _send(baker, url, **(same | {f"start.{batch}": "soon"}), do="save")
    far = await _send(baker, url, **(same | {name: "a lot"}), do="look")

    assert nothing.status_code == 422
    assert look.status_code == 200
    assert "Ingredients cost" in look.text
    assert f"was {fields[name]}" in look.text
    assert 'value="By hand"' in look.text
    assert wrong.status_code == 422
    assert 'value="soon"' in wrong.text
    assert far.status_code == 422
    assert (
        dict(
            re.findall(
                r'name="((?:quantity|start)\.[^"]+)" [^>]*?value="([^"]*)"', await _read(baker, url)
            )
        )
        == fields
    )

    saved = await _send(baker, url, **more, do="save")
    again = await _send(baker, url, **more, do="save")

    assert saved.status_code == 303
    after = await _read(baker, saved.headers["location"])
    assert "Saved." in after
    assert "edited" in after
    assert "By hand" in after
    assert again.status_code in (412, 422)


async def test_a_start_is_the_nearest_one_of_the_days_work(
    baker: AsyncClient, production: str
) -> None:
    page = await _read(baker, production)
    url = f"{production}/schedules/{_schedule(page)}/edit"
    form = await _read(baker, url)
    version = re.search(r'name="version" value="(\d+)"', form)
    start = re.search(r'name="(start\.[^"]+)" type="time" value="(\d\d):(\d\d)"', form)
    assert version
    assert start
    later = f"{int(start[2]) + 1:02}:{start[3]}"

    answer = await _send(baker, url, version=version[1], **{start[1]: later}, do="save")

    assert answer.status_code == 303
    after = await _read(baker, url)
    assert re.search(rf'name="{re.escape(start[1])}" type="time" value="{later}"', after)


async def test_what_cannot_be_edited_any_more_says_so(baker: AsyncClient, production: str) -> None:
    url = f"{production}/schedules/{UUID(int=7)}/edit"

    assert (await baker.get(url)).status_code == 404


async def test_a_new_revision_says_what_is_different(
    session: AsyncSession, baker: AsyncClient, tenant: TenantId, production: str
) -> None:
    await session.execute(text("update products set price_minor = price_minor * 3"))
    await run_mornings(session, [tenant], NOW, again=True)

    page = await _read(baker, production)

    assert "revision 1" in page
    assert "What is different from the plan before" in page
    assert " instead of " in page


async def test_queries_do_not_grow_with_the_batches(
    database: Database, baker: AsyncClient, production: str
) -> None:
    page, asked = await _approve(baker, production), []
    for batch in _batches(page, "start")[:3]:
        await _send(baker, f"{production}/batches/{batch}/start")
        with counted(database) as statements:
            await _read(baker, production)
        asked.append(len(statements))

    assert len(asked) == 3
    assert len(set(asked)) == 1


async def test_names_are_never_markup(
    session: AsyncSession, baker: AsyncClient, production: str
) -> None:
    await session.execute(text("update products set name = '<script>alert(1)</script>'"))

    for url in (
        production,
        f"{production}/schedules/{_schedule(await _read(baker, production))}/edit",
    ):
        page = await _read(baker, url)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
