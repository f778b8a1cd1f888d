"""Files of sales between being sent and being imported: kept in the database, so that any process
can go on with them, for an hour."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Self
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.integrations.pos_files import Layout, UnreadableFile
from obrador.kit.db import Database
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id
from obrador.kit.pagination import PageRequest
from obrador.sales.formats import Written
from obrador.sales.importing import ImportOptions, ImportReport
from obrador.sales.models import Upload, UploadPart

KEPT = timedelta(hours=1)
"""So long after it was sent, an upload is gone."""
_AT_ONCE = 3
"""Uploads of a bakery that are kept."""
_PIECE = 1 << 20
_LONGEST_NAME = 200


class Uploads(ScopedRepository[Upload]):
    """Files that wait for a decision, or had it within the hour."""

    model = Upload


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an import, in a few figures."""

    rows: int
    new: int
    changed: int
    unchanged: int
    ignored: int
    rejected: int
    products_created: int
    first_day: str | None
    last_day: str | None

    @classmethod
    def of(cls, report: ImportReport) -> Self:
        """Of what the report says in full."""
        return cls(
            report.rows,
            report.new,
            report.changed,
            report.unchanged,
            report.ignored,
            report.rejected,
            len(report.products_created),
            report.first_day.isoformat() if report.first_day else None,
            report.last_day.isoformat() if report.last_day else None,
        )


async def keep_upload(
    session: AsyncSession, tenant: TenantId, name: str, file: BinaryIO, now: datetime
) -> UUID:
    """Keep a file; older ones of the bakery make room.

    Raises:
        UnreadableFile: it is empty.
    """
    uploads = Uploads(session, tenant)
    await session.execute(_older_than(now - KEPT).where(Upload.tenant_id == tenant))
    kept = await uploads.newest(PageRequest(limit=_AT_ONCE))
    for row in kept.rows[_AT_ONCE - 1 :]:
        await uploads.delete(row.id)
    values = {"name": _shown(name), "size": 0, "created_at": now}
    row = await uploads.add(uploads.made(new_id(), values))
    # Piece by piece: a file may be larger than what a process should hold in memory.
    while piece := await asyncio.to_thread(file.read, _PIECE):
        part = {"number": row.size // _PIECE, "content": piece}
        await session.execute(insert(UploadPart).values(tenant_id=tenant, upload_id=row.id, **part))
        row.size += len(piece)
    if not row.size:
        raise UnreadableFile("The file is empty: choose another one.")
    await session.flush()
    return row.id


async def find_upload(
    session: AsyncSession, tenant: TenantId, upload_id: UUID, now: datetime
) -> Upload:
    """The upload, which nobody else decides on meanwhile.

    Raises:
        NotFound: it is not there, or not any more.
    """
    row = await Uploads(session, tenant).lock(upload_id)
    if row.created_at <= now - KEPT:
        raise NotFound("This file was sent more than an hour ago: send it again.")
    return row


async def waiting_upload(session: AsyncSession, tenant: TenantId, now: datetime) -> Upload | None:
    """The newest file that has been sent and not imported."""
    page = await Uploads(session, tenant).newest(
        PageRequest(limit=1), Upload.outcome.is_(None), Upload.created_at > now - KEPT
    )
    return page.rows[0] if page.rows else None


@asynccontextmanager
async def opened(session: AsyncSession, tenant: TenantId, upload: Upload) -> AsyncIterator[Path]:
    """The upload as a file on disk, for as long as the block lasts; its name is ours."""
    parts = await session.stream_scalars(
        select(UploadPart.content)
        .where(UploadPart.tenant_id == tenant, UploadPart.upload_id == upload.id)
        .order_by(UploadPart.number)
        .execution_options(yield_per=4)
    )
    with TemporaryDirectory(prefix="obrador-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as target:
            async for part in parts:
                target.write(part)
        yield path


def options_of(upload: Upload) -> ImportOptions:
    """What has been said of it so far."""
    said = dict(upload.options)
    layout, written = Layout(**said.pop("layout", {})), Written(**said.pop("written", {}))
    return ImportOptions(**said, layout=layout, written=written)


def outcome_of(upload: Upload) -> Outcome | None:
    """What its import did."""
    return None if upload.outcome is None else Outcome(**upload.outcome)


async def note_options(session: AsyncSession, upload: Upload, options: ImportOptions) -> None:
    """Remember what was said of it."""
    said: Mapping[str, Any] = asdict(options)
    kept = ("columns", "product_names", "create_products", "layout", "written")
    upload.options = {name: said[name] for name in kept} | {"ignored": sorted(options.ignored)}
    await session.flush()


async def note_outcome(
    session: AsyncSession, tenant: TenantId, upload: Upload, report: ImportReport
) -> None:
    """It is imported: what it did stays a while, the file goes."""
    upload.outcome = asdict(Outcome.of(report))
    await session.execute(
        delete(UploadPart).where(UploadPart.tenant_id == tenant, UploadPart.upload_id == upload.id)
    )
    await session.flush()


async def remove_upload(session: AsyncSession, tenant: TenantId, upload_id: UUID) -> None:
    """Without it.

    Raises:
        NotFound: it is not there.
    """
    await Uploads(session, tenant).delete(upload_id)


async def remove_old_uploads(database: Database, now: datetime) -> int:
    """Remove those that nobody came back for; how many those were."""
    async with database.transaction() as session:
        removed = await session.execute(_older_than(now - KEPT).returning(Upload.id))
        return len(removed.all())


def _older_than(moment: datetime) -> Any:
    return delete(Upload).where(Upload.created_at <= moment)


def _shown(name: str) -> str:
    """The last part of a name, without what no page should show."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip()
    return plain[:_LONGEST_NAME] or "?"
