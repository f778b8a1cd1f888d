"""Mail that a request sends, and the links in it."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import BackgroundTasks, Depends, Request

from obrador.kit.mail import Mail, Mailer, MailFailed

log = structlog.get_logger()


@dataclass(frozen=True)
class Post:
    """Where this installation is reached, and how mail leaves it once the request is done."""

    site: str
    """As the request names it, which anybody can, where `PUBLIC_URL` does not say."""
    is_certain: bool
    """The settings say where it is, and a server takes mail: links of secrets may be sent to
    whoever a stranger names."""
    mailer: Mailer
    background: BackgroundTasks

    def link(self, path: str) -> str:
        """The whole address of a page."""
        return f"{self.site.rstrip('/')}{path}"

    def send(self, mail: Mail) -> None:
        """Hand it over after the answer, which is no slower for it."""
        self.background.add_task(_sent, self.mailer, mail)


async def _post(request: Request, background: BackgroundTasks) -> Post:
    state = request.app.state
    own, mailer = state.settings.public_url, state.mailer
    is_certain = own is not None and mailer.via == "mail"
    return Post(own or str(request.base_url), is_certain, mailer, background)


Posting = Annotated[Post, Depends(_post)]


async def _sent(mailer: Mailer, mail: Mail) -> None:
    try:
        await mailer.send(mail)
    except MailFailed as error:
        log.warning("mail_not_sent", message=mail.message_id, error=error.detail)
