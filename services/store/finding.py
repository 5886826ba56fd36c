"""Find comments of any state by what they say, who wrote them, and what became of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from schemas.comments import Kind, Lane, Reason
from services.kit.db import Connection
from services.store.items import DraftState, Status

State = Literal[Status, "own"]
"""Of an item; `own` are replies of ours, which never become one."""
STATES: tuple[State, ...] = (*get_args(Status), "own")
Plan = Literal["aside", "given"]
"""Put aside until later; given to somebody."""
NOBODY = "nobody"
START, END = "\x02", "\x03"
"""Around the words in an excerpt that were looked for."""
SHORTEST = 3
"""Letters that a part of a word needs: the index knows three at a time."""
RARE = 2000
"""Texts up to which words count as rare: all of them are looked at, however old they are."""
LOOKED_THROUGH = 5000
"""Items that one page looks through for words that many texts hold; the next page goes on."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for; what is None does not restrict."""

    words: str | None = None
    state: State | None = None
    lane: Lane | None = None
    kind: Kind | None = None
    network: str | None = None
    page: str | None = None
    language: str | None = None
    author: str | None = None
    """Part of a name or handle."""
    thread: str | None = None
    publication: str | None = None
    """Cited by a draft for the comment."""
    holder: str | None = None
    """The account that works on it now or was given it; NOBODY when it is with no one."""
    plan: Plan | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""


@dataclass(frozen=True)
class Place:
    """A place in the order of what is found: the newest first."""

    at: datetime
    comment_key: str


class Found(BaseModel):
    """A comment as the list of what was found shows it."""

    model_config = ConfigDict(frozen=True)

    comment_key: str
    thread_key: str
    seen_at: datetime
    network: str
    page_name: str
    author_name: str
    url: str | None
    excerpt: str | None
    """With START and END around what was looked for; None when the text was erased."""
    status: Status | None
    """None for a reply of ours."""
    revision: int
    lane: Lane | None
    kind: Kind | None
    language: str | None
    note: str | None
    reasons: list[Reason] | None
    draft_state: DraftState | None
    draft_kind: str | None
    draft_outcome: str | None
    last_action: str | None
    delivery: str | None
    on_it: str | None
    """Name of who works on it now."""
    given_to: str | None
    aside_until: datetime | None

    @property
    def place(self) -> Place:
        return Place(self.seen_at, self.comment_key)


@dataclass(frozen=True)
class FoundPage:
    """One page of what was found."""

    rows: list[Found]
    next: Place | None
    """Where to go on, None at the end; there may be more although a page holds few."""


_ROWS = """
select c.comment_key, c.thread_key, c.first_seen as seen_at, c.network, p.name as page_name, c.url,
    coalesce(nullif(a.display_name, ''), a.handle, '') as author_name,
    case when %(query)s::text is null then left(r.text, 400)
        else ts_headline('german', left(r.text, 4000), websearch_to_tsquery('german', %(query)s),
            %(marks)s) end as excerpt,
    i.status, c.revision, i.lane, i.kind, i.language, i.note, i.reasons, i.draft_state,
    d.kind as draft_kind, d.outcome as draft_outcome, x.action as last_action, v.state as delivery,
    (select h.name from item_claims k join accounts h using (account_id) where
        k.comment_key = i.comment_key and k.expires_at > clock_timestamp()) as on_it,
    (select g.name from accounts g where g.account_id = l.for_account) as given_to,
    case when l.until > clock_timestamp() then l.until end as aside_until
from unnest(%(keys)s::text[]) with ordinality as f (comment_key, place)
join comments c using (comment_key)
join threads t on t.thread_key = c.thread_key
join pages p using (page_key)
left join items i on i.comment_key = c.comment_key
left join authors a on a.author_key = c.author_key
left join comment_revisions r on r.comment_key = c.comment_key and r.revision = c.revision
left join drafts d using (draft_id)
left join lateral (select decision_id, action from decisions where comment_key = c.comment_key
    and action not in ('relane', 'take_over', 'put_aside', 'hand_over')
    order by number desc limit 1) x on true
left join deliveries v on v.decision_id = x.decision_id
left join item_plans l on l.comment_key = i.comment_key and i.status = 'open'
order by f.place
"""
_MARKS = f"StartSel={START}, StopSel={END}, MaxFragments=2, MaxWords=30, MinWords=12"
_HELD = """select comment_key from item_claims
    where expires_at > clock_timestamp() and account_id = coalesce(%(held_by)s, account_id)
    union all select comment_key from item_plans
    where for_account = coalesce(%(held_by)s, for_account)"""
_CONDITIONS = {
    "state": "b.status = %(state)s",
    "lane": "b.lane = %(lane)s",
    "kind": "b.kind = %(kind)s",
    "language": "b.language = %(language)s",
    "thread": "b.thread_key = %(thread)s",
    "since": "b.at >= %(since)s",
    "until": "b.at < %(until)s",
    "network": "b.thread_key in (select thread_key from threads where network = %(network)s)",
    "page": "b.thread_key in (select thread_key from threads where page_key = %(page)s)",
    "author": "b.comment_key in (select comment_key from comments join authors using (author_key)"
    " where display_name || ' ' || handle ilike %(author)s)",
    "publication": "b.comment_key in (select e.comment_key from draft_citations"
    " join drafts e using (draft_id) where publication_id = %(publication)s)",
    "holder": "b.status = 'open' and"
    f" (b.comment_key in ({_HELD})) = (%(held_by)s::text is not null)",
    "plan": "b.status = 'open' and b.comment_key in (select comment_key from item_plans where"
    " case %(plan)s when 'aside' then until > clock_timestamp() else for_account is not null end)",
    "after": "(b.at, b.comment_key) < (%(at)s, %(key)s)",
}
_ITEMS = "(select *, opened_at as at from items) b"
_OURS = """(select comment_key, thread_key, first_seen as at, null as lane, null as kind,
    null as language, null as status,
    revision from comments where is_self) b"""
_PLAIN = """
select b.comment_key, b.at from {base} where {where}
order by b.at desc, b.comment_key desc limit %(limit)s
"""
_RARE_WORDS = """
select b.comment_key, b.at
from unnest(%(texts)s::text[], %(revisions)s::integer[]) as said (comment_key, revision)
join {base} using (comment_key, revision) where {where}
order by b.at desc, b.comment_key desc limit %(limit)s
"""
_LOOKED_THROUGH = """
select b.comment_key, b.at, b.revision from {base} where {where}
order by b.at desc, b.comment_key desc limit %(look)s
"""
_COMMON_WORDS = f"""
select b.comment_key, b.at from ({_LOOKED_THROUGH}) b
join comment_revisions r using (comment_key, revision) where {{says}}
order by b.at desc, b.comment_key desc limit %(limit)s
"""  # noqa: S608 - put together from constants
_HORIZON = f"""
select comment_key, at from ({_LOOKED_THROUGH}) b order by at, comment_key limit 1
"""  # noqa: S608 - put together from constants
_SAYING = """
select r.comment_key, r.revision from comment_revisions r where {says} limit %(limit)s
"""


async def find_comments(
    connection: Connection, wanted: Wanted, *, after: Place | None, limit: int
) -> FoundPage:
    """Return one page of comments behind a place, the newest first.

    Words are found in any of their forms, parts of words from three letters on; quotation marks
    hold a phrase together and a minus sign leaves out. It takes bounded time whatever is asked:
    words that many texts hold are looked for in `LOOKED_THROUGH` items a page.
    """
    asked, template, common = _Asked(wanted, after), _PLAIN, False
    if wanted.words is not None:
        asked = await asked.with_texts(connection)
        common = len(asked.texts) > RARE
        template = _COMMON_WORDS if common else _RARE_WORDS
    found = await asked.ask(connection, template, limit=limit + 1)
    keys, following = found[:limit], None
    if len(found) > limit:
        following = keys[-1]
    elif common and await asked.ask(connection, _HORIZON + " offset %(look)s - 1"):
        following = next(iter(await asked.ask(connection, _HORIZON)), None)
    values = {"keys": [one.comment_key for one in keys], "query": wanted.words, "marks": _MARKS}
    async with connection.cursor(row_factory=class_row(Found)) as cursor:
        await cursor.execute(_ROWS, values)
        return FoundPage(await cursor.fetchall(), following)


@dataclass(frozen=True)
class _Asked:
    wanted: Wanted
    after: Place | None
    texts: Sequence[tuple[str, int]] = ()
    """Comments and revisions that hold the words, up to one more than `RARE`."""

    async def with_texts(self, connection: Connection) -> "_Asked":
        rows = await self.rows(connection, _SAYING, limit=RARE + 1)
        return replace(self, texts=rows)

    async def ask(self, connection: Connection, template: str, *, limit: int = 1) -> list[Place]:
        """Return the places that a query finds."""
        rows = await self.rows(connection, template, limit=limit)
        return [Place(at, comment_key) for comment_key, at in rows]

    async def rows(
        self, connection: Connection, template: str, *, limit: int
    ) -> list[tuple[Any, ...]]:
        query = template.format(base=self._base, where=self._where, says=self._says)
        rows = await connection.execute(query.encode(), self._values | {"limit": limit})
        return await rows.fetchall()

    @property
    def _base(self) -> str:
        return _OURS if self.wanted.state == "own" else _ITEMS

    @property
    def _where(self) -> str:
        given = {name for name, value in vars(self.wanted).items() if value is not None}
        if self.wanted.state == "own":
            given -= {"state"}
        if self.after is not None:
            given |= {"after"}
        return " and ".join(text for name, text in _CONDITIONS.items() if name in given) or "true"

    @property
    def _says(self) -> str:
        says = "r.words @@ websearch_to_tsquery('german', %(words)s)"
        parts = " and ".join(f"r.text ilike %({name})s" for name in self._parts)
        return f"({says} or {parts})" if parts else says

    @property
    def _parts(self) -> dict[str, str]:
        parts = parts_of(self.wanted.words or "")
        return {f"part{place}": f"%{_literal(part)}%" for place, part in enumerate(parts)}

    @property
    def _values(self) -> dict[str, object]:
        after = self.after
        return {
            **vars(self.wanted),
            **self._parts,
            "held_by": None if self.wanted.holder == NOBODY else self.wanted.holder,
            "author": f"%{_literal(self.wanted.author or '')}%",
            "at": after.at if after else None,
            "key": after.comment_key if after else None,
            "look": LOOKED_THROUGH,
            "texts": [comment_key for comment_key, _ in self.texts],
            "revisions": [revision for _, revision in self.texts],
        }


def parts_of(words: str) -> list[str]:
    """Return what may be part of a longer word; nothing where signs say how to read the words."""
    if '"' in words or re.search(r"(^|\s)-", words):
        return []
    parts = words.split()
    return parts if all(len(part) >= SHORTEST for part in parts) else []


def _literal(part: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", part)
