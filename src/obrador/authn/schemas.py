"""What the API takes and gives of accounts and sessions."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from obrador.kit.schemas import Email, Fields, Text

Address = Annotated[Email, AfterValidator(str.lower)]
NewPassword = Annotated[str, StringConstraints(min_length=10, max_length=200)]

Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PersonsName = Annotated[Text, StringConstraints(max_length=200)]


class Credentials(Fields):
    """Who signs in."""

    email: Address
    password: Password
    code: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None,
        description="Of the telephone, or one of the recovery codes: where the account asks for"
        " one, which the problem `code-needed` says.",
    )


class Founder(Fields):
    """The first account of an installation."""

    email: Address
    name: PersonsName = ""
    new_password: NewPassword


class Renewal(Fields):
    """Another password, of who need not know the old one."""

    new_password: NewPassword


class Newcomer(Renewal):
    """Who takes an invitation, and has no account yet."""

    name: PersonsName = ""


class Profile(Fields):
    """What people say of themselves."""

    name: PersonsName = ""
    language: Literal["", "en", "es"] = ""


class PasswordChange(Fields):
    """Another password, of who knows the old one."""

    password: Password
    new_password: NewPassword


class AccountAddress(Fields):
    """Of who has forgotten their password."""

    email: Address


class CodeInput(Fields):
    """A code that shows that the telephone has the secret."""

    password: Password
    seed: Annotated[str, StringConstraints(min_length=16, max_length=64)]
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class Refresh(Fields):
    """A refresh token that has not been used."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Tokens(BaseModel):
    """An access token, and a refresh token that is worth one new pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  not a secret
    expires_in: int = Field(description="Seconds that the access token is good for.")
