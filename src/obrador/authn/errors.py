"""How signing in fails."""

from obrador.kit.errors import Forbidden, ObradorError, Unauthenticated


class CodeNeeded(Unauthenticated):
    """The password is right, and the account asks for a code as well."""

    type, title = "code-needed", "A code from your telephone is needed"

    def __init__(self, template: str, ticket: str) -> None:
        super().__init__(template)
        self.ticket = ticket
        """Says for some minutes that the password was right, so that pages need not keep it."""


class TooManyAttempts(ObradorError):
    """Somebody tries passwords out, or has forgotten their own."""

    status, type, title = 429, "too-many-attempts", "Too many attempts"

    def __init__(self, template: str, *, retry_after: int, **values: object) -> None:
        super().__init__(template, (), **values)
        self.retry_after = retry_after


class StaleForm(Forbidden):
    """A form that this page did not make for this visitor."""

    type, title = "stale-form", "This form is too old"
