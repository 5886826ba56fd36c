"""A desk with a real OpenID provider beside it, and browsers that go there and back."""

import re
from dataclasses import dataclass

import httpx

from services.kit.db import Pool, transaction
from services.review.entrance import BEGIN
from services.store.accounts import Role
from tests.review.openid import OpenId, Walker, Wire
from tests.review.reading import rows
from tests.review.room import Room, Visitor

ADDRESS = "ada@regenlinde.example"
ADA = {"email": ADDRESS, "email_verified": True, "name": "Ada Berg"}
ENGLISH = {"accept-language": "en"}


@dataclass
class Arrival:
    """A browser that came back from the provider, and what the desk said."""

    visitor: Visitor
    back: str
    answer: httpx.Response

    @property
    def goes_to(self) -> str:
        assert self.answer.status_code == 303, told(self.answer)
        return self.answer.headers["location"]


@dataclass
class House:
    """A desk with a provider beside it, and the wire between them."""

    room: Room
    openid: OpenId
    wire: Wire

    def walker(self) -> Walker:
        client = httpx.AsyncClient(trust_env=False, verify=False, timeout=30)  # plain http
        self.room.clients.append(client)
        return Walker(self.openid, client)

    async def account(self, email: str | None = ADDRESS, role: Role = "moderator") -> str:
        """Make Ada's account, with a password."""
        account_id = await self.room.account("Ada", "en", role)
        async with transaction(self.room.pool) as connection:
            await connection.execute("update accounts set email = %s", [email])
        return account_id

    async def begin(self, visitor: Visitor, next_path: str = "/books") -> str:
        """Press the button; return the address at the provider."""
        answer = await visitor.get(f"{BEGIN}?next={next_path}")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def arrive(self, login: str = "ada", next_path: str = "/books") -> Arrival:
        """Go through the provider and come back."""
        visitor = self.room.visitor()
        back = await self.walker().sign_in(await self.begin(visitor, next_path), login)
        return Arrival(visitor, back, await visitor.get(back, **ENGLISH))


def told(answer: httpx.Response) -> str:
    """Return what the page says is wrong, or the whole page, after its status."""
    found = re.search(r'role="alert">([^<]+)<', answer.text)
    said = found[1].replace("&#39;", "'") if found else answer.text
    return f"{answer.status_code} {said}"


async def deeds(pool: Pool) -> list[tuple[str, str]]:
    return await rows(pool, "select deed, detail from account_events order by event_id")
