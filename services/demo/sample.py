"""The sample world as it ships: pages, posts, comments and publications of a made-up foundation."""

import json
from datetime import datetime, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from services.networks.sandbox.seeding import Seed

OWNER = "regenlinde"
"""The page the demo answers as."""
ORGANISATION = "Stiftung Regenlinde"


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
    pages = json.loads(_folder().joinpath("pages.json").read_text(encoding="utf-8"))["pages"]
    return [
        (page["name"], page["id"], page["relation"]) for page in pages if page["relation"] != "own"
    ]


def comments() -> list[dict[str, Any]]:
    """Return the sample comments with what is expected of them."""
    return _lines("comments.jsonl")


def seed(now: datetime) -> Seed:
    """Return the world for the sandbox network, its past counted back from `now`."""
    pages = json.loads(_folder().joinpath("pages.json").read_text(encoding="utf-8"))
    own = [page["id"] for page in pages["pages"]]
    watched = [
        {"page": page["id"], "relation": page["relation"]}
        for page in pages["pages"]
        if page["relation"] != "own"
    ]

    def at(entry: dict[str, Any]) -> str:
        return (now - timedelta(minutes=entry["minutes_ago"])).isoformat()

    return Seed.model_validate(
        {
            "pages": [
                {
                    "id": page["id"], "name": page["name"], "handle": page["handle"],
                    "about": page["about"], "watches": watched if page["id"] == OWNER else [],
                    "readers": page.get("readers"),
                }
                for page in sorted(pages["pages"], key=lambda page: page["id"] == OWNER)
            ],
            "accounts": [
                {"id": one["id"], "display_name": one["name"], "handle": one["handle"]}
                for one in pages["accounts"]
                if one["id"] not in own
            ],
            "posts": [
                {
                    "id": post["id"], "page": post["page"], "text": post["text"],
                    "created_at": at(post),
                }
                for post in _lines("posts.jsonl")
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
                for one in comments()
            ],
        }
    )  # fmt: skip


def _page_of(post_id: str) -> str:
    return str(next(post["page"] for post in _lines("posts.jsonl") if post["id"] == post_id))


def _lines(name: str) -> list[dict[str, Any]]:
    text = _folder().joinpath(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
