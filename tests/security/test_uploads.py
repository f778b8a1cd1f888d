"""Files that want to break what reads them: refused in words, in no memory, leaving nothing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.sales.models import DailySale
from tests.security.upload_torture import READERS, TORTURES, growth, refusal

MOST_MB = 100
"""What reading an ordinary file takes, and the machinery of the test."""
PATHS = ["sales/import", "calendar/import", "weather/import"]


@pytest.fixture(scope="module", params=TORTURES)
def torture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, str]]:
    """A bad file, and words that it is refused with."""
    make, words = TORTURES[request.param]
    path = tmp_path_factory.mktemp("torture") / "file"
    make(path)
    yield path, words
    path.unlink()


@pytest.mark.parametrize("reader", READERS)
def test_a_bad_file_is_refused_in_words_and_no_memory(
    torture: tuple[Path, str], reader: str
) -> None:
    path, words = torture
    with growth() as grown:
        told = refusal(READERS[reader], path)

    assert told, "it was read"
    assert grown[0] < MOST_MB
    assert words in told or reader != "sales"


def test_a_calendar_of_half_a_million_events_is_refused(tmp_path: Path) -> None:
    event = b"BEGIN:VEVENT\r\nDTSTART:20260101\r\nSUMMARY:x\r\nEND:VEVENT\r\n"
    path = tmp_path / "events.ics"
    path.write_bytes(b"BEGIN:VCALENDAR\r\n" + event * 500_000 + b"END:VCALENDAR\r\n")

    with growth() as grown:
        told = refusal(READERS["calendar"], path)

    assert "at most 10 MB" in told
    assert grown[0] < MOST_MB


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("is_absolute", [False, True])
async def test_a_name_leads_nowhere(
    owner: AsyncClient,
    session: AsyncSession,
    url: str,
    path: str,
    tmp_path: Path,
    is_absolute: bool,
) -> None:
    target = tmp_path / "escaped.csv"
    name = str(target) if is_absolute else "../" * 12 + str(target)[1:]

    for each in (name, f"{name}\x00.xlsx", name.replace("/", "\\")):
        answer = await owner.post(f"{url}/{path}", files={"file": (each, b"no;table\n" * 3)})

        assert answer.status_code == 422
        assert "escaped" not in answer.text
    assert os.listdir(tmp_path) == []
    assert await session.scalar(select(func.count()).select_from(DailySale)) == 0
