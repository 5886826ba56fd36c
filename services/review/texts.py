"""The desk's words in two languages: gettext catalogues, dates and numbers through Babel."""

from datetime import date, datetime
from functools import cached_property
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations

from schemas.comments import Reason
from services.store.accounts import Language

LANGUAGES: tuple[Language, ...] = ("de", "en")
NAMES: dict[Language, str] = {"de": "Deutsch", "en": "English"}


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


LABELS: dict[str, str] = {
    "lane.urgent": N_("Urgent"),
    "lane.answer": N_("To answer"),
    "lane.acknowledge": N_("To acknowledge"),
    "lane.discuss": N_("Discussion"),
    "lane.rest": N_("Everything else"),
    "kind.question": N_("Question"),
    "kind.criticism": N_("Criticism"),
    "kind.praise": N_("Praise"),
    "kind.discussion": N_("Conversation"),
    "kind.attack": N_("Attack"),
    "kind.help": N_("Call for help"),
    "kind.spam": N_("Advertising"),
    "kind.threat": N_("Possible threat"),
    "kind.other": N_("Other"),
    "status.open": N_("Open"),
    "status.decided": N_("Decided"),
    "status.muted": N_("Muted"),
    "status.cancelled": N_("Deleted"),
    "draft.pending": N_("Draft is being written"),
    "draft.proposed.written": N_("Draft ready"),
    "draft.proposed.quoted": N_("Quotation ready"),
    "draft.declined.no_source": N_("No source"),
    "draft.declined.check_failed": N_("Draft failed the check"),
    "draft.declined.model_failed": N_("No draft: the model failed"),
    "draft.stale": N_("Draft is out of date"),
    "action.approve": N_("Approved"),
    "action.reject": N_("Rejected"),
    "action.close": N_("Closed: nothing to do"),
    "action.mute": N_("Thread muted"),
    "action.unmute": N_("Mute lifted"),
    "action.reopen": N_("Reopened"),
    "delivery.sending": N_("Being posted"),
    "delivery.sent": N_("Posted"),
    "delivery.unknown": N_("Posted or not: being looked up"),
    "delivery.returned": N_("Not posted"),
    "note.edited_after_answer": N_("The comment was edited after our answer."),
    "note.edited_after_decision": N_("The comment was edited after the decision."),
    "note.returned.parent_gone": N_("Not posted: the comment is gone from the network."),
    "note.returned.parent_edited": N_("Not posted: the comment was edited in the meantime."),
    "note.returned.blocked": N_("Not posted: the author has blocked the page."),
    "note.returned.locked": N_("Not posted: the thread is closed for replies."),
    "note.returned.hidden": N_("Not posted: the comment is hidden on the network."),
    "note.returned.thread_muted": N_("Not posted: the thread was muted in the meantime."),
    "note.returned.not_public": N_("Not posted: the reply would not be public."),
    "note.returned.too_long": N_("Not posted: the network finds the text too long."),
    "note.returned.token": N_("Not posted: the network's access token is no longer valid."),
    "note.returned.scope": N_("Not posted: the access token lacks the right to reply."),
    "note.returned.invalid": N_("Not posted: the network refused the text."),
    "note.returned.outcome_unknown": N_(
        "Perhaps posted: the network did not answer. Look there before you approve again."
    ),
    "refusal.deleted": N_("The comment was deleted on its network. Nothing was sent."),
    "refusal.decided": N_("Somebody has decided this already. Nothing was sent a second time."),
    "refusal.muted": N_("The thread is muted. Unmute it first."),
    "refusal.edited": N_(
        "The comment was edited while you were reading. Read the new text, then decide again."
    ),
    "refusal.stale": N_("The draft was made for an older text. Wait for the new one."),
    "refusal.other_draft": N_("This draft belongs to another text. Reload the page."),
    "refusal.empty": N_("There is no text to approve."),
    "refusal.too_long": N_("The text is too long."),
    "refusal.no_reason": N_("Please give a reason."),
    "refusal.days": N_("Choose between 1 and 365 days."),
    "refusal.not_decided": N_("The item is not decided."),
    "refusal.answered": N_("An answer is out already; this item cannot be reopened."),
    "refusal.mute_over": N_("This mute is over already."),
    "refusal.settled": N_("Somebody has settled this already."),
    "refusal.no_stream": N_("This message did not come from the bus; it can only be dropped."),
    "done.approve": N_("Approved. The reply is on its way."),
    "done.reject": N_("Rejected. Nothing is sent."),
    "done.close": N_("Closed. Nothing to do."),
    "done.reopen": N_("Back in the queue."),
    "done.mute": N_("Thread muted. Only urgent comments still show up."),
    "done.unmute": N_("Mute lifted. What it held back is coming back."),
    "done.requeue": N_("Sent again to where it failed."),
    "done.drop": N_("Dropped."),
    "note.returned.not_connected": N_("Not posted: this network is not connected."),
    "rule.possibly_illegal": N_("May be a threat or against the law"),
    "rule.calls_for_help": N_("Sounds like a call for help"),
    "rule.advertises": N_("Reads like advertising"),
    "rule.says_nothing": N_("Only signs or a link, no text"),
    "rule.speaks_to_somebody_else": N_("Talks to somebody else in the thread"),
    "rule.asks": N_("Asks a question"),
    "rule.resembles": N_("Reads like"),
    "rule.no_passage_answers": N_("No passage of the publications answers this."),
    "rule.no_sentence_fits": N_("Passages on the subject exist, but no sentence answers this."),
    "rule.model_finds_no_answer": N_("The model found no answer in the passages."),
    "rule.model_failed": N_("The language model did not deliver"),
    "rule.every_fact_is_cited": N_("A statement had no source"),
    "rule.quotations_are_verbatim": N_("A quotation was not word for word"),
    "rule.figures_are_proved": N_("A figure is not in the cited passage"),
    "rule.answers_in_place": N_("The draft sent people elsewhere instead of answering"),
    "rule.links_are_ours": N_("The draft linked to a foreign address"),
    "rule.fits_the_place": N_("The draft was too long"),
    "settlement.requeued": N_("Sent again"),
    "settlement.dropped": N_("Dropped"),
    "dropped.private": N_("Private messages"),
    "dropped.own_reply": N_("Our own replies"),
    "dropped.watched_page": N_("Other pages, not to us"),
    "dropped.deleted": N_("Deleted by the author"),
}


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
        """Return the sentence of an item's note, e.g. of `returned:locked`."""
        return self.label("note", *code.split(":", 1))

    def because(self, reason: Reason) -> str:
        """Return a reason in words, with what the rule saw."""
        if reason.rule == "resembles":
            return f"{self.label('rule', reason.rule)}: {self.label('kind', reason.detail)}"
        words = self.label("rule", reason.rule)
        return f"{words}: {self.quoted(reason.detail)}" if reason.detail else words

    def quoted(self, text: str) -> str:
        return f"„{text}“" if self.language == "de" else f"“{text}”"

    def moment(self, at: datetime) -> str:
        """Return date and time on the server's clock."""
        local = at.astimezone()
        return format_datetime(local, "medium", tzinfo=local.tzinfo, locale=self.locale)

    def day(self, on: date) -> str:
        return format_date(on, "long", locale=self.locale)

    def ago(self, at: datetime, now: datetime) -> str:
        """Return how long ago it was, e.g. `vor 3 Stunden`."""
        return format_timedelta(at - now, add_direction=True, locale=self.locale)

    def span(self, since: datetime, now: datetime) -> str:
        """Return how long it has lasted, short, e.g. `3 Std.`."""
        return format_timedelta(now - since, format="short", locale=self.locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)
