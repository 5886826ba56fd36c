"""A moderator at the real desk: signs in, takes one item after the other, decides.

What kills is left open, so that it is tried until it is buried.

With several processes of the desk each request goes to any of them.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random

import httpx

from tests.chaos.killer import MARK
from tests.review.reading import keys_in

NAME, PASSWORD = "moderation", "fliederstrauch und kastanie"
TROUBLE = (httpx.HTTPError,)
PAUSE = 0.2


class Forms(HTMLParser):
    """The forms of a page by their address: hidden fields, and what stands in the text field."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.by_action: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] | None = None
        self._area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.by_action.setdefault(given.get("action", ""), {})
        elif self._fields is None:
            return
        elif tag == "input" and given.get("type") == "hidden":
            self._fields[given["name"]] = given.get("value", "")
        elif tag == "textarea":
            self._area = given["name"]
            self._fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._fields is not None:
            self._fields[self._area] += data


@dataclass
class Told:
    """What the desk confirmed to the moderator; nothing of it may be lost."""

    approved: Counter[str] = field(default_factory=Counter)
    """By comment."""
    others: Counter[str] = field(default_factory=Counter)
    """Other confirmed decisions by action."""
    signed_in: int = 0
    spoken: int = 0
    """Approvals among them that go under posts of others."""
    refused: int = 0
    unanswered: int = 0

    @property
    def decided(self) -> int:
        return self.approved.total() + self.others.total()


class Moderator:
    """Works through the queue until told to stop, or until enough is decided."""

    def __init__(self, desks: Sequence[str], random: Random, *, most: int) -> None:
        self._desks = desks
        self._random = random
        self._most = most
        self.told = Told()
        self.last_call = asyncio.Event()
        """Set when no more comments come: the work ends with an empty queue."""

    async def work(self) -> None:
        """Decide item after item; what breaks is tried again."""
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            while self.told.decided < self._most:
                try:
                    if not await self._look(client):
                        if self.last_call.is_set():
                            return
                        await asyncio.sleep(PAUSE)
                except TROUBLE:
                    self.told.unanswered += 1
                    await asyncio.sleep(PAUSE)

    async def _ask(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        data: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        desk = self._desks[0] if len(self._desks) == 1 else self._random.choice(self._desks)
        return await client.request(method, f"{desk}{path}", data=data, headers={"Origin": desk})

    async def _look(self, client: httpx.AsyncClient) -> bool:
        """Work through the first page of the queue; False when nothing came of it."""
        page = await self._ask(client, "GET", "/?lane=all")
        if page.status_code == 303:
            given = {"name": NAME, "password": PASSWORD}
            answer = await self._ask(client, "POST", "/sign-in", given)
            self.told.signed_in += answer.status_code == 303
            return True
        page.raise_for_status()
        await self._speak_up(client)
        keys = keys_in(page.text)
        before = self.told.decided
        for key in keys:
            if self.told.decided < self._most:
                await self._decide(client, key)
        return self.told.decided > before

    async def _speak_up(self, client: httpx.AsyncClient) -> None:
        """Say something under a post of others, where the desk offers one."""
        for page in ("/radar", "/opportunities"):
            offered = await self._ask(client, "GET", page)
            for address, fields in Forms(offered.text).by_action.items():
                if address.startswith(page) and address.endswith("/approve"):
                    words = fields.get("text", "").strip() or "Danke, dass Sie das aufgreifen."
                    said = await self._ask(client, "POST", address, {**fields, "text": words})
                    if said.status_code == 303:
                        self.told.approved[address.split("/")[2]] += 1
                        self.told.spoken += 1

    async def _decide(self, client: httpx.AsyncClient, key: str) -> None:
        page = await self._ask(client, "GET", f"/items/{key}?lane=all")
        if page.status_code != 200 or MARK in page.text:
            return
        forms = Forms(page.text).by_action
        action, changes = self._choice(key, forms)
        fields = forms.get(f"/items/{key}/{action}")
        if fields is None:
            return
        answer = await self._ask(client, "POST", f"/items/{key}/{action}", {**fields, **changes})
        if answer.status_code != 303:
            self.told.refused += answer.status_code in (409, 422)
        elif action == "approve":
            self.told.approved[key] += 1
        else:
            self.told.others[action] += 1

    def _choice(
        self, key: str, forms: Mapping[str, Mapping[str, str]]
    ) -> tuple[str, dict[str, str]]:
        draft = forms.get(f"/items/{key}/approve", {}).get("text", "").strip()
        lot = self._random.random()
        if lot < 0.03:
            return "mute", {"reason": "Der Ton entgleist.", "part": "account", "days": "3"}
        if lot < 0.12:
            return "reject", {"reason": "Passt nicht zur Frage."}
        if lot < 0.25:
            return "close", {}
        own = f"Danke für Ihre Nachricht, wir melden uns. ({key[:10]})"
        return "approve", {"text": draft if draft and lot < 0.8 else own}
