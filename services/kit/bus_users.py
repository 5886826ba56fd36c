"""Who may say and hear what on the bus: one user per service, allowed what its code declares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from schemas.message import Message
from schemas.streams import TRIES, Consumer, Stream

OWNER = "dialogwerk"
"""The user who may do everything: for `provision` and the shell."""


@dataclass(frozen=True)
class BusUser:
    """A user and the subjects that the server lets it publish and subscribe to."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox_of(service: str) -> str:
    """Return the prefix of the subjects on which a service gets its answers, and nobody else."""
    return f"_INBOX_{service}"


def bus_user(
    service: str,
    *,
    hears: Iterable[Consumer],
    says: Iterable[type[Message]],
    oversees: Iterable[Stream] = (),
    erases: Iterable[str] = (),
) -> BusUser:
    """Return the user of a service.

    It fetches and acknowledges at its own consumers, publishes its own kinds of messages, keeps
    notes on what came back, and buries what it could not read. `oversees` are streams whose
    figures it reads, in which it makes room, and to which it sends messages again that lay among
    the dead letters; `erases` names streams of which it reads and erases single messages.
    """
    publish: list[str] = []
    for consumer in hears:
        publish += [
            f"$JS.API.CONSUMER.INFO.{consumer.stream}.{consumer.name}",
            f"$JS.API.CONSUMER.MSG.NEXT.{consumer.stream}.{consumer.name}",
            f"$JS.ACK.{consumer.stream}.{consumer.name}.>",
            f"dead.{consumer.subject}",
            f"{TRIES.name}.{consumer.name}.*",
            f"$JS.API.STREAM.MSG.GET.{TRIES.name}",
        ]
    publish += [message.subject_filter() for message in says]
    for stream in oversees:
        publish += [
            f"$JS.API.STREAM.INFO.{stream.name}",
            f"$JS.API.STREAM.PURGE.{stream.name}",
            f"$JS.API.CONSUMER.LIST.{stream.name}",
            f"$JS.API.CONSUMER.INFO.{stream.name}.*",
            f"$JS.API.STREAM.MSG.GET.{stream.name}",
            *(subject for subject in stream.subjects if not subject.startswith("$")),
        ]
    for name in erases:
        publish += [f"$JS.API.STREAM.MSG.GET.{name}", f"$JS.API.STREAM.MSG.DELETE.{name}"]
    return BusUser(service, tuple(sorted(set(publish))), (f"{inbox_of(service)}.>",))


def as_user(url: str, name: str, password: str) -> str:
    """Return the bus's address, or each of a cluster's, with a user in the place of the owner."""
    servers = [urlsplit(one.strip()) for one in url.split(",") if one.strip()]
    user = f"{quote(name, safe='')}:{quote(password, safe='')}"
    return ",".join(
        urlunsplit(one._replace(netloc=f"{user}@{one.netloc.rpartition('@')[2]}"))
        for one in servers
    )


def authorization(users: Sequence[BusUser], passwords: Mapping[str, str]) -> dict[str, Any]:
    """Return the server's `authorization` block; `passwords` has one for OWNER and each user."""
    return {
        "users": [
            {"user": OWNER, "password": passwords[OWNER]},
            *(
                {
                    "user": user.name,
                    "password": passwords[user.name],
                    "permissions": {
                        "publish": list(user.publish),
                        "subscribe": list(user.subscribe),
                    },
                }
                for user in users
            ),
        ]
    }
