"""What the sandbox's pages say, in German and English."""

from collections.abc import Mapping
from typing import Literal

Language = Literal["de", "en"]

DEFAULT_LANGUAGE: Language = "de"

WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "title": "Sandbox-Netzwerk",
        "banner": "Lokale Sandbox",
        "banner_more": "Kein echtes soziales Netzwerk: Seiten und Personen sind erfunden, Beiträge"
        " erscheinen nirgendwo sonst.",
        "skip": "Zum Inhalt",
        "home": "Start",
        "messages": "Nachrichten",
        "writing_as": "Du schreibst als",
        "your_name": "Dein Name",
        "name_hint": "Frei wählbar, nur für diese Sandbox",
        "save": "Speichern",
        "pages": "Seiten",
        "newest": "Neueste Beiträge",
        "no_posts": "Hier ist noch nichts veröffentlicht.",
        "no_comments": "Noch keine Kommentare.",
        "page_badge": "Seite",
        "post_by": "Beitrag von",
        "comment_1": "1 Kommentar",
        "comment_n": "{n} Kommentare",
        "comments": "Kommentare",
        "edited": "bearbeitet",
        "answering": "Antwort an",
        "hidden_note": "Dieser Kommentar wurde von der Seite ausgeblendet.",
        "deleted_note": "Dieser Kommentar wurde gelöscht.",
        "deleted_post": "Dieser Beitrag wurde gelöscht.",
        "locked_note": "Die Kommentare zu diesem Beitrag sind geschlossen.",
        "reply": "Antworten",
        "reply_text": "Deine Antwort",
        "edit": "Bearbeiten",
        "delete": "Löschen",
        "comment_text": "Dein Kommentar",
        "send_comment": "Kommentieren",
        "limit": "Höchstens {n} Zeichen",
        "block": "Seite blockieren",
        "unblock": "Blockierung aufheben",
        "block_hint": "Eine blockierte Seite kann auf deine Kommentare nicht mehr antworten.",
        "blocked_hint": "Du blockierst diese Seite. Sie kann auf deine Kommentare nicht antworten.",
        "private": "Private Nachricht",
        "private_hint": "Nur diese Seite kann sie lesen; sie erscheint nirgends öffentlich.",
        "private_text": "Deine Nachricht",
        "send_private": "Privat senden",
        "no_messages": "Du hast noch keine privaten Nachrichten.",
        "conversation_with": "Unterhaltung mit",
        "fresh": "Es gibt Neues. Neu laden",
        "your_text": "Dein Text, damit er nicht verloren geht",
        "problem": "Das hat nicht geklappt",
        "problem_gone": "Das gibt es hier nicht oder nicht mehr.",
        "problem_locked": "Die Kommentare zu diesem Beitrag sind geschlossen.",
        "problem_hidden": "Dieser Kommentar ist ausgeblendet; antworten geht deshalb nicht.",
        "problem_too_long": "Der Text ist zu lang.",
        "problem_scope": "Ändern kann das nur, wer es geschrieben hat.",
        "problem_invalid": "Es fehlt ein Name oder ein Text, oder der Name ist zu lang.",
        "problem_rate_limited": "Das waren sehr viele Beiträge in kurzer Zeit. Bitte kurz warten.",
        "problem_origin": "Das Formular kam nicht von dieser Seite.",
        "problem_other": "Die Anfrage war nicht verständlich.",
    },
    "en": {
        "title": "Sandbox network",
        "banner": "Local sandbox",
        "banner_more": "Not a real social network: pages and people are invented, and posts appear"
        " nowhere else.",
        "skip": "Skip to content",
        "home": "Home",
        "messages": "Messages",
        "writing_as": "You write as",
        "your_name": "Your name",
        "name_hint": "Any name you like, for this sandbox only",
        "save": "Save",
        "pages": "Pages",
        "newest": "Newest posts",
        "no_posts": "Nothing has been published here yet.",
        "no_comments": "No comments yet.",
        "page_badge": "Page",
        "post_by": "Post by",
        "comment_1": "1 comment",
        "comment_n": "{n} comments",
        "comments": "Comments",
        "edited": "edited",
        "answering": "Reply to",
        "hidden_note": "The page has hidden this comment.",
        "deleted_note": "This comment was deleted.",
        "deleted_post": "This post was deleted.",
        "locked_note": "Comments on this post are closed.",
        "reply": "Reply",
        "reply_text": "Your reply",
        "edit": "Edit",
        "delete": "Delete",
        "comment_text": "Your comment",
        "send_comment": "Comment",
        "limit": "At most {n} characters",
        "block": "Block page",
        "unblock": "Unblock page",
        "block_hint": "A blocked page can no longer reply to your comments.",
        "blocked_hint": "You block this page. It cannot reply to your comments.",
        "private": "Private message",
        "private_hint": "Only this page can read it; it is shown nowhere in public.",
        "private_text": "Your message",
        "send_private": "Send privately",
        "no_messages": "You have no private messages yet.",
        "conversation_with": "Conversation with",
        "fresh": "There is something new. Reload",
        "your_text": "Your text, so that it is not lost",
        "problem": "That did not work",
        "problem_gone": "There is nothing here, or not any more.",
        "problem_locked": "Comments on this post are closed.",
        "problem_hidden": "This comment is hidden, so it cannot be replied to.",
        "problem_too_long": "The text is too long.",
        "problem_scope": "Only its author can change this.",
        "problem_invalid": "A name or a text is missing, or the name is too long.",
        "problem_rate_limited": "That was a lot in a short time. Please wait a moment.",
        "problem_origin": "The form did not come from this site.",
        "problem_other": "The request could not be understood.",
    },
}


def choose_language(*wishes: str | None) -> Language:
    """Return the first wish we speak; a wish is a tag or a whole Accept-Language header."""
    for wish in wishes:
        for tag in _by_weight(wish or ""):
            if tag.split("-")[0] in WORDS:
                return "de" if tag.startswith("de") else "en"
    return DEFAULT_LANGUAGE


def _by_weight(header: str) -> list[str]:
    weighted = []
    for part in header.split(","):
        tag, _, parameter = part.strip().lower().partition(";")
        weight = parameter.strip().removeprefix("q=") if parameter else "1"
        weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: pair[0], reverse=True)]
