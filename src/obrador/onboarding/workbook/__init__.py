"""One XLSX workbook that holds a whole bakery, in the baker's language."""

from obrador.onboarding.workbook.exchange import export_bakery, import_bakery, write_template

__all__ = ["export_bakery", "import_bakery", "write_template"]
