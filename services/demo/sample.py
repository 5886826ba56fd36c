"""The sample world as it ships: pages, posts, comments and publications of a made-up foundation."""

import json
from collections import defaultdict
from datetime import datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from services.networks.sandbox.seeding import Seed

OWNER = "regenlinde"
"""The page the demo answers as."""
ORGANISATION = "Stiftung Regenlinde"
REPLY_AFTER = 20
"""Minutes between two replies below a post of a page that nobody watches."""


def _folder() -> Traversable:
    return files(__package__).joinpath("world")


def publications() -> list[tuple[str, bytes]]:
    """Return the sample publications as files: name and content, by name."""
    folder = _folder().joinpath("publications")
    found = [entry for entry in folder.iterdir() if entry.is_file()]
    return sorted((entry.name, entry.read_bytes()) for entry in found)


TOPICS = ("Hitze", "Bäume", "Höfe", "Schulhof", "Schatten")
"""What the demo watches other pages for."""


def watched() -> list[tuple[str, str, str]]:
    """Return the pages that the demo watches: name, address and relation."""
    pages = _read("pages.json")["pages"]
    return [
        (page["name"], page["id"], page["relation"]) for page in pages if page["relation"] != "own"
    ]


def comments() -> list[dict[str, Any]]:
    """Return the sample comments with what is expected of them."""
    return _lines("comments.jsonl")


def unwatched() -> list[dict[str, Any]]:
    """Return the pages that nobody watches yet, with what they are to us: None, not for us."""
    return list(_unwatched()["pages"])


def seed(now: datetime) -> Seed:
    """Return the world for the sandbox network, its past counted back from `now`."""
    world, others = _read("pages.json"), _unwatched()
    pages = [*world["pages"], *others["pages"]]
    own = [page["id"] for page in world["pages"]]
    follows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for page in world["pages"]:
        if page["relation"] != "own":
            follows[OWNER].append({"page": page["id"], "relation": page["relation"]})
    for page in others["pages"]:
        for follower in page["followed_by"]:
            follows[follower].append({"page": page["id"], "relation": "partner"})

    def at(entry: dict[str, Any]) -> str:
        return (now - timedelta(minutes=entry["minutes_ago"])).isoformat()

    return Seed.model_validate(
        {
            "pages": [
                {
                    "id": page["id"], "name": page["name"], "handle": page["handle"],
                    "about": page["about"], "watches": follows[page["id"]],
                    "readers": page.get("readers"),
                }
                for page in pages
            ],
            "accounts": [
                {"id": one["id"], "display_name": one["name"], "handle": one["handle"]}
                for one in [*world["accounts"], *others["accounts"]]
                if one["id"] not in own
            ],
            "posts": [
                {
                    "id": post["id"], "page": post["page"], "text": post["text"],
                    "created_at": at(post),
                }
                for post in [*_lines("posts.jsonl"), *others["posts"]]
            ],
            "comments": [
                {
                    "id": one["id"], "author": one["account"], "text": one["text"],
                    "visibility": one["visibility"], "created_at": at(one),
                    **(
                        {"to": _page_of(one["post"])}
                        if one["visibility"] == "direct"
                        else {"under": one["parent"] or one["post"]}
                    ),
                }
                for one in [*comments(), *others["comments"]]
            ],
        }
    )  # fmt: skip


def _unwatched() -> dict[str, list[dict[str, Any]]]:
    """Return the world that nobody watches as the lists that the watched one is made of."""
    told = _read("unwatched.json")
    posts = [post | {"page": page["id"]} for page in told["pages"] for post in page["posts"]]
    replies = [
        {
            "id": f"{post['id']}-{number}", "post": post["id"], "parent": None, "account": account,
            "text": text, "visibility": "public",
            "minutes_ago": post["minutes_ago"] - REPLY_AFTER * number,
        }
        for post in posts
        for number, (account, text) in enumerate(post["replies"], 1)
    ]  # fmt: skip
    return {**told, "posts": posts, "comments": replies}


def _page_of(post_id: str) -> str:
    return str(next(post["page"] for post in _lines("posts.jsonl") if post["id"] == post_id))


def _read(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(_folder().joinpath(name).read_text(encoding="utf-8"))
    return told


def _lines(name: str) -> list[dict[str, Any]]:
    text = _folder().joinpath(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
