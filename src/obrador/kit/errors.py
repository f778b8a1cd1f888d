"""Errors that people meet. Each carries its HTTP status and documents itself.

A message says what is wrong, where, and what to do. Its template is English, with `{names}` for
what differs, so that it can be said in other languages as well (`i18n.Speech.told`). `problem()`
renders any of them once, as RFC 9457 problem+json; the command line prints `detail` and exits with
1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


def filled(template: str, values: Mapping[str, object]) -> str:
    """The template with its names filled in. Without values it is taken as it is: it may quote what
    somebody wrote, braces included."""
    return template.format(**values) if values else template


def marked(template: str) -> str:
    """The template; the mark lets translators find it where it is not an error's own."""
    return template


class Fault:
    """One thing wrong with an input: where it is and what to do about it."""

    __slots__ = ("template", "values", "where")

    def __init__(self, where: str, template: str, **values: object) -> None:
        self.where, self.template, self.values = where, template, values

    @property
    def message(self) -> str:
        """In English."""
        return filled(self.template, self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and self._told() == other._told()

    def __hash__(self) -> int:
        return hash(self._told())

    def __repr__(self) -> str:
        return f"Fault{self._told()}"

    def _told(self) -> tuple[str, str]:
        return self.where, self.message


class ObradorError(Exception):
    """Base of all errors that are told to a person."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be carried out"

    def __init__(self, template: str, faults: Sequence[Fault] = (), **values: object) -> None:
        self.template, self.values = template, values
        self.faults = tuple(faults)
        self.retry_after: int | None = None
        """Seconds after which it may go better."""
        super().__init__(self.detail)

    @property
    def detail(self) -> str:
        """What is wrong and what to do, in English."""
        return filled(self.template, self.values)

    def problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 object."""
        body: dict[str, Any] = {
            "type": f"urn:obrador:problem:{self.type}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [
                {"where": fault.where, "message": fault.message} for fault in self.faults
            ]
        return body


class Unauthenticated(ObradorError):
    """Nobody knows who is asking."""

    status, type, title = 401, "unauthenticated", "Sign in first"


class Forbidden(ObradorError):
    """The role does not allow it."""

    status, type, title = 403, "forbidden", "Your role does not allow this"


class NotFound(ObradorError):
    """Missing, or another tenant's: the two look alike on purpose."""

    status, type, title = 404, "not-found", "There is no such thing here"


class MethodNotAllowed(ObradorError):
    """The path exists, but not with this method."""

    status, type, title = 405, "method-not-allowed", "This path knows other methods only"


class TooSlow(ObradorError):
    """The request did not arrive in time."""

    status, type, title = 408, "too-slow", "The request took too long to arrive"


class Conflict(ObradorError):
    """The thing exists already, or is in use."""

    status, type, title = 409, "conflict", "This conflicts with what is there"


class TooLarge(ObradorError):
    """The upload is larger than allowed."""

    status, type, title = 413, "too-large", "The file is too large"


class Invalid(ObradorError):
    """The input is understood but wrong; `faults` name the places."""

    status, type, title = 422, "invalid", "The input has errors"


class TooMany(ObradorError):
    """More requests than one may make in a while."""

    status, type, title = 429, "too-many-requests", "Too many requests in a short time"


class HeadTooLarge(ObradorError):
    """The request line and its headers are larger than any of ours."""

    status, type, title = 431, "head-too-large", "The headers are too large"


class Unavailable(ObradorError):
    """Something this needs does not answer just now."""

    status, type, title = 503, "unavailable", "Try again in a moment"


class ServiceAway(Unavailable):
    """A context that is kept elsewhere does not answer, or not with what it was asked for."""

    type = "service-away"


class Misconfigured(ObradorError):
    """A setting or the machine keeps Obrador from starting."""

    status, type, title = 500, "misconfigured", "Obrador cannot start"
