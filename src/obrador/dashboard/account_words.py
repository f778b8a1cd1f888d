"""What goes wrong with signing in and with accounts, as people read it."""

from math import ceil

from obrador.authn.errors import CodeNeeded, TooManyAttempts
from obrador.kit.errors import Conflict, Forbidden, NotFound, ObradorError, Unauthenticated
from obrador.kit.i18n import Speech


def account_error(say: Speech, error: ObradorError) -> str:
    """What is wrong, and what to do."""
    match error:
        case TooManyAttempts(retry_after=seconds):
            return say.counted(
                "Too many attempts. Try again in {n} minute.",
                "Too many attempts. Try again in {n} minutes.",
                ceil((seconds or 0) / 60),
            )
        case CodeNeeded():
            return say.phrase("This code is wrong, or was used already. Wait for the next one.")
        case Unauthenticated():
            return say.phrase("Address or password is wrong. Try again.")
        case NotFound():
            return say.phrase("This is not there any more.")
        case Forbidden():
            return say.phrase("This is for somebody else.")
    # What is taken is no field that was filled in wrongly.
    known = {} if isinstance(error, Conflict) else _of_fields(say)
    words = [known[fault.where] for fault in error.faults if fault.where in known]
    return " ".join(words) or say.told(error)


def _of_fields(say: Speech) -> dict[str, str]:
    return {
        "password": say.phrase("The password is wrong."),
        "new_password": say.phrase("Choose a password of at least 10 characters."),
        "email": say.phrase("Enter a whole mail address, such as ana@bakery.example."),
        "name": say.phrase("The name is too long."),
        "code": say.phrase(
            "The code is wrong. Wait for the next one, and see that your telephone's clock is"
            " right."
        ),
    }


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
             ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip


def browser_name(say: Speech, agent: str) -> str:
    """What people call the browser that says this of itself; the first that fits is right, since
    each also names those before it."""
    names = [
        next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, names)) or say.phrase("A program")
