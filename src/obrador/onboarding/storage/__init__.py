"""A whole bakery, checked, and written to the database or read back as one."""

from obrador.onboarding.storage.store import load, save

__all__ = ["load", "save"]
