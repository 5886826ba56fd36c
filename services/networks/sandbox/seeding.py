"""Plants a sample world: pages, people, posts and comments with dates of their own."""

from collections.abc import Callable
from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.inbound import Relation
from services.networks.sandbox.feed import Bell
from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.world import (
    MAX_PAGE_NAME,
    Actor,
    Note,
    Refusal,
    Visibility,
    clean_name,
    clean_text,
    handle_for,
    new_message,
    new_post,
    new_reply,
)

_Id = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")


class _Seeded(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = _Id


class SeedWatch(BaseModel):
    """A page that another one keeps an eye on, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str = _Id
    relation: Relation


class SeedPage(_Seeded):
    name: str
    handle: str | None = Field(default=None, min_length=1, max_length=100)
    about: str = Field(default="", max_length=1000)
    watches: tuple[SeedWatch, ...] = ()
    readers: int | None = Field(default=None, ge=0)


class SeedAccount(_Seeded):
    display_name: str
    handle: str | None = Field(default=None, min_length=1, max_length=100)


class SeedPost(_Seeded):
    page: str = _Id
    text: str
    created_at: AwareDatetime | None = None
    locked: bool = False


class SeedComment(_Seeded):
    """A comment below the note `under`, or a private message to the page `to`."""

    author: str = _Id
    text: str
    under: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    to: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    visibility: Visibility = "public"
    created_at: AwareDatetime | None = None


class Seed(BaseModel):
    """A sample world; what a comment stands under comes before it or exists already."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pages: tuple[SeedPage, ...] = ()
    accounts: tuple[SeedAccount, ...] = ()
    posts: tuple[SeedPost, ...] = ()
    comments: tuple[SeedComment, ...] = ()


class Seeding:
    """Plants what is missing of a seed; what already has its id stays as it is."""

    def __init__(
        self, ledger: Ledger, bell: Bell, max_length: int, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._bell = bell
        self._max_length = max_length
        self._now = now

    def plant(self, seed: Seed) -> int:
        """Plant all of the seed or, when any of it is refused, nothing; return how much was new."""
        with self._ledger.transaction():
            planted = sum(self._page(page) for page in seed.pages)
            for page in seed.pages:
                if page.readers is not None:
                    self._ledger.set_readers(page.id, page.readers)
                for watch in page.watches:
                    self._existing_actor(watch.page)
                    self._ledger.add_watch(page.id, watch.page, watch.relation)
            planted += sum(self._account(account) for account in seed.accounts)
            planted += sum(self._post(post) for post in seed.posts)
            planted += sum(self._comment(comment) for comment in seed.comments)
        self._bell.ring()
        return planted

    def _page(self, page: SeedPage) -> bool:
        name = clean_name(page.name, MAX_PAGE_NAME)
        return self._actor(
            Actor(page.id, "page", name, page.handle or handle_for(name, "page"), page.about)
        )

    def _account(self, account: SeedAccount) -> bool:
        name = clean_name(account.display_name)
        handle = account.handle or handle_for(name, account.id[-4:].lower())
        return self._actor(Actor(account.id, "person", name, handle))

    def _post(self, post: SeedPost) -> bool:
        if self._existing_actor(post.page).kind != "page":
            raise Refusal(422, "invalid", f"post {post.id}: {post.page!r} is not a page")
        text = clean_text(post.text, self._max_length)
        new = self._note(new_post(post.id, post.page, text, post.created_at or self._now()))
        if new and post.locked:
            self._ledger.set_locked(post.id, locked=True)
        return new

    def _comment(self, comment: SeedComment) -> bool:
        author = self._existing_actor(comment.author)
        text = clean_text(comment.text, self._max_length)
        at = comment.created_at or self._now()
        if comment.to is not None and comment.under is None:
            if self._existing_actor(comment.to).kind != "page":
                raise Refusal(422, "invalid", f"comment {comment.id}: messages go to pages")
            return self._note(new_message(comment.id, comment.to, author.id, text, at))
        target = self._ledger.note(comment.under) if comment.under is not None else None
        if target is None or comment.to is not None:
            raise Refusal(422, "invalid", f"comment {comment.id} stands under nothing known")
        visibility: Visibility = "direct" if target.visibility == "direct" else comment.visibility
        return self._note(
            new_reply(
                comment.id,
                target,
                author_id=author.id,
                text=text,
                visibility=visibility,
                at=at,
            )
        )

    def _actor(self, actor: Actor) -> bool:
        if self._ledger.actor(actor.id) is not None:
            return False
        self._ledger.add_actor(actor)
        return True

    def _note(self, note: Note) -> bool:
        if self._ledger.note(note.id) is not None:
            return False
        self._ledger.add_note(note)
        self._ledger.record(f"{note.kind}.created", note.id, self._now())
        return True

    def _existing_actor(self, actor_id: str) -> Actor:
        actor = self._ledger.actor(actor_id)
        if actor is None:
            raise Refusal(422, "invalid", f"there is no page or account {actor_id!r}")
        return actor
