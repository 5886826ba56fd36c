"""What every part of the desk's web side needs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi import Request

from services.kit.db import Pool
from services.kit.settings import Settings
from services.kit.vault import Vault
from services.kit.wordings import Wordings
from services.review.breaks import LOOKED_AT, needs_break
from services.review.entrance import Entrance
from services.review.live import Live
from services.review.menu import read_figures
from services.review.passwords import Passwords
from services.review.second_factor import SecondFactors
from services.review.view import View
from services.store.accounts import Language, Person, Role
from services.store.approvals import last_undoable
from services.store.care import read_own_work
from services.store.deadlines import Promised


@dataclass(frozen=True)
class Desk:
    """The desk's parts, made once in `build`."""

    settings: Settings
    pool: Pool
    view: View
    live: Live
    passwords: Passwords
    stances: Mapping[Language, Wordings]
    """Ready texts by language."""
    stopping: asyncio.Event
    entrance: Entrance | None = None
    """The organisation's own sign-in, where there is one."""

    @property
    def secure(self) -> bool:
        """True when browsers reach the desk over https."""
        return self.settings.public_url.startswith("https://")

    @property
    def idle(self) -> timedelta:
        """Time without work after which a session ends."""
        return timedelta(minutes=self.settings.session_idle_minutes)

    @property
    def has_vault(self) -> bool:
        """True when secrets can be sealed, which second factors need."""
        return bool(self.settings.secret_keys)

    @property
    def seconds(self) -> SecondFactors:
        """The second factors; raises CannotStart without SECRET_KEYS."""
        return SecondFactors(Vault(self.settings.secret_keys))

    def requires_second(self, role: Role) -> bool:
        """True when a role has to set up a second factor."""
        return role in self.settings.second_factor_roles

    @property
    def deadlines(self) -> dict[Promised, timedelta]:
        """Time within which comments of a kind should be answered."""
        return {
            "question": timedelta(hours=self.settings.question_hours),
            "criticism": timedelta(hours=self.settings.criticism_hours),
        }

    @property
    def undo(self) -> timedelta:
        """Time after an approval in which nothing is sent."""
        return timedelta(seconds=self.settings.undo_seconds)

    async def count(self, request: Request) -> None:
        """Read the figures that stand in the menu of every page."""
        async with self.pool.connection() as connection:
            person = getattr(request.state, "person", None)
            if isinstance(person, Person):
                request.state.undoable = await last_undoable(
                    connection, person.account_id, self.undo
                )
                worked = await read_own_work(connection, person.account_id, limit=LOOKED_AT)
                request.state.needs_break = needs_break(worked, datetime.now(UTC))
            request.state.badges = await read_figures(connection, datetime.now(UTC))
