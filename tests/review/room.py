"""The desk without its bus: real database, real pages, a browser's manners."""

import asyncio
import re
from dataclasses import dataclass, field
from functools import cache
from uuid import uuid4

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from services.kit.db import Pool, transaction
from services.kit.oidc.web import Ask
from services.kit.settings import Settings
from services.review.context import Desk
from services.review.entrance import open_entrance
from services.review.live import Live
from services.review.passwords import Passwords
from services.review.security import Cookies
from services.review.stances import load_stances
from services.review.view import View, open_view
from services.store.accounts import Language, Role, add_account
from tests.world import World

ORIGIN = "http://desk.test"
PASSWORD = "a quiet tree in spring"


def quick_passwords() -> Passwords:
    """Real hashing with small parameters, so that tests do not wait for it."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass
class Visitor:
    """A browser at the desk: keeps cookies, names its origin, carries the session's token."""

    http: httpx.AsyncClient
    origin: str = ORIGIN
    csrf: str = field(default="", init=False)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, **fields: object) -> httpx.Response:
        data = {"csrf": self.csrf} | {name: str(value) for name, value in fields.items()}
        return await self.http.post(path, data=data, headers={"origin": self.origin})

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        answer = await self.post("/sign-in", name=name, password=password)
        if answer.status_code == 303:
            await self.take_token()
        return answer

    async def take_token(self) -> None:
        """Read the token that every form of the session carries."""
        found = re.search('name="csrf" value="([^"]+)"', (await self.get("/account")).text)
        assert found is not None
        self.csrf = found[1]


@dataclass
class Room:
    """A desk in a database of its own, with people who may sign in."""

    desk: Desk
    pool: Pool
    app: FastAPI
    world: World
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def account(
        self, name: str = "Jule", language: Language = "de", role: Role = "admin"
    ) -> str:
        account_id = uuid4().hex
        password_hash = await self.desk.passwords.hash(PASSWORD)
        async with transaction(self.pool) as connection:
            await add_account(
                connection, account_id=account_id, name=name, password_hash=password_hash,
                language=language, role=role,
            )  # fmt: skip
        return account_id

    def visitor(self) -> Visitor:
        transport = httpx.ASGITransport(self.app)
        origin = self.desk.settings.public_url or ORIGIN
        client = httpx.AsyncClient(transport=transport, base_url=origin)
        self.clients.append(client)
        return Visitor(client, origin)

    async def colleague(
        self, name: str = "Jule", language: Language = "de", role: Role = "admin"
    ) -> Visitor:
        """Return the browser of somebody new who has signed in."""
        await self.account(name, language, role)
        visitor = self.visitor()
        assert (await visitor.sign_in(name)).status_code == 303
        return visitor


@cache
def _view(language_cookie: str) -> View:
    """Read templates and catalogues once: they are the same for every desk, and dear to read."""
    return open_view(organisation="Stiftung Regenlinde", language_cookie=language_cookie)


def make_desk(pool: Pool, database_url: str, *, ask: Ask | None = None, **settings: object) -> Desk:
    """Return a desk; `ask` speaks with its OpenID provider, where the settings name one."""
    given = {"database_url": database_url, "pseudonym_key": "for tests only key", **settings}
    chosen = Settings.model_validate(given)
    view = _view(Cookies(chosen.public_url.startswith("https://")).language)
    return Desk(
        chosen, pool, view, Live(database_url), quick_passwords(), load_stances(), asyncio.Event(),
        open_entrance(chosen, ask or Ask()),
    )  # fmt: skip
