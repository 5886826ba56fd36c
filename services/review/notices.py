"""Tell people of alarms: once when one is raised, once when it is over, by each way that is set."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from services.kit.db import Pool, transaction
from services.kit.outbox import told_to_end
from services.kit.service import CannotStart
from services.kit.settings import Settings
from services.kit.tell import Letter, MailServer, NotTold, mail_server, post_json, send_mail
from services.review.outage import UNREACHABLE
from services.review.texts import Texts
from services.store import alarms
from services.store.accounts import Language
from services.store.alarms import Notice, Way

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between looks for notices that are due."""
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=30), timedelta(hours=1)


@dataclass(frozen=True)
class Hook:
    """An address that takes signed alarms."""

    url: str
    key: SecretStr


@dataclass(frozen=True)
class Post:
    """A mail server, and from whom to whom alarms go."""

    server: MailServer
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True)
class Ways:
    """How people are told; None where nothing is set."""

    hook: Hook | None = None
    post: Post | None = None

    @property
    def names(self) -> tuple[Way, ...]:
        named: tuple[tuple[Way, object], ...] = (("webhook", self.hook), ("email", self.post))
        return tuple(way for way, found in named if found is not None)


def ways_of(settings: Settings) -> Ways:
    """Read how people are told; raise CannotStart when a part of a way is missing."""
    hook = post = None
    if settings.alarm_webhook_url:
        if len(settings.alarm_webhook_secret.get_secret_value()) < 16:
            raise CannotStart("set ALARM_WEBHOOK_SECRET (16 characters or more): alarms are signed")
        hook = Hook(settings.alarm_webhook_url, settings.alarm_webhook_secret)
    if settings.alarm_email_to:
        try:
            server = mail_server(settings.smtp_url)
        except ValueError as error:
            raise CannotStart(f"ALARM_EMAIL_TO needs SMTP_URL: {error}") from error
        sender = settings.alarm_email_from or server.user
        if "@" not in sender:
            raise CannotStart("set ALARM_EMAIL_FROM to the address that alarms are sent from")
        post = Post(server, sender, settings.alarm_email_to)
    return Ways(hook, post)


def retry_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts (1 = the first): doubling, an hour."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(attempts - 1, 10))


@dataclass(frozen=True)
class Notifier:
    """Delivers what is due; a failure waits in the database and is shown on the board."""

    pool: Pool
    ways: Ways
    texts: Mapping[Language, Texts]
    address: str
    """Of the board, as people reach it."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def run(self) -> None:
        """Deliver for ever; whatever goes wrong here, the desk goes on."""
        while not told_to_end():
            try:
                while await self.deliver_one():
                    pass
            except UNREACHABLE as error:
                log.warning("alarms wait for the database: %r", error)
            except Exception:
                log.exception("alarms cannot be delivered")
            await asyncio.sleep(EVERY)

    async def deliver_one(self) -> bool:
        """Try the next notice that is due; False when there is none."""
        async with transaction(self.pool) as connection:
            notice = await alarms.take_notice(connection, self.ways.names, self.clock())
            if notice is None:
                return False
            try:
                await self._tell(notice)
            except NotTold as error:
                attempts = notice.attempts + 1
                log.warning("alarm %d by %s: %s", notice.alarm_id, notice.way, error)
                due_at = self.clock() + retry_after(attempts)
                await alarms.mark_failed(connection, notice.notice_id, str(error), due_at)
            else:
                await alarms.mark_sent(connection, notice.notice_id, self.clock())
        return True

    async def _tell(self, notice: Notice) -> None:
        identity = f"dialogwerk-alarm-{notice.alarm_id}-{notice.event}"
        now = self.clock()
        if notice.way == "webhook" and self.ways.hook:
            content = self._content(notice)
            hook = self.ways.hook
            await post_json(hook.url, content, key=hook.key, now=now, identity=identity)
        elif self.ways.post:
            post = self.ways.post
            letter = Letter(
                sender=post.sender,
                to=post.to,
                subject=f"[Dialogwerk] {self._sentence(notice, 'de')}",
                text=self._text(notice),
                identity=f"{identity}-{int(notice.raised_at.timestamp())}",
            )
            await send_mail(post.server, letter, now)

    def _content(self, notice: Notice) -> dict[str, object]:
        return {
            "type": f"alarm.{notice.event}",
            "alarm": notice.alarm_id,
            "rule": notice.rule,
            "subject": notice.subject,
            "detail": notice.detail,
            "raised_at": notice.raised_at.isoformat(),
            "cleared_at": notice.cleared_at.isoformat() if notice.cleared_at else None,
            "text": {language: self._sentence(notice, language) for language in self.texts},
            "advice": {language: self._advice(notice, language) for language in self.texts},
            "url": self.address,
        }

    def _advice(self, notice: Notice, language: Language) -> str:
        """Return what to do; nothing when it is over."""
        return self.texts[language].label("advice", notice.rule) if notice.event == "raised" else ""

    def _sentence(self, notice: Notice, language: Language) -> str:
        texts = self.texts[language]
        words = texts.alarm(notice.rule, notice.subject, notice.detail)
        return f"{texts.label('alarm_event', notice.event)}: {words}"

    def _text(self, notice: Notice) -> str:
        lines = []
        for language, texts in self.texts.items():
            lines += [
                self._sentence(notice, language),
                f"{texts.moment(notice.raised_at)}"
                + (f" – {texts.moment(notice.cleared_at)}" if notice.cleared_at else ""),
                *filter(None, [self._advice(notice, language)]),
                "",
            ]
        return "\n".join([*lines, self.address, ""])
