"""Every route there is, pages included, and who may use it: read from the routes themselves.

python -m tests.authz.matrix > docs/reference/access.md
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from pydantic import SecretStr

from obrador.app import create_app
from obrador.authz.access import _for_the_platform
from obrador.authz.requester import who_asks
from obrador.authz.roles import Role
from obrador.dashboard.guarding import at_a_page
from obrador.kit.db import Database
from obrador.settings import Settings

_HEAD = """# Who may use what

Every route with the least role in the bakery that may use it; higher roles may as well, and so may
who runs the platform. A bakery that one does not belong to is not found, whatever one asks of it.
Made by `python -m tests.authz.matrix` from the routes themselves; a test compares it with them, and
asks each of them as everybody.

| route | least role |
| --- | --- |
"""


@dataclass(frozen=True)
class Way:
    """A method of a route."""

    method: str
    path: str
    is_page: bool
    roles: tuple[tuple[Role, ...], ...]
    """In the bakery of the path: of each, one is needed."""
    is_platforms: bool
    needs_account: bool
    takes_service: bool
    takes_body: bool

    @property
    def is_a_bakerys(self) -> bool:
        """Whether it is about one bakery, and asks who belongs there."""
        return bool(self.roles)

    @property
    def is_open(self) -> bool:
        """Whether it asks nobody who they are."""
        return not (self.roles or self.is_platforms or self.needs_account)

    def allows(self, role: Role) -> bool:
        """Whether a role in the bakery is enough."""
        return all(any(role.includes(each) for each in least) for least in self.roles)

    @property
    def least(self) -> str:
        """In words."""
        if self.is_platforms:
            return "platform"
        if self.is_open:
            return "anybody"
        if not self.roles:
            return "whoever is signed in"
        enough = [role for role in Role if self.allows(role)]
        lowest = [
            role for role in enough if not any(role != r and role.includes(r) for r in enough)
        ]
        words = " or ".join(f"`{role}`" for role in lowest)
        return f"{words}, or a service" if self.takes_service else words


def every_way(app: FastAPI) -> list[Way]:
    """Those of the API, and those of pages, which no document names."""
    found = {
        (method, route.path): _way(method, route)
        for route in _routes(app.routes)
        for method in sorted(route.methods - {"HEAD"})
    }
    return list(found.values())


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "dependant"):
            yield route
        elif hasattr(route, "effective_route_contexts"):
            yield from _routes(route.effective_route_contexts())


def _way(method: str, route: Any) -> Way:
    calls = set(_calls(route.dependant))
    checks = [call for call in calls if call.__qualname__.endswith(".<locals>.check")]
    values = [inspect.getclosurevars(check).nonlocals for check in checks]
    least = (each["least"] for each in values if "least" in each)
    roles = {each if isinstance(each, tuple) else (each,) for each in least}
    return Way(
        method,
        route.path,
        at_a_page in calls,
        tuple(sorted(roles)),
        _for_the_platform in calls,
        who_asks in calls,
        any(check.__qualname__.startswith("allowed_services") for check in checks),
        bool(route.dependant.body_params),
    )


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if inspect.isfunction(dependant.call):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _calls(each)


def table(ways: Iterable[Way]) -> str:
    """The page of the reference."""
    rows = (f"| `{way.method} {way.path}` | {way.least} |\n" for way in ways)
    return _HEAD + "".join(sorted(rows, key=lambda row: row.split(" ")[2]))


def main() -> None:
    """Print the page of the reference."""
    settings = Settings(_env_file=None, secret_key=SecretStr("k" * 32))
    app = create_app(Database("postgresql:///only-for-the-routes"), settings)
    sys.stdout.write(table(every_way(app)))


if __name__ == "__main__":
    main()
