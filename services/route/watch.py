"""Look at the thread a comment stands in: what of it surfaces, what of it should be muted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from schemas.comments import OfComment, Reason
from schemas.threads import MuteSuggested
from services.kit.db import Connection
from services.kit.pseudonym import long_key
from services.route.behaviour import BEHAVIOUR, judge
from services.route.head import Floats
from services.route.reading import Knowledge
from services.route.surface import surfaces
from services.route.turns import Conversation, Turn, our_turn, read_turn
from services.store import conversations
from services.store.conversations import Said, Suggestion
from services.store.routings import CommentToSort


@dataclass(frozen=True)
class Look:
    """At which comment somebody looks, and with what knowledge."""

    knowledge: Knowledge
    event: OfComment
    space: str
    vector: Floats
    until: datetime | None = None
    """So much of the thread is looked at; None: all of it."""


def listen_in(said_before: Sequence[Said], look: Look) -> Conversation | None:
    """Return the thread up to the comment, its last turn; None when it lies too far back. Pure.

    What was said later is left out, so that a backlog is judged as if it came in its order. An
    edited comment is said anew.
    """
    turns: list[Turn] = []
    latest: Turn | None = None
    for said in said_before:
        if said.author is None:
            turns.append(our_turn(said.key, said.to, said.at))
            continue
        known = replace(said, vector=look.vector) if said.key == look.event.comment_key else said
        reading = look.knowledge.read(said.text, known.vector, look.space, is_reply=True)
        turn = read_turn(known, reading)
        if said.key == look.event.comment_key:
            latest = turn
        else:
            turns.append(turn)
    if latest is None:
        return None
    if look.event.revision == 1:
        return Conversation([*(one for one in turns if one.at <= latest.at), latest], look.space)
    said_anew = replace(latest, at=max([latest.at, *(turn.at for turn in turns)]))
    return Conversation([*turns, said_anew], look.space)


async def _read(connection: Connection, look: Look) -> list[Said]:
    return await conversations.read_conversation(
        connection, look.event.thread_key, look.space, look.until
    )


async def what_surfaces(
    connection: Connection, look: Look, comment: CommentToSort
) -> Reason | None:
    """Return why a muted comment is shown all the same, None when it is not.

    Only its own author's comments matter for that, so only these are weighed.
    """
    said = await _read(connection, look)
    author = next((one.author for one in said if one.key == look.event.comment_key), None)
    conversation = listen_in([one for one in said if one.author == author], look)
    if conversation is None:
        return None
    return surfaces(
        conversation, personally=comment.muted_personally, decided_at=comment.decided_at
    )


async def weigh_mute(connection: Connection, look: Look, now: datetime) -> Suggestion | None:
    """Judge the comment's account in its thread; return what speaks for a mute, if anything."""
    event, limits = look.event, look.knowledge.limits
    share = await conversations.read_share(connection, event.comment_key)
    if share.comments < limits.fewest_comments or not share.answers:
        return None
    conversation = listen_in(await _read(connection, look), look)
    found = judge(conversation, limits) if conversation else None
    if found is None or found.verdict == "none":
        return None
    return Suggestion(
        suggestion_id=long_key(
            "suggestion", event.comment_key, str(event.revision), found.scope or ""
        ),
        thread_key=event.thread_key,
        author_key=found.scope,
        comment_key=event.comment_key,
        revision=event.revision,
        strict=found.verdict == "mute",
        score=found.score,
        evidence=list(found.evidence),
        idle=list(found.idle),
        suggested_at=now,
    )


async def suggest(connection: Connection, look: Look, now: datetime) -> MuteSuggested | None:
    """Store a suggestion to mute, if there is one, and return the message that says so."""
    made = await weigh_mute(connection, look, now)
    if made is None:
        return None
    await conversations.save_suggestion(connection, made, BEHAVIOUR)
    return MuteSuggested(
        happened_at=now,
        network=look.event.network,
        thread_key=look.event.thread_key,
        suggestion_id=made.suggestion_id,
        strict=made.strict,
    )
