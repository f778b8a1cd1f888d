"""What the API takes and gives of accounts and sessions."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from obrador.kit.schemas import Email, Fields

Address = Annotated[Email, AfterValidator(str.lower)]
NewPassword = Annotated[str, StringConstraints(min_length=10, max_length=200)]


class Credentials(Fields):
    """Who signs in."""

    email: Address
    password: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Refresh(Fields):
    """A refresh token that has not been used."""

    refresh_token: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Tokens(BaseModel):
    """An access token, and a refresh token that is worth one new pair."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  not a secret
    expires_in: int = Field(description="Seconds that the access token is good for.")
