"""A whole bakery, checked, and written to the database or read back as one."""
