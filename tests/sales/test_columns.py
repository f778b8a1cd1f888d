"""Which column is what, in four languages."""

import pytest

from obrador.sales.columns import UnknownColumns, choose_columns


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("Date,Time,Transaction,Item", "date,time,receipt,product"),
        ("date,Item ID,Item Name,Units sold", "date,,product,quantity"),
        ("Sale Date,Product,Qty,Unit Price,Store", "date,product,quantity,price,location"),
        ("Fecha,Nº Ticket,Artículo,Uds.,P.V.P. (€)", "date,receipt,product,quantity,price"),
        ("FECHA,HORA,DESCRIPCIÓN ARTÍCULO,CANTIDAD,IMPORTE", "date,time,product,quantity,revenue"),
        ("fecha_venta,producto,unidades,tienda", "date,product,quantity,location"),
        ("Datum,Uhrzeit,Bon-Nr.,Artikelbezeichnung,Menge", "date,time,receipt,product,quantity"),
        ("Belegdatum,Artikel-Nr,Artikel,Stück,Umsatz [EUR]", "date,,product,quantity,revenue"),
        ("Date,Heure,Libellé article,Qté,Montant TTC", "date,time,product,quantity,revenue"),
        ("Jour,Produit,Quantité,Prix unitaire,Épuisé à", "date,product,quantity,price,sold_out"),
        ("Datum,Warengruppe,Anzahl,Ausverkauft um", "date,product,quantity,sold_out"),
    ],
)
def test_columns_are_guessed(header: str, columns: str) -> None:
    names = header.split(",")
    fields = columns.split(",")

    assert choose_columns(names, {}) == {
        field: name for field, name in zip(fields, names, strict=True) if field
    }


def test_what_is_said_goes_before_guesses() -> None:
    header = ["Datum", "Artikel", "Artikelgruppe", "Umsatz"]
    said = {"product": "artikelgruppe", "Quantity": "Umsatz"}

    assert choose_columns(header, said) == {
        "date": "Datum",
        "product": "Artikelgruppe",
        "quantity": "Umsatz",
    }


def test_a_field_can_be_said_to_be_missing() -> None:
    assert "price" not in choose_columns(["date", "item", "qty", "price"], {"price": ""})


@pytest.mark.parametrize(
    ("header", "said", "words"),
    [
        (["a", "b"], {}, "date (the day of the sale) and product (what was sold); there are a, b"),
        (["Datum", "Artikel", "Umsatz"], {}, "With quantity=Umsatz you plan in money"),
        (["date", "item"], {"colour": "item"}, "'colour' is none of what a column can be: date"),
        (["date", "item"], {"product": "Item name"}, "no column 'Item name'; there are date, item"),
        ([f"column {n}" for n in range(30)], {}, "column 19 and 10 more"),
    ],
)
def test_what_is_missing_is_named_with_what_is_there(
    header: list[str], said: dict[str, str], words: str
) -> None:
    with pytest.raises(UnknownColumns) as refused:
        choose_columns(header, said)

    assert words in refused.value.detail
