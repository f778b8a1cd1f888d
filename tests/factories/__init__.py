"""Makers of things that tests need, kept in the test's database."""

from tests.factories.people import make_member, make_user
from tests.factories.tenants import make_tenant

__all__ = ["make_member", "make_tenant", "make_user"]
