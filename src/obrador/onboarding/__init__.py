"""From nothing to a bakery that can be planned: workbook, starter recipes, demo, storage."""
