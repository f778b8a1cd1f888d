"""Mail: a message in, handed over out. By SMTP, or into a folder as `.eml` where no server is set.

A message has one recipient and a Message-ID that whoever sends it derives from what it is about:
sent twice, it is the same message twice, which servers and readers may recognise. The folder keeps
one file for each.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from obrador.kit.errors import ObradorError

_PORTS = {"smtp": 587, "smtps": 465}
NOBODY = "obrador@localhost"
"""Who mail comes from that goes into a folder only."""


class MailFailed(ObradorError):
    """A message could not be handed over."""

    status, type, title = 502, "mail-failed", "The mail could not be sent"

    def __init__(self, detail: str, *, is_final: bool = False) -> None:
        super().__init__(detail)
        self.is_final = is_final
        """The same message to the same address will be refused again."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content: bytes
    media_type: str
    """Such as `application/pdf`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to one recipient, in plain text."""

    to: str
    subject: str
    text: str
    message_id: str
    """Derived, without its brackets: `order.5a1b.2@obrador`."""
    written_at: datetime
    from_name: str = ""
    reply_to: str | None = None
    attachments: Sequence[Attachment] = ()


class Mailer(Protocol):
    """Hands messages over."""

    via: Literal["mail", "file"]
    """`file`: nothing leaves this machine, and somebody has to send on what is written."""

    async def send(self, mail: Mail) -> None:
        """Return once the message is in other hands.

        Raises:
            MailFailed: it is not, or nobody knows; sending it again is right unless `is_final`.
        """


def mailer_of(url: str | None, sender: str | None, folder: Path) -> Mailer:
    """The mail server of the URL, or without one the folder.

    Args:
        sender: whom mail comes from; needed with a URL, see `check_url` and `check_address`.
    """
    if url is None:
        return FolderMailer(folder, sender or NOBODY)
    return SmtpMailer(url, sender or NOBODY)


class FolderMailer:
    """Writes messages into a folder: mail programs open `.eml` files, and can send them on."""

    via: Literal["mail", "file"] = "file"

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Keep the message as a file that is named by its Message-ID. Raises as `Mailer.send`."""
        content = composed(mail, self._sender).as_bytes(policy=policy.SMTP)
        try:
            await asyncio.to_thread(self._write, f"{_file_name(mail.message_id)}.eml", content)
        except OSError as error:
            raise MailFailed(f"It could not be written to {self._folder}: {error}.") from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = self._folder / f".{name}.new"
        unfinished.write_bytes(content)
        unfinished.replace(self._folder / name)


class SmtpMailer:
    """Hands messages to a server: `smtps://` by TLS from the start, `smtp://` by STARTTLS where
    the server has it. A password never leaves this machine unencrypted."""

    via: Literal["mail", "file"] = "mail"

    def __init__(self, url: str, sender: str, *, timeout_seconds: float = 30) -> None:
        parts = check_url(url)
        self._sender = sender
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._is_encrypted = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._timeout = timeout_seconds

    async def send(self, mail: Mail) -> None:
        """One connection for each message. Raises as `Mailer.send`."""
        message = composed(mail, self._sender)
        try:
            async with self._connection() as server:
                await server.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[0].code, error.recipients[0].message
            raise MailFailed(
                f"{self._host} does not take mail for {mail.to}: {code} {words}.",
                is_final=code >= 500,
            ) from error
        except aiosmtplib.SMTPDataError as error:
            raise MailFailed(
                f"{self._host} does not take the message: {error.code} {error.message}.",
                is_final=error.code >= 500,
            ) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            # Also what only the operator can mend, such as a wrong password: until then it waits.
            raise MailFailed(f"{self._host}:{self._port} does not take mail: {error}.") from error

    async def greet(self) -> None:
        """Connect, sign in and leave again.

        Raises:
            MailFailed: the server does not let us.
        """
        try:
            async with self._connection():
                return
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailFailed(f"{self._host}:{self._port}: {error}.") from error

    def _connection(self) -> aiosmtplib.SMTP:
        must_encrypt = self._user is not None and not _is_this_machine(self._host)
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._is_encrypted,
            start_tls=False if self._is_encrypted else (True if must_encrypt else None),
            username=self._user,
            password=self._password,
            timeout=self._timeout,
        )


def check_url(url: str) -> SplitResult:
    """The parts of a mail server's URL.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(url)
    try:
        is_right = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or bool(parts.username) != bool(parts.password):
        raise ValueError("must be smtp:// or smtps://, then user:password@ or nothing, host:port")
    return parts


def check_address(address: str) -> str:
    """The address, if mail can be sent to it.

    Raises:
        ValueError: it is none.
    """
    try:
        parsed = Address(addr_spec=address)
    except Exception as error:
        # The parser of the standard library raises errors of many kinds for what is no address.
        raise ValueError(f"{address!r} is no mail address such as orders@bakery.example") from error
    if not parsed.username or not parsed.domain:
        raise ValueError(f"{address!r} is no mail address such as orders@bakery.example")
    return address


def composed(mail: Mail, sender: str) -> EmailMessage:
    """The message as it travels.

    Raises:
        MailFailed: an address is none.
    """
    message = EmailMessage(policy=policy.SMTP)
    try:
        addresses = [check_address(each) for each in (sender, mail.to, mail.reply_to) if each]
    except ValueError as error:
        raise MailFailed(f"{error}.", is_final=True) from error
    message["From"] = Address(_one_line(mail.from_name), addr_spec=addresses[0])
    message["To"] = addresses[1]
    if mail.reply_to:
        message["Reply-To"] = addresses[2]
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = mail.written_at
    message["Message-ID"] = f"<{mail.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    for each in mail.attachments:
        kind, _, detail = each.media_type.partition("/")
        message.add_attachment(each.content, kind, detail, filename=each.name)
    return message


def _one_line(words: str) -> str:
    """Whatever a person has typed cannot begin another header."""
    return " ".join(words.split())


def _file_name(message_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9@._-]", "_", message_id).lstrip(".")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
