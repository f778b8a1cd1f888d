"""What can be set and called is in the reference, and nothing else is."""

import re
from pathlib import Path

from typer.main import get_command

from obrador.cli import app
from obrador.observability.metrics import labels_of, registry
from obrador.settings import Settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def _named(page: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (REFERENCE / page).read_text(), re.MULTILINE))


def _commands() -> set[str]:
    found = set()
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found |= {f"{name} {sub}" for sub in below} if below else {name}
    return found


def test_every_setting_is_documented() -> None:
    assert _named("settings.md", r"^\| `([A-Z_]+)`") == {
        name.upper() for name in Settings.model_fields
    }


def test_every_command_is_documented() -> None:
    assert _named("commands.md", r"^## `obrador ([a-z ]+)`") == _commands()


def test_every_metric_is_documented() -> None:
    types = {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in registry.collect()
    }
    rows = re.findall(
        r"^\| `([a-z_]+)` \| (\w+)(?:: ([a-z_, ]+))? \|",
        (REFERENCE / "metrics.md").read_text(),
        re.MULTILINE,
    )

    assert {name: kind for name, kind, _ in rows} == types
    assert {name: tuple(filter(None, labels.split(", "))) for name, _, labels in rows} == labels_of
