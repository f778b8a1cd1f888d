"""Which product somebody means."""

from uuid import UUID

import pytest

from obrador.catalogue.service import meant
from obrador.kit.errors import NotFound
from obrador.kit.ids import new_id

NAMES: dict[UUID, str] = {
    new_id(): name
    for name in ("Barra de pan", "Pan de pueblo", "Croissant", "Croissant de chocolate", "Café")
}


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("Barra de pan", "Barra de pan"),
        ("barra  DE PAN", "Barra de pan"),
        ("cafe", "Café"),
        ("croissant", "Croissant"),
        ("cruasan de chocolate", "Croissant de chocolate"),
        ("pueblo", "Pan de pueblo"),
        ("barra", "Barra de pan"),
        ("pan de puebol", "Pan de pueblo"),
    ],
)
def test_names_are_understood_as_people_write_them(wanted: str, name: str) -> None:
    assert NAMES[meant(wanted, NAMES)] == name


def test_what_could_be_several_is_asked_back() -> None:
    with pytest.raises(NotFound, match="Barra de pan") as refused:
        meant("pan", NAMES)

    assert "Pan de pueblo" in refused.value.detail


def test_what_is_like_nothing_is_told() -> None:
    with pytest.raises(NotFound, match="'xyz'"):
        meant("xyz", NAMES)
    with pytest.raises(NotFound, match="Import sales first"):
        meant("pan", {})
