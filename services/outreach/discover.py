"""Find pages that nobody entered: once a day for each topic and network, resumed after a crash."""

import asyncio
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.kit.db import Pool, transaction
from services.kit.faults import INFRASTRUCTURE, describe, retry_delay
from services.kit.outbox import told_to_end
from services.kit.pseudonym import short_key
from services.kit.settings import Settings
from services.networks.connected import Connected
from services.networks.feeds.scout import FeedScout
from services.networks.network import NetworkError, Refused, Temporary
from services.networks.scout import Scout, Scouting
from services.networks.targets import UnfitTarget, read_target
from services.outreach import rank
from services.outreach.asking import Asking, BudgetSpent, Pace, RoundLost
from services.outreach.figures import Found, from_five
from services.outreach.survey import Result, Survey
from services.store import discovered_channels, discovery, discovery_rounds
from services.store.discovered_channels import ChannelRow
from services.store.discovery import PageRow, Seeds, TopicRow
from services.store.discovery_rounds import Round, RoundKind, Trouble

log = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds between two looks at what is due."""
FIRST = timedelta(minutes=5)
"""Time after which a new topic is searched for."""
DAILY = timedelta(days=1)
JITTER = timedelta(hours=3)
"""The next search is up to so much earlier or later: servers see no fixed hour."""
FRESH = timedelta(days=4)
"""Time for which a page's figures are good enough."""
LEASE = timedelta(minutes=10)
"""Time without a request after which a search counts as lost with its process."""
LONGEST = timedelta(days=3)
"""Longest pause after failures."""
ROUND = 60
"""Requests that a search may need; with fewer left it waits for the next day."""


@dataclass(frozen=True)
class Discovering:
    """What is needed to search; `scouts` are those that need no account."""

    pool: Pool
    connected: Connected
    own_domains: Sequence[str] = ()
    scouts: Mapping[str, Scout] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    holder: str = field(default_factory=lambda: secrets.token_hex(8))


def searching(settings: Settings, pool: Pool, connected: Connected) -> Discovering:
    """Return what is needed to search as it is set; web sites need no account."""
    feeds = FeedScout(
        contact=settings.watch_contact, allow_private=settings.watch_private_addresses
    )
    return Discovering(pool, connected, settings.own_domains, scouts={"feeds": feeds})


async def discover_for_ever(discovering: Discovering) -> None:
    """Search for what is due; a database that does not answer is waited for."""
    failures = 0
    while not told_to_end():
        try:
            await plan(discovering, datetime.now(UTC))
            while not told_to_end() and await search_next(discovering, datetime.now(UTC)):
                continue
            failures = 0
        except INFRASTRUCTURE as error:
            failures += 1
            log.warning("no page is searched for a moment: %s", describe(error))
            await asyncio.sleep(retry_delay(failures))
        await asyncio.sleep(EVERY)


def scouts_of(discovering: Discovering) -> dict[str, Scout]:
    """Return who can be asked on each network: one connection of each, or none needed."""
    connected = {
        one.name: one.scout
        for one in reversed(discovering.connected.networks)
        if isinstance(one, Scouting)
    }
    return {**connected, **discovering.scouts}


async def plan(discovering: Discovering, now: datetime, *, first: timedelta = FIRST) -> None:
    """Want a search for each topic on each network that can be asked, and forget what is old."""
    scouts = scouts_of(discovering)
    async with transaction(discovering.pool) as connection:
        seeds = await discovery.read_seeds(connection)
        wanted = rounds_of(scouts, seeds, discovering.own_domains)
        await discovery_rounds.plan_rounds(connection, wanted, first_at=now + first)
        await discovery.forget_old(connection, seeds.topics, now)


def rounds_of(
    scouts: Mapping[str, Scout], seeds: Seeds, own_domains: Collection[str]
) -> list[Round]:
    """Return every search that makes sense, each with a name of its own. Pure."""
    found: list[Round] = []

    def add(network: str, kind: RoundKind, topic: str = "") -> None:
        found.append(Round(short_key("discovery", network, kind, topic), network, kind, topic))

    for network, scout in scouts.items():
        if scout.offers & {"search", "tag"}:
            for topic in seeds.topics:
                add(network, "topic", topic)
        is_followed = any(one == network for one, _ in seeds.partners)
        if seeds.topics and scout.offers & {"follows", "cites"} and is_followed:
            add(network, "partners")
        if seeds.topics and "links" in scout.offers and own_domains:
            add(network, "links")
    return found


async def search_next(discovering: Discovering, now: datetime) -> bool:
    """Do the search that waits longest; False when none is due or the day's budgets are spent."""
    scouts = scouts_of(discovering)
    async with transaction(discovering.pool) as connection:
        asked = await discovery_rounds.asked_today(connection, now)
        able = [one for one in scouts if asked.get(one, 0) + ROUND <= discovering.pace.budget]
        due = await discovery_rounds.claim_round(
            connection, now, holder=discovering.holder, lease=LEASE, networks=able
        )
    if due is None:
        return False
    try:
        result = await _search(discovering, scouts[due.network], due, now)
        await _keep(discovering, due, result)
    except INFRASTRUCTURE:
        raise
    except RoundLost:
        log.warning("the search %s went on elsewhere", due.round_id)
    except BudgetSpent:
        await _put_off(discovering, due, "budget", pause=DAILY / 8)
    except Refused:
        await _put_off(discovering, due, "refused", pause=_pause(due.failures + 1, None))
    except NetworkError as error:
        wish = error.retry_after if isinstance(error, Temporary) else None
        await _put_off(discovering, due, "unreachable", pause=_pause(due.failures + 1, wish))
    except Exception as error:  # noqa: BLE001 - its message and traceback may name a person
        log.error("the search %s failed: %s", due.round_id, type(error).__name__)  # noqa: TRY400 - see above
        await _put_off(discovering, due, "ours", pause=_pause(due.failures + 1, None))
    return True


async def _search(discovering: Discovering, scout: Scout, due: Round, now: datetime) -> Result:
    async with discovering.pool.connection() as connection:
        seeds = await discovery.read_seeds(connection)
        known = await discovery.known_pages(connection, due.network)
        fresh = await discovery.pages_since(connection, due.network, now - FRESH)
    survey = Survey(
        scout, Asking(discovering.pool, due, discovering.pace), seeds.topics,
        lambda page_id: short_key(due.network, page_id) in known,
        lambda page_id: short_key(due.network, page_id) in fresh, now,
    )  # fmt: skip
    if due.kind == "topic":
        return await survey.topic(due.topic)
    if due.kind == "links":
        return await survey.links(discovering.own_domains)
    return await survey.partners(
        [address for network, address in seeds.partners if network == due.network]
    )


async def _keep(discovering: Discovering, due: Round, result: Result) -> None:
    """Store what was found and weigh the network's pages anew, unless the round was lost."""
    now = datetime.now(UTC)
    next_at = now + DAILY + JITTER * (secrets.randbelow(2001) / 1000 - 1)
    async with transaction(discovering.pool) as connection:
        if not await discovery_rounds.end_round(
            connection, due, due_at=next_at, trouble=None, now=now
        ):
            raise RoundLost(due.round_id)
        gone = [short_key(due.network, one) for one in result.unlisted]
        await discovery.forget_pages(connection, gone)
        for found in result.found:
            row = page_row(due, found)
            if row is not None:
                await discovery.keep_page(connection, row, topic_rows(row.page_key, found), now)
                await discovered_channels.keep_channels(
                    connection, row.page_key, channel_rows(found)
                )
        if due.kind != "topic":
            ties = {short_key(due.network, one): tie.number for one, tie in result.ties.items()}
            await discovery.keep_ties(
                connection, due.network, due.kind, ties, is_complete=result.is_complete
            )
        for one in await discovery.read_figures(connection, due.network):
            values = {**vars(one)}
            page_key, topic = values.pop("page_key"), values.pop("topic")
            parts = rank.parts_of(rank.Figures(**values), now)
            await discovery.keep_score(connection, page_key, topic, rank.score(parts), parts)


def page_row(due: Round, found: Found) -> PageRow | None:
    """Return how a page is stored; None for an address that cannot be watched. Pure."""
    profile = found.profile
    try:
        target = read_target(due.network, profile.address)
    except UnfitTarget:
        return None
    return PageRow(
        page_key=short_key(due.network, profile.page_id),
        network=due.network,
        watch_id=short_key("watch", target.network, target.kind, target.address),
        address=target.address,
        name=" ".join(profile.name.split())[:300],
        about=" ".join(profile.about.split())[:300],
        url=profile.url,
        relation=found.actor.relation,
        proof=found.actor.proof,
        readers=from_five(profile.readers or 0),
    )


def topic_rows(page_key: str, found: Found) -> list[TopicRow]:
    """Return how a page's topics are stored. Pure."""
    return [
        TopicRow(
            page_key, one.topic, one.posts, one.share, one.answers, one.newest,
            [{"url": sample.url, "made_at": sample.made_at.isoformat()} for sample in one.samples],
        )
        for one in found.topics
    ]  # fmt: skip


def channel_rows(found: Found) -> list[ChannelRow]:
    """Return how the channels that a site names as its own are stored. Pure."""
    return [
        ChannelRow(short_key("youtube", one), one, short_key("watch", "youtube", "account", one))
        for one in found.profile.channels
    ]


async def _put_off(
    discovering: Discovering, due: Round, trouble: Trouble, *, pause: timedelta
) -> None:
    """Try again later; what the network said is not kept, for it may name somebody."""
    now = datetime.now(UTC)
    log.warning("the search %s brought nothing: %s", due.round_id, trouble)
    async with transaction(discovering.pool) as connection:
        await discovery_rounds.end_round(
            connection, due, due_at=now + pause, trouble=trouble, now=now
        )


def _pause(failures: int, wish: float | None) -> timedelta:
    pause = min(timedelta(minutes=30) * 2.0 ** min(failures - 1, 10), LONGEST)
    return max(pause, timedelta(seconds=wish or 0))
