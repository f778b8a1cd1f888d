"""Mail by a real server, and into a folder."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from obrador.doctor import check_mail
from obrador.kit.mail import Attachment, FolderMailer, Mail, MailFailed, SmtpMailer, mailer_of
from obrador.settings import Settings
from tests.fixtures.mail_servers import SENDER, MailServer

MAIL = Mail(
    to="pedidos@molino.example",
    subject="Pedido 20260303-1: harina para el miércoles",
    text="Buenos días:\n\nun pedido.\n",
    message_id="order.0001.2@obrador",
    written_at=datetime(2026, 3, 3, 5, 30, tzinfo=UTC),
    from_name="Panadería Ñandú",
    reply_to="owner@bakery.example",
    attachments=(Attachment("order.pdf", b"%PDF-1.4 \xff", "application/pdf"),),
)


async def test_a_server_gets_the_message_as_it_was_written(mail_server: MailServer) -> None:
    await mail_server.mailer().send(MAIL)

    (got,) = mail_server.got
    assert got["Subject"] == MAIL.subject
    assert got["Message-ID"] == "<order.0001.2@obrador>"
    assert got["From"] == f"Panadería Ñandú <{SENDER}>"
    assert got["Reply-To"] == "owner@bakery.example"
    text, pdf = got.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == MAIL.text
    assert pdf.get_content() == MAIL.attachments[0].content
    assert pdf.get_filename() == "order.pdf"


@pytest.mark.parametrize(
    ("answer", "is_final"), [("451 try later", False), ("554 this is spam", True)]
)
async def test_what_a_server_says_tells_whether_to_try_again(
    mail_server: MailServer, answer: str, is_final: bool
) -> None:
    mail_server.answers = [answer]

    with pytest.raises(MailFailed, match=answer) as failure:
        await mail_server.mailer().send(MAIL)

    assert failure.value.is_final is is_final
    await mail_server.mailer().send(MAIL)
    assert len(mail_server.got) == 1


async def test_an_unknown_mailbox_is_named_and_not_tried_again(mail_server: MailServer) -> None:
    mail_server.unknown = {MAIL.to}

    with pytest.raises(MailFailed, match=f"mail for {MAIL.to}: 550") as failure:
        await mail_server.mailer().send(MAIL)

    assert failure.value.is_final


async def test_a_server_that_is_away_is_tried_again(mail_server: MailServer) -> None:
    with pytest.raises(MailFailed) as failure:
        await SmtpMailer("smtp://127.0.0.1:1", SENDER).send(MAIL)

    assert not failure.value.is_final


@pytest.mark.parametrize("host", ["bakery.example", "10.0.0.1"])
def test_a_password_does_not_travel_unencrypted(host: str) -> None:
    mailer = SmtpMailer(f"smtp://me:p%40ss@{host}:25", SENDER)

    assert mailer._password == "p@ss"
    assert mailer._connection()._start_tls_on_connect is True


async def test_words_of_people_make_no_headers(tmp_path: Path) -> None:
    name = "Obrador\r\nBcc: everybody@example.org"

    await FolderMailer(tmp_path, SENDER).send(replace(MAIL, from_name=name, subject=name))

    got = _read(tmp_path)
    assert got["Bcc"] is None
    assert got["Subject"] == "Obrador Bcc: everybody@example.org"


async def test_a_folder_keeps_a_message_once_however_often_it_is_sent(tmp_path: Path) -> None:
    mailer = mailer_of(None, None, tmp_path / "outbox")

    for _ in range(2):
        await mailer.send(MAIL)

    assert _read(tmp_path / "outbox")["Subject"] == MAIL.subject


@pytest.mark.parametrize("to", ["nobody", "a@b@c", "a b@c.example", "x@c.example, y@c.example"])
async def test_what_is_no_address_is_never_tried_again(tmp_path: Path, to: str) -> None:
    with pytest.raises(MailFailed, match="no mail address") as failure:
        await FolderMailer(tmp_path, SENDER).send(replace(MAIL, to=to))

    assert failure.value.is_final


@pytest.mark.parametrize(
    ("url", "sender", "words"),
    [
        ("http://mail.example", SENDER, "must be smtp://"),
        ("smtp://:25", SENDER, "must be smtp://"),
        ("smtp://mail.example:port", SENDER, "must be smtp://"),
        ("smtp://me@mail.example", SENDER, "user:password"),
        ("smtp://mail.example", None, "say whom mail comes from"),
        (None, "nobody", "no mail address"),
    ],
)
def test_a_wrong_setting_stops_the_start(url: str | None, sender: str | None, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings(_env_file=None, smtp_url=SecretStr(url) if url else None, mail_from=sender)


def _read(folder: Path) -> EmailMessage:
    (file,) = folder.iterdir()
    return message_from_bytes(file.read_bytes(), EmailMessage, policy=policy.default)


async def test_the_doctor_says_whether_mail_can_be_sent(mail_server: MailServer) -> None:
    def settings(url: str | None) -> Settings:
        return Settings(_env_file=None, smtp_url=SecretStr(url) if url else None, mail_from=SENDER)

    found = [
        await check_mail(settings(url))
        for url in (
            None,
            mail_server.url,
            "smtp://127.0.0.1:1",
            f"smtps://127.0.0.1:{mail_server.port}",
        )
    ]

    assert [each.level for each in found] == ["ok", "ok", "problem", "problem"]
    assert "outbox" in found[0].words
    assert "SMTP_URL" in found[2].words
