"""The networks a process is connected to, kept up to date while it runs."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import SecretStr

from services.kit.faults import INFRASTRUCTURE, TryLater
from services.kit.outbox import told_to_end
from services.networks.account_settings import UnfitSettings, load_settings
from services.networks.connections import KINDS, Kind
from services.networks.keeper import Keeper
from services.networks.network import Diagnosis, Fault, Network

log = logging.getLogger(__name__)

PULSE = 2.0
"""Seconds after which a change is noticed."""
LINGER = 150.0
"""Seconds for which a network that left the set stays open: longer than a post may take."""
HELD = 60.0
"""Seconds after which a reply is tried again whose connection is paused or unusable."""


class Stored(Protocol):
    """A connection as it is stored."""

    @property
    def connection(self) -> str: ...
    @property
    def network(self) -> str: ...
    @property
    def revision(self) -> int: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def secrets(self) -> SecretStr: ...
    @property
    def paused(self) -> bool: ...
    @property
    def trouble(self) -> str | None: ...


class Book(Protocol):
    """Where connections are stored."""

    async def read(self) -> Sequence[Stored]: ...

    def keeper(self, connection: str, revision: int) -> Keeper: ...


class Connected:
    """A connector for each stored connection that is neither paused nor unusable.

    Without a book it holds the networks it was given. One that leaves the set is closed `linger`
    seconds later: a reply that is on its way arrives.
    """

    def __init__(
        self,
        book: Book | None,
        networks: Sequence[Network] = (),
        *,
        kinds: Mapping[str, Kind] = KINDS,
        linger: float = LINGER,
    ) -> None:
        self._book = book
        self._kinds = kinds
        self._linger = linger
        self._made: dict[str, tuple[int, Network]] = {
            network.connection: (0, network) for network in networks
        }
        self._waiting: dict[str, tuple[str, str]] = {}
        self._unusable: dict[str, Diagnosis] = {}
        self._leaving: dict[asyncio.Task[None], Network] = {}

    @property
    def networks(self) -> Sequence[Network]:
        """The connections that can be used now."""
        return [network for _, network in self._made.values()]

    @property
    def unusable(self) -> Mapping[str, Diagnosis]:
        """The connections that are neither paused nor usable, and why, as a check would say it."""
        return self._unusable

    def find(self, network: str, connection: str) -> Network | None:
        """Return a connection by its name, else None.

        What came from a file or the webhook belongs to the only connection to its network. Raises
        TryLater when the connection is paused or unusable: no other account speaks in its place.
        """
        known = {one.connection: one.name for one in self.networks} | {
            name: network for name, (network, _) in self._waiting.items()
        }
        if known.get(connection) != network:
            same = [name for name, of in known.items() if of == network]
            if connection.startswith(f"{network}:") or len(same) != 1:
                return None
            connection = same[0]
        if connection in self._waiting:
            raise TryLater(f"{connection} {self._waiting[connection][1]}", delay=HELD)
        return self._made[connection][1]

    async def follow(self, *, every: float = PULSE) -> None:
        """Reload for ever; a database that does not answer leaves everything as it is."""
        while not told_to_end():
            try:
                await self.reload()
            except INFRASTRUCTURE as error:
                log.warning("the connections cannot be read: %r", error)
            await asyncio.sleep(every)

    async def reload(self) -> None:
        """Connect what is new, leave what is gone, connect anew what has changed."""
        if self._book is None:
            return
        stored = {one.connection: one for one in await self._book.read()}
        before, self._waiting, self._unusable = self._waiting, {}, {}
        for name, one in stored.items():
            try:
                self._refresh(self._book, one)
            except UnfitSettings as error:
                self._waiting[name] = (one.network, str(error))
                if not one.paused and one.network in self._kinds:
                    can = self._kinds[one.network].capabilities
                    self._unusable[name] = Diagnosis(None, can, faults=[Fault("token", str(error))])
        for name in set(self._made) - (set(stored) - set(self._waiting)):
            self._leave(name)
        for name in set(self._waiting) - set(before):
            log.warning("%s %s", name, self._waiting[name][1])

    def _refresh(self, book: Book, one: Stored) -> None:
        if one.paused:
            raise UnfitSettings("is paused")
        if one.trouble is not None:
            raise UnfitSettings(f"cannot be used: {one.trouble}")
        made = self._made.get(one.connection)
        if made is not None and made[0] == one.revision:
            return
        network = connect(one, book.keeper(one.connection, one.revision), self._kinds)
        if made is not None:
            self._leave(one.connection)
        self._made[one.connection] = (one.revision, network)
        log.info("connected to %s", one.connection)

    def _leave(self, name: str) -> None:
        _, network = self._made.pop(name)
        task = asyncio.create_task(self._close_later(network))
        self._leaving[task] = network
        task.add_done_callback(lambda done: self._leaving.pop(done, None))
        log.info("left %s", name)

    async def _close_later(self, network: Network) -> None:
        await asyncio.sleep(self._linger)
        await network.close()

    async def close(self) -> None:
        """Close every network, also those that have left."""
        leaving = dict(self._leaving)
        for task in leaving:
            task.cancel()
        await asyncio.gather(*leaving, return_exceptions=True)
        for network in [*leaving.values(), *self.networks]:
            await network.close()
        self._made.clear()


def connect(stored: Stored, keeper: Keeper, kinds: Mapping[str, Kind] = KINDS) -> Network:
    """Return a connector; nothing is sent before it is used. Raises UnfitSettings."""
    kind = kinds.get(stored.network)
    if kind is None:
        raise UnfitSettings(f"is of a kind that this release does not know: {stored.network}")
    try:
        settings = load_settings(kind.settings, stored.settings, stored.secrets)
    except UnfitSettings as error:
        raise UnfitSettings(f"has settings that do not fit: {error}") from None
    try:
        return kind.connect(settings, keeper, stored.connection)
    except Exception as error:
        raise UnfitSettings(f"cannot be connected: {type(error).__name__}") from error
