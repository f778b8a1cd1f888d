"""The API's document to read and to try out. Swagger UI comes with us: nothing is fetched from
another host."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from obrador.dashboard.rendering import plain_page

router = APIRouter(include_in_schema=False)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'none'"
)
"""As of other pages, but for the styles and icons that Swagger UI makes as it goes."""


@router.get("/docs", response_class=HTMLResponse)
async def docs() -> HTMLResponse:
    """The reference of the API."""
    return HTMLResponse(plain_page("reference.html"), headers={"Content-Security-Policy": _POLICY})
