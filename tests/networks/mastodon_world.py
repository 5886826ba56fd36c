"""A small Mastodon-compatible world: accounts, statuses, blocks, filters and who is told what."""

import itertools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PUBLIC = ("public", "unlisted")
MENTION = re.compile(r"(?<![\w/@.])@(\w+)(?:@([\w.:-]+))?")
LINK = re.compile(r"https?://[^\s]+")


@dataclass(frozen=True)
class Flavour:
    """How a server differs from others that speak the same API."""

    ulids: bool = False
    keys: bool = True
    """Honours Idempotency-Key."""
    filters: bool = True
    """Has notification requests and a policy; `include_filtered` may still be unknown."""
    includes_filtered: bool = True
    instance_v2: bool = True
    lookup: bool = True
    tells_scopes: bool = True
    null_lists: bool = False
    full_count: bool = False
    """Counts every character of mentions and addresses."""
    reads_header: bool = True
    """The stream reads the token in the header; else only in the address."""
    default_visibility: str = "public"
    forced_visibility: str | None = None
    ignores_parent: bool = False
    max_characters: int = 500
    per_url: int = 23
    reads: int | None = 300
    """Requests per method and window; None sends no headers."""


MASTODON = Flavour()
GOTOSOCIAL = Flavour(
    ulids=True,
    keys=False,
    filters=False,
    tells_scopes=False,
    null_lists=True,
    full_count=True,
    default_visibility="unlisted",
    max_characters=5000,
    per_url=25,
    reads=None,
)


@dataclass(eq=False)
class Account:
    id: str
    username: str
    token: str
    created_at: datetime
    host: str | None = None
    scopes: tuple[str, ...] = ("read", "write")
    new: bool = False
    suspended: bool = False
    moved_to: str = ""
    followers: int = 0
    policy: dict[str, str] = field(default_factory=dict)
    says: dict[str, Any] = field(default_factory=dict)
    """Fields of its profile."""
    follows: list[str] = field(default_factory=list)
    """Ids; whom it follows is public."""

    @property
    def acct(self) -> str:
        return f"{self.username}@{self.host}" if self.host else self.username


@dataclass(eq=False)
class Status:
    id: str
    account: Account
    text: str
    visibility: str
    spoiler: str
    parent: "Status | None"
    created_at: datetime
    mentions: list[Account]
    key: str | None = None
    edited_at: datetime | None = None
    deleted: bool = False
    sensitive: bool = False
    language: str = "de"
    reply_policy: list[str] = field(default_factory=lambda: ["public", "me"])
    attachments: list[dict[str, Any]] = field(default_factory=list)
    said_instead: dict[str, Any] = field(default_factory=dict)
    """Fields that the server gives wrongly."""


@dataclass(eq=False)
class Notification:
    id: str
    to: Account
    about: Status
    created_at: datetime
    filtered: bool = False


class Refusal(Exception):
    """What the server answers instead."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class World:
    """All state in memory; `heard` is called with (account, event, payload) for the streams."""

    def __init__(self, flavour: Flavour) -> None:
        self.heard: list[Callable[[Account, str, Status | Notification | str], None]] = []
        self.begin(flavour)

    def begin(self, flavour: Flavour) -> None:
        """Begin anew, empty."""
        self.flavour = flavour
        self.accounts: dict[str, Account] = {}
        self.statuses: dict[str, Status] = {}
        self.notifications: list[Notification] = []
        self.blocks: set[tuple[str, str]] = set()
        self.requests_left: dict[str, int] = {}
        """By method."""
        self._numbers = itertools.count(97)
        self._last = datetime.now(UTC)

    def new_id(self) -> str:
        """Return an id whose order is the server's: as text for ULIDs, as number otherwise."""
        number = next(self._numbers)
        if not self.flavour.ulids:
            return str(number)
        whole = (int(time.time() * 1000) << 80) | number
        return "".join(ULID[(whole >> (5 * place)) & 31] for place in reversed(range(26)))

    def now(self) -> datetime:
        """Return a moment in milliseconds, later than any before."""
        step = self._last.timestamp() + 0.001
        self._last = datetime.fromtimestamp(round(max(step, time.time()), 3), UTC)
        return self._last

    def join(self, username: str, *, host: str | None = None, new: bool = False) -> Account:
        account = Account(
            self.new_id(), username, f"{username}-token", self.now(), host=host, new=new
        )
        self.accounts[account.id] = account
        return account

    def named(self, acct: str) -> Account | None:
        return next((a for a in self.accounts.values() if a.acct == acct.casefold()), None)

    def by_token(self, token: str) -> Account | None:
        return next((a for a in self.accounts.values() if a.token == token), None)

    def visible(self, status: Status, viewer: Account | None) -> bool:
        if status.deleted or status.account.suspended:
            return False
        if viewer is not None and (status.account.id, viewer.id) in self.blocks:
            return False
        if status.visibility in PUBLIC:
            return True
        return viewer is not None and (viewer is status.account or viewer in status.mentions)

    def seen(self, status_id: str, viewer: Account | None) -> Status:
        """Return a status as the viewer finds it; raises Refusal 404."""
        status = self.statuses.get(status_id)
        if status is None or not self.visible(status, viewer):
            raise Refusal(404, "Record not found")
        return status

    def post(
        self,
        author: Account,
        text: str,
        *,
        parent_id: str | None = None,
        visibility: str | None = None,
        spoiler: str = "",
        key: str | None = None,
    ) -> Status:
        again = [s for s in self.statuses.values() if key and s.key == key and s.account is author]
        if again and self.flavour.keys:
            return again[0]
        if not text.strip():
            raise Refusal(422, "Validation failed: Text can't be blank")
        if self._count(text) + len(spoiler) > self.flavour.max_characters:
            raise Refusal(422, "Validation failed: Text character limit exceeded")
        parent = self.seen(parent_id, author) if parent_id is not None else None
        status = Status(
            self.new_id(),
            author,
            text,
            self.flavour.forced_visibility or visibility or self.flavour.default_visibility,
            spoiler,
            None if self.flavour.ignores_parent else parent,
            self.now(),
            self._mentioned(text, author),
            key,
        )
        self.statuses[status.id] = status
        self._tell(author, "update", status)
        for account in status.mentions:
            self._notify(account, status)
        return status

    def edit(self, author: Account, status_id: str, text: str) -> Status:
        """Change the text; those who are only mentioned hear nothing of it."""
        status = self._own(author, status_id)
        status.text, status.edited_at = text, self.now()
        status.mentions = self._mentioned(text, author)
        self._tell(author, "status.update", status)
        return status

    def delete(self, author: Account, status_id: str) -> None:
        status = self._own(author, status_id)
        status.deleted = True
        self.notifications = [n for n in self.notifications if n.about is not status]
        for account in [author, *status.mentions]:
            self._tell(account, "delete", status.id)

    def answers_to(self, status: Status) -> int:
        """Return the number of replies directly below a status, as servers count them."""
        return sum(1 for one in self.statuses.values() if one.parent is status and not one.deleted)

    def descendants(self, status: Status, viewer: Account | None) -> list[Status]:
        """Return what stands below, depth first."""
        found: list[Status] = []
        for one in self.statuses.values():
            if one.parent is status:
                found += [one] if self.visible(one, viewer) else []
                found += self.descendants(one, viewer)
        return found

    def ancestors(self, status: Status, viewer: Account | None) -> list[Status]:
        found: list[Status] = []
        above = status.parent
        while above is not None:
            if self.visible(above, viewer):
                found.insert(0, above)
            above = above.parent
        return found

    def _own(self, author: Account, status_id: str) -> Status:
        status = self.statuses.get(status_id)
        if status is None or status.deleted or status.account is not author:
            raise Refusal(404, "Record not found")
        return status

    def _mentioned(self, text: str, author: Account) -> list[Account]:
        names = [f"{name}@{host}" if host else name for name, host in MENTION.findall(text)]
        found = dict.fromkeys(self.named(name) for name in names)
        return [one for one in found if one is not None and one is not author]

    def _count(self, text: str) -> int:
        if self.flavour.full_count:
            return len(text)
        return len(MENTION.sub(r"@\1", LINK.sub("x" * self.flavour.per_url, text)))

    def _notify(self, to: Account, status: Status) -> None:
        verdict = to.policy.get("for_new_accounts", "accept") if status.account.new else "accept"
        if verdict == "drop" or (to.id, status.account.id) in self.blocks:
            return
        notification = Notification(self.new_id(), to, status, self.now(), verdict == "filter")
        self.notifications.append(notification)
        if not notification.filtered:
            self._tell(to, "notification", notification)

    def _tell(self, to: Account, event: str, what: "Status | Notification | str") -> None:
        for heard in self.heard:
            heard(to, event, what)
