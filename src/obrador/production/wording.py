"""What would help a late day, in words."""

from obrador.kit.i18n import Speech


def remedy_words(
    say: Speech, kind: str, amount: int, equipment_kind: str | None, late_batches: int
) -> str:
    """A `domain.Remedy` and how many batches stay late with it."""
    match kind:
        case "start_earlier":
            helps = say.counted(
                "starting {n} minute earlier", "starting {n} minutes earlier", amount
            )
        case "more_people":
            helps = say.counted("{n} more person", "{n} more people", amount)
        case "another_machine":
            machine = equipment_words(say, equipment_kind or "")
            helps = say.phrase("one more machine ({kind})", kind=machine)
        case _:
            helps = say.counted(
                "having {n} batch ready later", "having {n} batches ready later", amount
            )
    left = say.counted("{n} batch stays late", "{n} batches stay late", late_batches)
    return f"{helps} ({left})"


def equipment_words(say: Speech, kind: str) -> str:
    """A kind of equipment; one that a bakery has named itself stays as it is."""
    return {
        "mixer": say.phrase("mixer"),
        "proofer": say.phrase("proofer"),
        "oven": say.phrase("oven"),
        "retarder": say.phrase("retarder"),
    }.get(kind, kind)
