"""Every query on trained models."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, func, literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.authz.scoped import ScopedRepository
from obrador.forecasting.domain import Champion, TrainingReason, Trial
from obrador.forecasting.models import ForecastModel
from obrador.kit.db import copy_rows, table_of
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id
from obrador.kit.queries import any_of, row_state

KEPT_WHOLE = 3
"""So many of a bakery's newest models keep their content, beside the champion; of older ones there
are only figures."""

_TABLE = table_of(ForecastModel)
_COLUMNS = (
    "tenant_id", "id", "version", "method", "status", "reason", "verdict", "first_day", "last_day",
    "records", "products", "data_hash", "compared_with", "unseen_first", "unseen_last", "scores",
    "checksum", "size", "content", "created_at", "promoted_at", "drivers",
)  # fmt: skip
_FORGET = text("""
    update forecast_models m set content = null
    from unnest(cast(:tenants as uuid[]), cast(:versions as integer[])) as k(tenant_id, newest)
    where m.tenant_id = k.tenant_id and m.version <= k.newest - cast(:kept as integer)
        and m.status <> 'champion' and m.content is not null
""")


@dataclass(frozen=True, slots=True)
class Made:
    """A model to keep."""

    tenant: TenantId
    reason: TrainingReason
    trial: Trial


class ForecastModels(ScopedRepository[ForecastModel]):
    """A bakery's trained models, without their content."""

    model = ForecastModel

    async def get_version(self, version: int) -> ForecastModel:
        """The model with this version.

        Raises:
            NotFound: it is not there.
        """
        query = self.query().where(ForecastModel.version == version)
        found = (await self.session.scalars(query)).one_or_none()
        if found is None:
            raise NotFound("There is no model with version {version} here.", version=version)
        return found


async def read_champions(
    session: AsyncSession, tenants: Sequence[TenantId]
) -> dict[UUID, Champion]:
    """The models that forecast, of those bakeries that have one; one whose checksum is not that of
    its content comes without it. One query."""
    query = select(
        *(
            _TABLE.c[name]
            for name in ("tenant_id", "version", "last_day", "checksum", "content", "drivers")
        )
    ).where(_TABLE.c.tenant_id == any_of(tenants), _TABLE.c.status == "champion")
    return {
        row.tenant_id: Champion(
            row.version,
            row.last_day,
            _sound(row.content, row.checksum),
            tuple(each["group"] for each in row.drivers if each["is_used"]),
        )
        for row in await session.execute(query)
    }


def champion_state(tenant: BindParameter[TenantId]) -> Select[str]:
    """A query of the version of a bakery's champion with a number that is another one after every
    change of it; of no row, if there is none."""
    return select(func.concat_ws(literal_column("':'"), _TABLE.c.version, row_state(_TABLE))).where(
        _TABLE.c.tenant_id == tenant, _TABLE.c.status == "champion"
    )


async def has_champion(session: AsyncSession, tenant: TenantId) -> bool:
    """Whether a bakery has a model that forecasts."""
    query = select(_TABLE.c.version).where(
        _TABLE.c.tenant_id == tenant, _TABLE.c.status == "champion"
    )
    return await session.scalar(query) is not None


async def add(session: AsyncSession, made: Sequence[Made], now: datetime) -> dict[UUID, int]:
    """Keep models, each as its bakery's next version, which the result says; those that are
    promoted take the place of the champion. Nobody else may do so for the same bakeries meanwhile.
    A constant number of statements."""
    tenants = [each.tenant for each in made]
    rows = await session.execute(
        select(_TABLE.c.tenant_id, func.max(_TABLE.c.version))
        .where(_TABLE.c.tenant_id == any_of(tenants))
        .group_by(_TABLE.c.tenant_id)
    )
    before: Mapping[UUID, int] = dict(rows.all())
    versions: dict[UUID, int] = {tenant: before.get(tenant, 0) + 1 for tenant in tenants}
    promoted = [each.tenant for each in made if each.trial.is_promoted]
    await session.execute(
        update(_TABLE)
        .where(_TABLE.c.tenant_id == any_of(promoted), _TABLE.c.status == "champion")
        .values(status="retired", retired_at=now)
    )
    await copy_rows(
        session, _TABLE, _COLUMNS, (_row(each, versions[each.tenant], now) for each in made)
    )
    values = {"tenants": tenants, "versions": list(versions.values()), "kept": KEPT_WHOLE}
    await session.execute(_FORGET, values)
    return versions


def _row(each: Made, version: int, now: datetime) -> tuple[Any, ...]:
    trial = each.trial
    scores = {
        "challenger": asdict(trial.challenger),
        "champion": asdict(trial.champion),
        "refitted": trial.refitted and asdict(trial.refitted),
    }
    return (
        each.tenant, new_id(), version, trial.method,
        "champion" if trial.is_promoted else "refused", each.reason, trial.verdict,
        trial.first_day, trial.last_day, trial.records, trial.products, trial.data_hash,
        trial.compared_with, trial.unseen_first, trial.unseen_last, scores,
        _checksum(trial.content), len(trial.content), trial.content, now,
        now if trial.is_promoted else None, [asdict(each) for each in trial.drivers],
    )  # fmt: skip


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sound(content: bytes | None, checksum: str) -> bytes | None:
    return content if content is not None and _checksum(content) == checksum else None
