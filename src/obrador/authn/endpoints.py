"""HTTP face of signing in."""

from fastapi import APIRouter, Request

from obrador.authn import service
from obrador.authn.door import AtTheDoor
from obrador.authn.errors import CodeNeeded, TooManyAttempts
from obrador.authn.schemas import Credentials, Refresh, Tokens
from obrador.kit.errors import Unauthenticated
from obrador.kit.http import ANYWHERE, Now, Session, problems

router = APIRouter(prefix="/auth", tags=["access"], responses=ANYWHERE | problems(Unauthenticated))


@router.post("/token", responses=problems(CodeNeeded, TooManyAttempts))
async def sign_in(door: AtTheDoor, given: Credentials) -> Tokens:
    """Sign in with e-mail address and password, and a code where the account asks for one."""
    return await service.sign_in(door, given)


@router.post("/refresh")
async def refresh(request: Request, session: Session, now: Now, given: Refresh) -> Tokens:
    """A new pair of tokens for an unused refresh token. Using one twice ends its session."""
    tokens = await service.refresh(session, given.refresh_token, request.app.state.signing_key, now)
    if tokens is None:
        await session.commit()  # the session stays ended although the request fails
        raise Unauthenticated("The refresh token is not valid any more. Sign in again.")
    return tokens
