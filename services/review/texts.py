"""The desk's words in two languages: gettext catalogues, dates and numbers through Babel."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property, partial
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import Translations

from schemas.comments import Reason
from services.networks.connections import KINDS
from services.review.behaviour_words import figures_of
from services.review.labels import LABELS
from services.store.accounts import Language

LANGUAGES: tuple[Language, ...] = ("de", "en")
NAMES: dict[Language, str] = {"de": "Deutsch", "en": "English"}


class Texts:
    """One language: translations, dates, numbers."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.locale = Locale.parse(language)

    @cached_property
    def translations(self) -> Translations:
        """The catalogue, compiled from its .po file in memory."""
        source = files("services.review") / "locale" / self.language / "LC_MESSAGES" / "desk.po"
        compiled = BytesIO()
        write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=self.language))
        compiled.seek(0)
        return Translations(compiled, domain="desk")

    def label(self, *parts: str | None) -> str:
        """Return the translated label of a key, the key's last part when there is none."""
        named = [part for part in parts if part]
        text = LABELS.get(".".join(named))
        return self.translations.gettext(text) if text else named[-1]

    def note(self, code: str) -> str:
        """Return the sentence of an item's note, e.g. of `returned:locked` or `waiting:<time>`."""
        name, _, detail = code.partition(":")
        if name == "waiting":
            return self.label("note", name) % {"time": self.clock(datetime.fromisoformat(detail))}
        return self.label("note", name) if name == "joined" else self.label("note", name, detail)

    def network(self, name: str) -> str:
        """Return a network's name as people know it; an unknown one as it is stored."""
        if f"network.{name}" in LABELS:
            return self.label("network", name)
        return KINDS[name].title if name in KINDS else name

    def because(self, reason: Reason) -> str:
        """Return a reason in words, with what the rule saw."""
        if reason.rule in ("resembles", "in_doubt", "model_says"):
            return f"{self.label('rule', reason.rule)}: {self.label('kind', reason.detail)}"
        words = self.label("rule", reason.rule)
        if figures := figures_of(reason):
            return words % {
                name: self.day(figure) if isinstance(figure, date) else figure
                for name, figure in figures.items()
            }
        return f"{words}: {self.quoted(reason.detail)}" if reason.detail else words

    def waiting(self, queue: str) -> str:
        """Return what waits in a queue, in words; `outbox:route` is an outbox."""
        kind, _, service = queue.partition(":")
        if kind == "outbox" and service:
            sentence = self.translations.gettext("Messages of “%(service)s” to be sent")
            return str(sentence % {"service": self.label("service", service)})
        return self.label("queue", queue)

    def alarm(self, rule: str, subject: str, detail: str) -> str:
        """Return an alarm in words: what is wrong, where, and the figure that the rule saw."""
        where: dict[str, Callable[[str], str]] = {
            "age": self.waiting,
            "stuck": self.waiting,
            "held": self.waiting,
            "paused": self.waiting,
            "unheard": partial(self.label, "service"),
            "missing": self.waiting,
            "spike": self.waiting,
            "dead": self.waiting,
            "stream": partial(self.label, "stream"),
            "budget": partial(self.label, "budget"),
            "connection": str,
        }
        words = self.label("alarm", rule)
        if rule in where:
            words = f"{words}: {where[rule](subject)}"
        if rule == "age":
            detail = self.lasting(float(detail))
        elif rule == "connection":
            detail = ""  # codes, which the page of networks explains
        return f"{words} ({detail})" if detail else words

    def trouble(self, stored: str) -> str:
        """Return why a notice was not delivered, with what was answered."""
        code, _, detail = stored.partition(":")
        words = self.label("trouble", code)
        return f"{words}: {detail}" if detail else words

    def lasting(self, seconds: float) -> str:
        """Return a length of time, short, e.g. `12 Min.`."""
        return format_timedelta(timedelta(seconds=seconds), format="short", locale=self.locale)

    def quoted(self, text: str) -> str:
        return f"„{text}“" if self.language == "de" else f"“{text}”"

    def moment(self, at: datetime) -> str:
        """Return date and time on the server's clock."""
        local = at.astimezone()
        return format_datetime(local, "medium", tzinfo=local.tzinfo, locale=self.locale)

    def clock(self, at: datetime) -> str:
        """Return the time of day on the server's clock."""
        local = at.astimezone()
        return format_time(local, "short", tzinfo=local.tzinfo, locale=self.locale)

    def clock_to_the_second(self, at: datetime) -> str:
        """Return the time of day on the server's clock, with seconds."""
        local = at.astimezone()
        return format_time(local, "medium", tzinfo=local.tzinfo, locale=self.locale)

    def day(self, on: date) -> str:
        return format_date(on, "long", locale=self.locale)

    def ago(self, at: datetime, now: datetime) -> str:
        """Return how long ago it was, e.g. `vor 3 Stunden`."""
        return format_timedelta(at - now, add_direction=True, locale=self.locale)

    def span(self, since: datetime, now: datetime) -> str:
        """Return how long it has lasted, short, e.g. `3 Std.`."""
        return format_timedelta(now - since, format="short", locale=self.locale)

    def month(self, first: date) -> str:
        """Return a month and its year, e.g. `November 2026`."""
        return format_date(first, "LLLL yyyy", locale=self.locale)

    def money(self, amount: Decimal) -> str:
        """Return an amount with two decimal places, without its currency."""
        return format_decimal(amount, format="#,##0.00", locale=self.locale)

    def percent(self, share: float) -> str:
        """Return a share of 0 to 1 as per cent."""
        return format_percent(share, locale=self.locale)

    def rate(self, value: float) -> str:
        """Return a figure with at most one decimal place."""
        return format_decimal(value, format="#,##0.#", locale=self.locale)

    def signed(self, value: float) -> str:
        """Return a figure with its sign and at most one decimal place."""
        return format_decimal(value, format="+#,##0.#;−#,##0.#", locale=self.locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)
