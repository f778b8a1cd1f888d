"""A first look at a file of sales, for somebody who then says which column is what."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from obrador.authz import TenantId
from obrador.integrations.pos_files import LINE, Layout, Table, open_table
from obrador.sales.columns import Columns, guess_columns
from obrador.sales.importing import ImportOptions, mapping_of

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Peek:
    """How a file begins, and what it seems to hold."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The first few, cell by cell."""
    lines: tuple[int, ...]
    """Where these stand."""
    columns: Columns
    """As far as said, remembered or guessed; needed fields may lack."""
    layout: Layout
    sheets: tuple[str, ...]

    def examples(self, column: str) -> list[str]:
        """The first different values of a column."""
        if column not in self.header:
            return []
        place = self.header.index(column)
        return list(dict.fromkeys(row[place] for row in self.rows if row[place]))[:3]


async def peek(session: AsyncSession, tenant: TenantId, path: Path, options: ImportOptions) -> Peek:
    """The file's first rows; nothing is kept.

    Raises:
        UnreadableFile, TooLarge: as `open_table`.
    """
    with open_table(path, layout=options.layout) as table:
        async with session.begin_nested() as attempt:
            mapping = await mapping_of(session, tenant, table.header, options)
            columns = guess_columns(table.header, mapping.columns)
            await attempt.rollback()
        lines, rows = await asyncio.to_thread(_first_rows, table)
    return Peek(table.header, rows, lines, columns, table.layout, table.sheets)


def _first_rows(table: Table) -> tuple[tuple[int, ...], tuple[tuple[str, ...], ...]]:
    first = next(table.batches, None)
    if first is None:
        return (), ()
    shown = first.head(_SHOWN)
    return tuple(shown[LINE].to_list()), tuple(shown.select(table.header).rows())
