"""Files that tills and spreadsheets export: CSV and XLSX tables of any dialect, as text cells."""

from obrador.integrations.pos_files.errors import UnreadableFile
from obrador.integrations.pos_files.frames import EXTRA, LINE, Layout
from obrador.integrations.pos_files.table import Table, open_table

__all__ = ["EXTRA", "LINE", "Layout", "Table", "UnreadableFile", "open_table"]
