"""Tell somebody outside: a signed JSON post, an e-mail. Both say within seconds whether it went."""

import asyncio
import json
import logging
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import SecretStr

from services.kit.signature import HEADER, sign

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds for one step: to connect, to send, to be answered."""


Trouble = Literal["web_silent", "web_refused", "mail_silent", "mail_refused", "mail_unprotected"]


class NotTold(Exception):
    """The other side did not take it; code and detail say why, without what was to be told."""

    def __init__(self, code: Trouble, detail: str = "") -> None:
        super().__init__(f"{code}:{detail}" if detail else code)


async def post_json(
    url: str, content: Mapping[str, Any], *, key: SecretStr, now: datetime, identity: str
) -> None:
    """Post a JSON object, signed; raise NotTold unless the answer is a 2xx.

    `identity` is the same at each try, so that the receiver may recognise a repetition.
    """
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Dialogwerk",
        "Dialogwerk-Id": identity,
        HEADER: sign(body, key.get_secret_value().encode(), now),
    }
    try:
        async with (
            asyncio.timeout(2 * PATIENCE),
            httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client,
            client.stream("POST", url, content=body, headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        raise NotTold("web_silent", type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotTold("web_refused", str(status))


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in; the password never shows in its repr."""

    host: str
    port: int
    user: str
    password: SecretStr
    encrypted: bool
    """TLS from the first byte; otherwise STARTTLS where it is offered."""

    @property
    def is_here(self) -> bool:
        """True when nothing leaves this machine unencrypted."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def mail_server(url: SecretStr) -> MailServer:
    """Read `smtp://user:password@host:port` or `smtps://...`; raise ValueError otherwise."""
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("it is not of the form smtp://user:password@host:port")
    encrypted = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if encrypted else 587),
        user=unquote(parts.username or ""),
        password=SecretStr(unquote(parts.password or "")),
        encrypted=encrypted,
    )


@dataclass(frozen=True)
class Letter:
    """A plain e-mail."""

    sender: str
    to: Sequence[str]
    subject: str
    text: str
    identity: str
    """The same at each try."""


async def send_mail(server: MailServer, letter: Letter, now: datetime) -> None:
    """Hand an e-mail in, in a thread of its own; raise NotTold when no receiver is accepted."""
    message = EmailMessage()
    message["From"] = letter.sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.identity}@{letter.sender.rpartition('@')[2].strip('> ')}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    try:
        await asyncio.to_thread(_hand_in, server, message)
    except smtplib.SMTPResponseException as error:
        raise NotTold("mail_refused", str(error.smtp_code)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotTold("mail_silent", type(error).__name__) from error


def _hand_in(server: MailServer, message: EmailMessage) -> None:
    trust = ssl.create_default_context()
    opened: smtplib.SMTP = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=trust)
        if server.encrypted
        else smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    )
    with opened as session:
        session.ehlo()
        protected = server.encrypted
        if not protected and session.has_extn("starttls"):
            session.starttls(context=trust)
            session.ehlo()
            protected = True
        if server.user:
            if not protected and not server.is_here:
                raise NotTold("mail_unprotected")
            session.login(server.user, server.password.get_secret_value())
        if refused := session.send_message(message):
            log.warning("the mail server refuses %d of the receivers of an alarm", len(refused))
