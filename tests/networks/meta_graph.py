"""A small server that speaks the Graph API's documented wire format for Pages and Instagram.

It knows tokens and their proof, field expansion, edges with cursors, writes, batches of one,
`debug_token` and error bodies. Written from Meta's reference, never run against Meta.
"""

import itertools
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.networks.meta.graph import proof_of

APP_ID, APP_SECRET, TOKEN = "900100", "the app's own secret", "page-token"
PAGE, ACCOUNT = "1001", "17840001"
EDGES = frozenset({"comments", "replies", "feed", "media", "subscribed_apps"})

Node = dict[str, Any]


class GraphServer:
    """Pages, posts and comments by id; a test changes them, a connector asks for them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.nodes: dict[str, Node] = {
            PAGE: {
                "id": PAGE,
                "name": "Lindenhof e. V.",
                "link": "https://facebook.test/lindenhof",
            },
            ACCOUNT: {"id": ACCOUNT, "username": "lindenhof"},
        }
        self.edges: dict[tuple[str, str], list[str]] = {}
        self.apps: list[Node] = [{"id": APP_ID, "subscribed_fields": ["feed", "messages"]}]
        self.token: Node = {
            "app_id": APP_ID, "is_valid": True, "expires_at": 0, "data_access_expires_at": 0,
            "scopes": ["pages_manage_engagement", "pages_manage_metadata", "pages_read_engagement",
                       "pages_read_user_content", "pages_show_list", "instagram_basic",
                       "instagram_manage_comments"],
        }  # fmt: skip
        self.subscriptions: list[Node] = [
            {"object": "page", "active": True, "fields": [{"name": "feed", "version": "v26.0"}]},
            {"object": "instagram", "active": True, "fields": [{"name": "comments"}]},
        ]
        self.headers: dict[str, str] = {}
        self.refusals: list[tuple[int, Node]] = []
        """Statuses and errors for the next calls."""
        self.page_size = 1000
        self.bodies: list[str] = []

    @property
    def app(self) -> Starlette:
        path = "/{version}/{path:path}"
        return Starlette(routes=[Route(path, self._answer, methods=["GET", "POST", "DELETE"])])

    def post(self, text: str | None = "Am Samstag ist Hoffest.") -> str:
        number = next(self._numbers)
        native_id = f"{PAGE}_{number}"
        self.nodes[native_id] = {
            "id": native_id, "message": text, "created_time": _now(),
            "permalink_url": f"https://facebook.test/lindenhof/posts/{number}",
        }  # fmt: skip
        self.edges.setdefault((PAGE, "feed"), []).insert(0, native_id)
        return native_id

    def media(self, caption: str = "Am Samstag ist Hoffest.") -> str:
        native_id = f"1790{next(self._numbers)}"
        self.nodes[native_id] = {
            "id": native_id, "caption": caption, "is_comment_enabled": True,
            "permalink": f"https://instagram.test/p/{native_id}/",
        }  # fmt: skip
        self.edges.setdefault((ACCOUNT, "media"), []).insert(0, native_id)
        return native_id

    def comment(self, under: str, text: str | None, by: str = "jana", **fields: Any) -> str:
        """Comment on a post of the Page or on a comment there; returns the comment's id."""
        parent = self.nodes[under]
        post = parent.get("_post", under)
        native_id = f"{post.rpartition('_')[2]}_{next(self._numbers)}"
        self.nodes[native_id] = {
            "id": native_id, "message": text, "created_time": _now(), "_post": post,
            "from": {"id": by, "name": "Jana Krüger"}, "is_hidden": False, "can_comment": True,
            "can_hide": True, "permalink_url": f"https://facebook.test/c/{native_id}",
            **({"parent": {"id": under}} if under != post else {}), **fields,
        }  # fmt: skip
        for place in {post, under}:
            self.edges.setdefault((place, "comments"), []).insert(0, native_id)
        return native_id

    def instagram_comment(self, under: str, text: str, by: str = "jana", **fields: Any) -> str:
        """Comment on a medium or, whatever comment is named, under its first one."""
        parent = self.nodes[under]
        top = parent.get("parent_id") or (under if "media" in parent else None)
        media = parent["media"]["id"] if "media" in parent else under
        native_id = f"1791{next(self._numbers)}"
        self.nodes[native_id] = {
            "id": native_id, "text": text, "timestamp": _now(), "hidden": False,
            "from": {"id": by, "username": f"{by}.k"}, "media": self.nodes[media],
            **({"parent_id": top} if top else {}), **fields,
        }  # fmt: skip
        edge = (top, "replies") if top else (media, "comments")
        self.edges.setdefault(edge, []).insert(0, native_id)
        return native_id

    def remove(self, native_id: str) -> None:
        del self.nodes[native_id]
        for listed in self.edges.values():
            if native_id in listed:
                listed.remove(native_id)

    def texts_under(self, native_id: str) -> list[str]:
        edge = "replies" if "media" in self.nodes[native_id] else "comments"
        ids = reversed(self.edges.get((native_id, edge), []))
        return [self.nodes[one].get("message") or self.nodes[one]["text"] for one in ids]

    async def _answer(self, request: Request) -> Response:
        self.bodies.append((await request.body()).decode())
        if self.refusals:
            status, error = self.refusals.pop(0)
            return JSONResponse({"error": error}, status_code=status, headers=self.headers)
        status, content = self._done(request, dict(await request.form()))
        return JSONResponse(content, status_code=status, headers=self.headers)

    def _done(self, request: Request, form: Mapping[str, Any]) -> tuple[int, Any]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        path = request.path_params["path"].strip("/")
        if "batch" in form:
            return 200, self._batch(json.loads(form["batch"]), token)
        proof = request.query_params.get("appsecret_proof")
        if token != TOKEN or proof != proof_of(TOKEN, APP_SECRET):
            return _error(190, "Error validating access token")
        native_id, _, edge = path.partition("/")
        if native_id not in self.nodes:
            return _error(100, f"Object with ID '{native_id}' does not exist", sub=33)
        if request.method == "DELETE":
            self.remove(native_id)
            return 200, {"success": True}
        if request.method == "POST":
            return self._write(native_id, edge, form)
        query = request.query_params
        fields = query.get("fields", "id")
        if edge == "subscribed_apps":
            return 200, {"data": self.apps}
        if edge:
            return 200, self._edge(native_id, edge, fields, dict(query))
        return 200, self._node(native_id, fields)

    def _write(self, native_id: str, edge: str, form: Mapping[str, Any]) -> tuple[int, Any]:
        node = self.nodes[native_id]
        if edge == "comments":
            made = self.comment(native_id, form["message"], by=PAGE)
            return 200, self._node(made, form.get("fields", "id"))
        if edge == "replies":
            return 200, {"id": self.instagram_comment(native_id, form["message"], by=ACCOUNT)}
        if "is_hidden" in form:
            node["is_hidden"] = form["is_hidden"] == "true"
        elif "hide" in form:
            node["hidden"] = form["hide"] == "true"
        else:
            return _error(100, "Unsupported post request")
        return 200, {"success": True}

    def _batch(self, calls: list[Node], token: str) -> list[Node]:
        known = token == f"{APP_ID}|{APP_SECRET}"
        url = calls[0]["relative_url"]
        if url == f"{APP_ID}/subscriptions":
            data: Any = self.subscriptions
        else:
            assert url.startswith("debug_token?input_token=")
            data = self.token
        status, said = (200, {"data": data}) if known else _error(190, "Invalid app token")
        return [{"code": status, "body": json.dumps(said)}]

    def _node(self, native_id: str, fields: str) -> Node:
        node = self.nodes[native_id]
        said: Node = {"id": native_id}
        for name, arguments, inner in _expanded(fields):
            if name in EDGES and name not in node:
                if self.edges.get((native_id, name)):
                    said[name] = self._edge(native_id, name, inner, arguments)
            elif name in node and node[name] is not None:
                wanted = {one for one, _, _ in _expanded(inner)}
                value = node[name]
                picked = isinstance(value, dict) and inner
                said[name] = {k: v for k, v in value.items() if k in wanted} if picked else value
        return said

    def _edge(self, native_id: str, edge: str, fields: str, asked: Mapping[str, str]) -> Node:
        listed = list(self.edges.get((native_id, edge), []))
        if edge == "comments" and "message" in fields:
            assert asked.get("filter") == "stream" or "message" not in self.nodes[native_id]
            assert asked.get("order") == "reverse_chronological"
        first = listed.index(asked["after"]) + 1 if asked.get("after") in listed else 0
        size = min(int(asked.get("limit", "25")), self.page_size)
        page = listed[first : first + size]
        paging: Node = {"cursors": {"before": page[0], "after": page[-1]}} if page else {}
        if first + size < len(listed):
            paging["next"] = "https://graph.test/with?access_token=never-follow-me"
        return {"data": [self._node(one, fields) for one in page], "paging": paging}


def _expanded(fields: str) -> list[tuple[str, dict[str, str], str]]:
    """Split `a,b{c},d.limit(5){e}` into names, arguments and inner fields."""
    found: list[tuple[str, dict[str, str], str]] = []
    while fields:
        match = re.match(r"(\w+)((?:\.\w+\(\w+\))*)", fields)
        assert match is not None, fields
        rest, inner = fields[match.end() :], ""
        if rest.startswith("{"):
            end = _closing(rest)
            inner, rest = rest[1:end], rest[end + 1 :]
        found.append((match[1], dict(re.findall(r"\.(\w+)\((\w+)\)", match[2])), inner))
        fields = rest.removeprefix(",")
    return found


def _closing(text: str) -> int:
    """Return where the brace that opens the text is closed."""
    depth = 0
    for place, sign in enumerate(text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return place
    raise AssertionError(text)


def _error(code: int, message: str, *, sub: int | None = None) -> tuple[int, Node]:
    error: Node = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}
    return 400, {"error": error | ({"error_subcode": sub} if sub else {})}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
