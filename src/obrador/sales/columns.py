"""Which column of a file holds what: said by a person, remembered, or guessed from its name in
English, Spanish, German or French."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from obrador.kit.errors import Invalid
from obrador.kit.names import name_key

Field = Literal[
    "date", "time", "product", "quantity", "price", "revenue", "receipt", "location", "sold_out"
]
FIELDS: tuple[Field, ...] = get_args(Field)
Columns = dict[Field, str]
"""Field to the name of its column."""

# Names that fit best come first: of two columns that could be a product, its name is wanted
# rather than its number, and that rather than its category.
_NAMES: dict[Field, str] = {
    "date": """
        date, datum, fecha, sale date, sales date, date of sale, business date, transaction
        date, order date, datetime, date time, date and time, timestamp, sold at, created at,
        day, fecha venta, fecha de venta, fecha hora, fecha y hora, fecha ticket, fecha
        operacion, fecha factura, dia, verkaufsdatum, belegdatum, buchungsdatum, kassendatum,
        rechnungsdatum, datum uhrzeit, datum und uhrzeit, zeitstempel, tag, date de vente, date
        vente, date heure, date et heure, date ticket, horodatage, jour""",
    "time": """
        time, hora, uhrzeit, heure, sale time, time of sale, transaction time, order time, hour,
        hora venta, hora de venta, hora ticket, zeit, verkaufszeit, belegzeit, heure de vente,
        heure vente""",
    "product": """
        product, producto, produkt, produit, product name, item, item name, article, article
        name, articulo, artikel, menu item, nombre producto, nombre del producto, nombre
        articulo, nombre del articulo, artikelname, artikelbezeichnung, artikeltext,
        produktname, produktbezeichnung, nom produit, nom du produit, nom article, nom de l
        article, libelle produit, libelle article, libelle, designation, bezeichnung,
        denominacion, descripcion articulo, descripcion del articulo, descripcion, product
        description, item description, description, concepto, ware, name, nombre, nom,
        referencia, reference, item id, product id, article id, product code, item code, sku,
        plu, codigo articulo, codigo producto, codigo, code article, code produit,
        artikelnummer, artikelnr, artikel nr, product group, product category, category,
        categoria, familia, warengruppe, artikelgruppe, kategorie, categorie, famille""",
    "quantity": """
        quantity, cantidad, menge, quantite, qty, cant, qte, anzahl, units, units sold, quantity
        sold, qty sold, items sold, pieces, count, sold, unidades, uds, ud, unidades vendidas,
        cantidad vendida, piezas, vendidos, vendidas, stuck, stuckzahl, stueck, stueckzahl,
        verkaufte menge, absatz, absatzmenge, verkauft, unites, unites vendues, quantite vendue,
        qte vendue, nombre vendu, nb vendus, nb""",
    "price": """
        price, unit price, precio, preis, prix, item price, sale price, price per unit, precio
        unitario, precio unidad, precio venta, precio de venta, pvp, p v p, importe unitario,
        einzelpreis, stuckpreis, verkaufspreis, vk preis, vk, prix unitaire, prix unitaire ttc,
        prix de vente, pu, p u, pu ttc""",
    "revenue": """
        revenue, importe, umsatz, chiffre d affaires, sales, net sales, gross sales, amount,
        total amount, total price, line total, turnover, total, subtotal, importe total, importe
        neto, importe bruto, total linea, ventas, venta, ingresos, facturacion, erlos, betrag,
        gesamtpreis, gesamtbetrag, bruttoumsatz, nettoumsatz, umsatz brutto, umsatz netto,
        summe, gesamt, ca, ca ttc, ca ht, montant, montant total, montant ttc, total ttc, ventes""",
    "receipt": """
        receipt, receipt id, receipt no, receipt number, transaction, transaction id,
        transaction no, transaction number, ticket, ticket id, ticket no, ticket number, order
        id, order no, order number, invoice, invoice no, invoice number, bill, bill no, bill
        number, check, check number, n ticket, no ticket, n o ticket, num ticket, numero ticket,
        numero de ticket, factura, n factura, no factura, numero factura, numero de factura,
        recibo, operacion, transaccion, beleg, belegnummer, belegnr, beleg nr, bon, bonnummer,
        bonnr, bon nr, kassenbon, rechnung, rechnungsnummer, rechnungsnr, transaktion, vorgang,
        ticket de caisse, n de ticket, facture, n facture, numero facture, recu, commande""",
    "location": """
        location, location name, store, store name, shop, shop name, branch, outlet, site,
        tienda, local, sucursal, establecimiento, punto de venta, filiale, filialname, standort,
        laden, geschaft, verkaufsstelle, magasin, boutique, etablissement, point de vente""",
    "sold_out": """
        sold out, sold out at, sold out time, soldout, out of stock, stockout, agotado, agotado
        a, agotado a las, hora agotado, ausverkauft, ausverkauft um, ausverkauft ab, epuise,
        epuise a, rupture, en rupture, heure de rupture""",
}  # fmt: skip
_MEANINGS: dict[Field, str] = {
    "date": "the day of the sale",
    "product": "what was sold",
    "quantity": "how many were sold",
}


class UnknownColumns(Invalid):
    """Columns that an import needs are not found."""

    type, title = "unknown-columns", "The file's columns are not understood"


def _words(name: str) -> str:
    """A column's name by its words alone: ` Nº_Ticket (€)` is `no ticket`."""
    return " ".join(re.findall(r"[^\W_]+", re.sub(r"[(\[].*?[)\]]", " ", name_key(name))))


_SYNONYMS: dict[Field, tuple[str, ...]] = {
    field: tuple(" ".join(name.split()) for name in names.split(","))
    for field, names in _NAMES.items()
}


def choose_columns(header: Sequence[str], said: Mapping[str, str]) -> Columns:
    """The column of each field that the file has.

    What a person said (field to column; to nothing for a field that the file does not have) goes
    before guesses.

    Raises:
        UnknownColumns: what was said names no field or column, or a needed field has no column.
    """
    stated = {_field(field): column and _column(header, column) for field, column in said.items()}
    columns = _with_guesses(header, stated)
    _check_complete(header, columns)
    return columns


def guess_columns(header: Sequence[str], said: Mapping[str, str]) -> Columns:
    """The same as far as it can be told, for somebody who then says the rest."""
    there = {**dict.fromkeys(header), "": None}
    stated = {field: said[field] for field in FIELDS if said.get(field) in there}
    return _with_guesses(header, stated)


def _with_guesses(header: Sequence[str], stated: Mapping[Field, str]) -> Columns:
    columns: Columns = {field: column for field, column in stated.items() if column}
    for field in FIELDS:
        guess = _guess(field, header, columns.values()) if field not in stated else None
        if guess:
            columns[field] = guess
    return columns


def is_transactions(columns: Mapping[Field, str], has_time: bool) -> bool:
    """Whether rows are lines of receipts rather than a day's totals."""
    return has_time or "receipt" in columns or "quantity" not in columns


def _field(name: str) -> Field:
    for field in FIELDS:
        if field == name_key(name).replace(" ", "_").replace("-", "_"):
            return field
    raise UnknownColumns(
        "{name!r} is none of what a column can be: {fields}.",
        name=name,
        fields=", ".join(FIELDS),
    )


def _column(header: Sequence[str], name: str) -> str:
    by_key = {name_key(column): column for column in reversed(header)}
    if name in header:
        return name
    if (key := name_key(name)) in by_key:
        return by_key[key]
    raise UnknownColumns(
        "There is no column {name!r}; there are {listed}.",
        name=name,
        listed=_listed(header),
    )


def _guess(field: Field, header: Sequence[str], taken: Iterable[str]) -> str | None:
    free = {_words(column): column for column in reversed(header) if column not in taken}
    return next((free[name] for name in _SYNONYMS[field] if name in free), None)


def _check_complete(header: Sequence[str], columns: Mapping[Field, str]) -> None:
    needed: list[Field] = ["date", "product"]
    if not {"quantity", "time", "receipt"} & columns.keys() and "revenue" in columns:
        needed.append("quantity")
    missing = [field for field in needed if field not in columns]
    if not missing:
        return
    what = " and ".join(f"{field} ({_MEANINGS[field]})" for field in missing)
    message = (
        f"No column looks like {what}; there are {_listed(header)}."
        f" Say which it is: {missing[0]}=COLUMN."
    )
    if "quantity" in missing:
        message += f" With quantity={columns['revenue']} you plan in money rather than pieces."
    raise UnknownColumns(message)


def _listed(header: Sequence[str]) -> str:
    shown = ", ".join(header[:20])
    return shown if len(header) <= 20 else f"{shown} and {len(header) - 20} more"
