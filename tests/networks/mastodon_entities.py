"""The world's things in the API's words, field by field as compatible servers give them."""

import html
import re
from datetime import datetime
from typing import Any

from tests.networks.mastodon_world import LINK, MENTION, Account, Notification, Status, World

HASHTAG = re.compile(r"(?<!\w)#(\w+)")
REL = 'rel="nofollow noreferrer noopener" target="_blank"'


class Entities:
    """Renders for one server at `url`, as one viewer sees it."""

    def __init__(self, world: World, url: str, streaming: str) -> None:
        self._world = world
        self._url = url
        self._streaming = streaming

    def account(self, account: Account) -> dict[str, Any]:
        picture = f"{self._url}/assets/{account.username}.webp"
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "display_name": account.username.title(),
            "locked": False,
            "discoverable": True,
            "bot": False,
            "created_at": moment(account.created_at),
            "note": "",
            "url": self._profile(account),
            "avatar": picture,
            "avatar_static": picture,
            "avatar_description": "",
            "header": picture,
            "header_static": picture,
            "header_description": "",
            "followers_count": account.followers,
            "following_count": 0,
            "statuses_count": 0,
            "last_status_at": None if account.new else "2026-01-01",
            "emojis": [],
            "fields": [],
            "group": False,
            **({"suspended": True} if account.suspended else {}),
            **account.says,
            **({"moved": {"acct": account.moved_to}} if account.moved_to else {}),
        }

    def status(self, status: Status) -> dict[str, Any]:
        address = f"{self._profile(status.account)}/statuses/{status.id}"
        free = {
            "automatic_approval": ["public", "me"],
            "manual_approval": [],
            "always": ["public", "me"],
            "with_approval": [],
        }
        reply = {**free, "automatic_approval": status.reply_policy, "always": status.reply_policy}
        return {
            "id": status.id,
            "created_at": moment(status.created_at),
            "edited_at": moment(status.edited_at) if status.edited_at else None,
            "in_reply_to_id": status.parent.id if status.parent else None,
            "in_reply_to_account_id": status.parent.account.id if status.parent else None,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler,
            "visibility": status.visibility,
            "language": status.language,
            "uri": f"{self._url}/users/{status.account.username}/statuses/{status.id}",
            "url": address,
            "replies_count": self._world.answers_to(status),
            "reblogs_count": 0,
            "favourites_count": 0,
            "favourited": False,
            "reblogged": False,
            "muted": False,
            "bookmarked": False,
            "pinned": False,
            "content": self._content(status),
            "reblog": None,
            "application": {"name": "tests"},
            "account": self.account(status.account),
            "media_attachments": status.attachments,
            "mentions": [
                {
                    "id": account.id,
                    "username": account.username,
                    "url": self._profile(account),
                    "acct": account.acct,
                }
                for account in status.mentions
            ],
            "tags": [
                {"name": tag.lower(), "url": f"{self._url}/tags/{tag.lower()}"}
                for tag in HASHTAG.findall(status.text)
            ],
            "emojis": [],
            "card": None,
            "poll": None,
            "text": status.text,
            "content_type": "text/plain",
            "interaction_policy": {
                "can_favourite": free,
                "can_reply": reply,
                "can_reblog": free,
            },
            **status.said_instead,
        }

    def notification(self, notification: Notification) -> dict[str, Any]:
        return {
            "id": notification.id,
            "type": "mention",
            "created_at": moment(notification.created_at),
            "account": self.account(notification.about.account),
            "status": self.status(notification.about),
        }

    def instance(self) -> dict[str, Any]:
        flavour = self._world.flavour
        return {
            "domain": self._url.removeprefix("http://"),
            "account_domain": self._url.removeprefix("http://"),
            "title": "Test",
            "version": "0.20.0" if flavour.ulids else "4.5.0",
            "source_url": self._url,
            "description": "",
            "usage": {"users": {"active_month": 1}},
            "thumbnail": {"url": f"{self._url}/assets/logo.webp"},
            "languages": ["de"],
            "configuration": {
                "urls": {
                    "streaming": f"wss://{self._streaming}",
                    "about": f"{self._url}/about",
                    "privacy_policy": None,
                    "terms_of_service": f"{self._url}/about",
                },
                "accounts": {
                    "allow_custom_css": False,
                    "max_featured_tags": 10,
                    "max_profile_fields": 6,
                },
                "media_attachments": {
                    "supported_mime_types": ["image/png"],
                    "image_size_limit": 1,
                    "image_matrix_limit": 1,
                    "video_size_limit": 1,
                    "video_frame_rate_limit": 1,
                    "video_matrix_limit": 1,
                    "description_limit": 1500,
                },
                "polls": {
                    "max_options": 4,
                    "max_characters_per_option": 50,
                    "min_expiration": 300,
                    "max_expiration": 3000,
                },
                "translation": {"enabled": False},
                "emojis": {"emoji_size_limit": 51200},
                "vapid": {"public_key": "none"},
                "statuses": {
                    "max_characters": flavour.max_characters,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": flavour.per_url,
                    "supported_mime_types": ["text/plain"],
                },
            },
            "registrations": {
                "enabled": False,
                "approval_required": True,
                "message": None,
                "min_age": None,
                "reason_required": True,
            },
            "contact": {"email": ""},
            "rules": [],
        }

    def _profile(self, account: Account) -> str:
        host = f"https://{account.host}" if account.host else self._url
        return f"{host}/@{account.username}"

    def _content(self, status: Status) -> str:
        paragraphs = re.split(r"\n{2,}", status.text)
        return "".join(f"<p>{self._paragraph(one)}</p>" for one in paragraphs)

    def _paragraph(self, text: str) -> str:
        marked = html.escape(text, quote=False).replace("\n", "<br>")
        marked = LINK.sub(lambda found: _link(found[0]), marked)
        marked = MENTION.sub(self._mention, marked)
        return HASHTAG.sub(
            lambda found: (
                f'<a href="{self._url}/tags/{found[1].lower()}" class="mention hashtag" {REL}>'
                f"#<span>{found[1]}</span></a>"
            ),
            marked,
        )

    def _mention(self, found: re.Match[str]) -> str:
        account = self._world.named(f"{found[1]}@{found[2]}" if found[2] else found[1])
        if account is None:
            return found[0]
        return (
            f'<span class="h-card"><a href="{self._profile(account)}" class="u-url mention" {REL}>'
            f"@<span>{account.username}</span></a></span>"
        )


def _link(url: str) -> str:
    """Return a link as Mastodon shows it: the scheme hidden, a long rest cut off for the eye."""
    scheme, rest = url.split("//", 1)
    cut = "ellipsis" if len(rest) > 30 else ""
    return (
        f'<a href="{url}" {REL}><span class="invisible">{scheme}//</span>'
        f'<span class="{cut}">{rest[:30]}</span><span class="invisible">{rest[30:]}</span></a>'
    )


def moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
