"""A file of sales as tills export them: titles, semicolons, decimal commas, an old encoding, totals
between the rows, and some mistakes."""

from datetime import date, timedelta

PRODUCTS = ("Pan de pueblo", "Croissant", "Ensaïmada", "Descuento")
MISTAKES = {
    5: "31/02/2026;Croissant;12;1,40",
    8: "03/02/2026;Croissant;muchos;1,40",
    11: "04/02/2026;;12;1,40",
    14: "05/02/2026;Croissant;-3;1,40",
    17: "05/02/2027;Croissant;3;1,40",
}


def messy_file(last: date, days: int = 60) -> bytes:
    """Sales of three products until `last`, closed on Mondays."""
    rows = ["Exportación de ventas;;;", "", "Fecha;Artículo;Uds.;P.V.P."]
    for number in range(days):
        day = last - timedelta(days=days - 1 - number)
        if day.weekday() > 0:
            rows += [
                f"{day:%d/%m/%Y};{name};{20 + (number * 7 + place * 13) % 25};{price}"
                for place, (name, price) in enumerate(
                    (("Pan de pueblo", "2,80"), ("Croissant", "1,40"), ("Ensaïmada", "1,60"))
                )
            ]
        if day.day == 1:
            rows += ["", "Total;;;1.234,50"]
    open_day = last - timedelta(days=1 if last.weekday() == 0 else 0)
    rows.append(f"{open_day:%d/%m/%Y};Descuento;1;0,00")
    for place, row in MISTAKES.items():
        rows.insert(place, row)
    return "\r\n".join(rows).encode("cp1252")
