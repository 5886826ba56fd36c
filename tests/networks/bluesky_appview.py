"""Answers a PDS's questions to its AppView from that PDS's own records.

It is no AppView: it reads repositories anew when they changed, knows one PDS only, and shows the
few fields that the connector reads, in the shapes the real one was seen to use. With it
notifications and threads go over real HTTP, through the real PDS's proxy.
"""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.kit.web import listening_socket, serving
from tests.networks.bluesky_index import Index, Json, Lacking, did_of, parent_of, root_of
from tests.networks.bluesky_pds import Pds

_DEFS = "app.bsky.unspecced.defs#"


class AppView:
    """What is indexed, seen by one account after the other."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._index = Index(url, client)
        self.asked: list[str] = []
        """Methods, in the order they were asked."""

    async def answer(self, request: Request) -> JSONResponse:
        """Answer one question of the PDS, signed for the account that asks."""
        method = str(request.path_params["method"])
        self.asked.append(method)
        await self._index.refresh()
        viewer = issuer(request.headers.get("Authorization", ""))
        answers = {
            "app.bsky.notification.listNotifications": self._notifications,
            "app.bsky.unspecced.getPostThreadV2": self._thread,
            "app.bsky.unspecced.getPostThreadOtherV2": self._other,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.getAuthorFeed": self._feed,
            "app.bsky.feed.searchPosts": self._found,
            "app.bsky.actor.getProfile": self._profile,
        }
        if method not in answers:
            return JSONResponse({"error": "MethodNotImplemented", "message": method}, 501)
        try:
            return JSONResponse(answers[method](request, viewer))
        except Lacking as error:
            return JSONResponse({"error": "NotFound", "message": f"Not found: {error}"}, 400)

    def _notifications(self, request: Request, viewer: str) -> Json:
        reasons = request.query_params.getlist("reasons")
        limit = int(request.query_params.get("limit", "50"))
        before = request.query_params.get("cursor")
        found = []
        for post in self._index.all_posts():
            author = did_of(post["uri"])
            reason, subject = self._reason(post, viewer)
            if author == viewer or reason is None or self._index.parted(author, viewer):
                continue
            if reasons and reason not in reasons:
                continue
            found.append({
                **self._post_view(post, viewer), "reason": reason, "reasonSubject": subject,
                "isRead": False, "labels": [],
            })  # fmt: skip
        found.sort(key=lambda one: str(one["indexedAt"]), reverse=True)
        page = [one for one in found if before is None or one["indexedAt"] < before][:limit]
        cursor = {"cursor": page[-1]["indexedAt"]} if len(page) == limit else {}
        return {"notifications": page, "priority": False, **cursor}

    def _thread(self, request: Request, viewer: str) -> Json:
        post = self._index.post(request.query_params["anchor"])
        author = did_of(post["uri"])
        if self._index.parted(author, viewer):
            blocked = {
                "$type": f"{_DEFS}threadItemBlocked",
                "author": {"did": author, "viewer": self._between(author, viewer)},
            }
            return {"thread": [_item(post["uri"], 0, blocked)], "hasOtherReplies": False}
        items = [_item(post["uri"], 0, self._value(post, viewer))]
        if request.query_params.get("above") != "false":
            items = [*self._above(post, viewer), *items]
        visible, hidden = self._below(post, viewer, int(request.query_params.get("below", "6")))
        gate = self._index.gate(root_of(post))
        view = {"threadgate": {"record": gate["value"], "cid": gate["cid"]}} if gate else {}
        return {"thread": [*items, *visible], "hasOtherReplies": bool(hidden), **view}

    def _other(self, request: Request, viewer: str) -> Json:
        post = self._index.post(request.query_params["anchor"])
        return {"thread": self._below(post, viewer, 20)[1]}

    def _posts(self, request: Request, viewer: str) -> Json:
        wanted = request.query_params.getlist("uris")
        found = [
            self._post_view(post, viewer)
            for post in self._index.all_posts()
            if post["uri"] in wanted and not self._index.parted(did_of(post["uri"]), viewer)
        ]
        return {"posts": found}

    def _feed(self, request: Request, viewer: str) -> Json:
        did = request.query_params["actor"]
        own = [post for post in self._index.posts_of(did) if "reply" not in post["value"]]
        limit = int(request.query_params.get("limit", "50"))
        return {"feed": [{"post": self._post_view(post, viewer)} for post in own[:limit]]}

    def _found(self, request: Request, viewer: str) -> Json:
        words = request.query_params["q"].lower()
        found = [one for one in self._index.all_posts() if words in one["value"]["text"].lower()]
        return {"posts": [self._post_view(one, viewer) for one in found]}

    def _profile(self, request: Request, viewer: str) -> Json:
        return self._author(request.query_params["actor"], viewer)

    def _above(self, post: Json, viewer: str) -> list[Json]:
        items: list[Json] = []
        depth = -1
        while (above := post["value"].get("reply")) is not None:
            uri = above["parent"]["uri"]
            try:
                post = self._index.post(uri)
            except Lacking:
                gone = {"$type": f"{_DEFS}threadItemNotFound"}
                return [_item(uri, depth, gone), *items]
            author = did_of(uri)
            if self._index.parted(author, viewer):
                blocked = {"$type": f"{_DEFS}threadItemBlocked", "author": {"did": author}}
                return [_item(uri, depth, blocked), *items]
            items = [_item(uri, depth, self._value(post, viewer)), *items]
            depth -= 1
        return items

    def _below(self, post: Json, viewer: str, most: int) -> tuple[list[Json], list[Json]]:
        visible: list[Json] = []
        hidden: list[Json] = []
        level = [post["uri"]]
        for depth in range(1, most + 1):
            replies = [one for one in self._index.all_posts() if parent_of(one) in level]
            level = []
            for reply in replies:
                if self._index.parted(did_of(reply["uri"]), viewer):
                    continue
                value = self._value(reply, viewer)
                into = hidden if value["hiddenByThreadgate"] else visible
                into.append(_item(reply["uri"], depth, value))
                level.append(reply["uri"])
        return visible, hidden

    def _value(self, post: Json, viewer: str) -> Json:
        gate = self._index.gate(root_of(post))
        hidden = gate["value"].get("hiddenReplies", []) if gate else []
        return {
            "$type": f"{_DEFS}threadItemPost",
            "post": self._post_view(post, viewer),
            "moreParents": False, "moreReplies": 0, "opThread": False,
            "hiddenByThreadgate": post["uri"] in hidden, "mutedByViewer": False,
        }  # fmt: skip

    def _post_view(self, post: Json, viewer: str) -> Json:
        gate = self._index.gate(root_of(post))
        shut = gate is not None and gate["value"].get("allow") == []
        disabled = {"replyDisabled": True} if shut and did_of(root_of(post)) != viewer else {}
        return {
            "uri": post["uri"], "cid": post["cid"],
            "author": self._author(did_of(post["uri"]), viewer),
            "record": post["value"], "indexedAt": post["value"]["createdAt"],
            "viewer": {"bookmarked": False, "threadMuted": False, **disabled}, "labels": [],
        }  # fmt: skip

    def _author(self, did: str, viewer: str) -> Json:
        return {
            "did": did, **self._index.names(did),
            "viewer": self._between(did, viewer), "labels": self._index.labels(did),
        }  # fmt: skip

    def _between(self, did: str, viewer: str) -> Json:
        blocking = self._index.block(viewer, did)
        return {
            "muted": False, "blockedBy": self._index.block(did, viewer) is not None,
            **({"blocking": blocking} if blocking else {}),
        }  # fmt: skip

    def _reason(self, post: Json, viewer: str) -> tuple[str | None, str | None]:
        value = post["value"]
        for name in ("parent", "root"):
            uri = value.get("reply", {}).get(name, {}).get("uri", "")
            if uri and did_of(uri) == viewer:
                return "reply", uri
        for facet in value.get("facets", []):
            if any(feature.get("did") == viewer for feature in facet["features"]):
                return "mention", None
        quoted = value.get("embed", {}).get("record", {}).get("uri", "")
        return ("quote", quoted) if quoted and did_of(quoted) == viewer else (None, None)


@asynccontextmanager
async def running_view(
    pds: Pds, make: Callable[[str, httpx.AsyncClient], AppView] = AppView
) -> AsyncIterator[AppView]:
    """Answer where the PDS looks for its AppView, while the block runs."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        view = make(pds.url, client)
        app = Starlette(routes=[Route("/xrpc/{method}", view.answer)])
        listener = listening_socket(port=pds.view_port)
        async with serving(app, listener, before_stop=lambda: None):
            yield view
        listener.close()


def issuer(authorization: str) -> str:
    part = authorization.removeprefix("Bearer ").split(".")[1:2]
    claims = base64.urlsafe_b64decode((part[0] if part else "e30") + "===")
    return str(json.loads(claims).get("iss", ""))


def _item(uri: str, depth: int, value: Json) -> Json:
    return {"uri": uri, "depth": depth, "value": value}
