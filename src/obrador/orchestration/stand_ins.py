"""What stands in for parts of a snapshot that could not be fetched."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.orchestration.domain import Snapshot
from obrador.orchestration.parts import SNAPSHOT_HOURS, Offers, Part, Stock, with_earlier
from obrador.orchestration.references import Reference, keep_references, read_references
from obrador.orchestration.run_state import RunState
from obrador.orchestration.snapshots import Earlier, last_with


async def complete(session: AsyncSession, runs: Sequence[RunState]) -> None:
    """Give snapshots of which parts were fetched elsewhere what is missing, from earlier ones where
    these are young enough, and keep what they refer to. A constant number of statements."""
    earlier = await _earlier(session, runs)
    for run in runs:
        if run.snapshot is not None:
            run.snapshot = with_earlier(run.snapshot, earlier[run.tenant])
    taken = {run.tenant: run.snapshot for run in runs if run.snapshot is not None}
    kept = {tenant: _reference(snapshot) for tenant, snapshot in taken.items()}
    hashes = await keep_references(session, kept)
    for run in runs:
        if run.snapshot is not None:
            run.snapshot = replace(run.snapshot, reference=hashes[run.tenant])


async def _earlier(
    session: AsyncSession, runs: Sequence[RunState]
) -> Mapping[TenantId, Mapping[str, Part]]:
    """Parts by bakery, of those that are missing, as they were not long ago."""
    parts: dict[TenantId, dict[str, Part]] = defaultdict(dict)
    wanted = [
        (run.morning, part)
        for run in runs
        for part in (run.snapshot.missing if run.snapshot else ())
    ]
    if not wanted:
        return parts
    found = await last_with(session, wanted, timedelta(hours=SNAPSHOT_HOURS))
    references = await read_references(session, {(each.tenant, each.reference) for each in found})
    of_tenant = {run.tenant: run for run in runs}
    for each in found:
        parts[each.tenant][each.part] = _part(each, references[each.tenant, each.reference])
        of_tenant[each.tenant].remarks.append(
            f"The {each.part} are as they were at {each.taken_at:%Y-%m-%d %H:%M} UTC."
        )
    return parts


def _part(earlier: Earlier, reference: Reference) -> Part:
    match earlier.part:
        case "inventory":
            return Stock(reference.ingredients, earlier.lots)
        case "suppliers":
            return Offers(reference.suppliers, reference.prices)
        case _:
            return reference.catalogue


def _reference(snapshot: Snapshot) -> Reference:
    return Reference(snapshot.catalogue, snapshot.ingredients, snapshot.suppliers, snapshot.prices)
