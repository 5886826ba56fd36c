"""A small server that speaks the documented wire format of the YouTube Data API and its tokens.

It knows threads and comments with paging and five embedded replies, held comments, quota reasons,
refresh tokens. Written from Google's reference, never run against YouTube.
"""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

OWN, OTHER = "UC" + "o" * 22, "UC" + "x" * 22
REFRESH_TOKEN, CLIENT_ID, CLIENT_SECRET = "refresh-1", "client-1", "client-secret"
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"

Node = dict[str, Any]


class YouTubeServer:
    """Channels, videos and comments by id; a test changes them, a connector asks for them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._moments = itertools.count(0)
        self.channels = {OWN: "Lindenhof", OTHER: "Tagblatt"}
        self.mine = OWN
        self.videos: dict[str, Node] = {}
        self.comments: dict[str, Node] = {}
        self.closed: set[str] = set()
        """First comments to which nobody may reply, and videos without comments."""
        self.handles = {"@tagblatt": OTHER}
        self.refusals: list[tuple[int, str]] = []
        """Statuses and reasons for the next calls of the API."""
        self.tokens: set[str] = set()
        self.granted = 0
        self.scope = SCOPE
        self.quota = 10_000
        self.used = 0
        self.page_size = 100
        self.holds_replies = False
        self.names_held = True
        """Whether a held comment is shown to who asks for it by its id."""
        self.asked: list[tuple[str, str, Node]] = []

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/token", self._token, methods=["POST"]),
                Route("/v3/{resource:path}", self._answer, methods=["GET", "POST", "DELETE"]),
            ]
        )

    def video(self, channel: str = OWN, title: str = "Hoffest am Samstag") -> str:
        video_id = f"video{next(self._numbers)}"
        snippet = {
            "channelId": channel, "title": title, "description": "Kuchen ab 14 Uhr.",
            "channelTitle": self.channels[channel], "publishedAt": self._moment(timedelta(hours=1)),
        }  # fmt: skip
        self.videos[video_id] = {
            "kind": "youtube#video", "id": video_id, "snippet": snippet,
            "status": {"privacyStatus": "public"}, "statistics": {"likeCount": "77"},
        }  # fmt: skip
        return video_id

    def comment(
        self, video: str, text: str, by: str = "UCjana", *, parent: str | None = None,
        ago: timedelta = timedelta(0), **snippet: Any,
    ) -> str:  # fmt: skip
        number = next(self._numbers)
        native_id = f"{parent}.r{number}" if parent else f"Ug{number}"
        moment = self._moment(ago)
        self.comments[native_id] = {
            "kind": "youtube#comment",
            "etag": "e",
            "id": native_id,
            "snippet": {
                "authorDisplayName": "@lindenhof" if by == OWN else "@jana",
                "authorChannelId": {"value": by},
                "channelId": self.videos[video]["snippet"]["channelId"],
                "videoId": video, "textDisplay": text, "likeCount": 3, "viewerRating": "none",
                "publishedAt": moment, "updatedAt": moment, "moderationStatus": "published",
                **({"parentId": parent} if parent else {}),
                **({"textOriginal": text} if by == OWN else {}),
                **snippet,
            },
        }  # fmt: skip
        return native_id

    def edit(self, native_id: str, text: str) -> None:
        later = timedelta(seconds=next(self._moments) + 1)
        edited = (datetime.now(UTC) + later).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.comments[native_id]["snippet"] |= {"textDisplay": text, "updatedAt": edited}

    def remove(self, native_id: str) -> None:
        for one in [native_id, *self._replies(native_id)]:
            del self.comments[one]

    def texts_under(self, native_id: str) -> list[str]:
        shown = [self.comments[one]["snippet"] for one in self._replies(native_id)]
        return [one["textDisplay"] for one in shown if one["moderationStatus"] == "published"]

    async def _token(self, request: Request) -> Response:
        form = dict(await request.form())
        expected = {
            "grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN,
            "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        }  # fmt: skip
        if form != expected:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        self.granted += 1
        token = f"access-{self.granted}"
        self.tokens.add(token)
        said = {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}
        return JSONResponse({**said, "scope": self.scope})

    async def _answer(self, request: Request) -> Response:
        resource, query = request.path_params["resource"], dict(request.query_params)
        self.asked.append((request.method, resource, query))
        cost = 1 if request.method == "GET" else 50
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return _error(401, "authError")
        if self.used + cost > self.quota:
            return _error(403, "quotaExceeded")
        self.used += cost
        if self.refusals:
            return _error(*self.refusals.pop(0))
        writes = cost == 50 and resource in ("comments", "commentThreads") and "id" not in query
        body = await request.json() if writes else {}
        return self._done(request.method, resource, query, body)

    def _done(self, method: str, resource: str, query: Node, body: Node) -> Response:
        if method == "POST" and resource == "comments":
            return self._insert(body)
        if method == "POST" and resource == "commentThreads":
            return self._open(body["snippet"])
        if method != "GET":
            return self._change(method, query)
        if resource == "channels":
            named = self.handles.get(query.get("forHandle", ""), "")
            ids = [self.mine] if query.get("mine") else query.get("id", named).split(",")
            return _page([_channel(one, self.channels[one]) for one in ids if one in self.channels])
        if resource == "videos":
            return _page([self.videos[one] for one in query["id"].split(",") if one in self.videos])
        if resource == "playlistItems":
            return self._uploads(query)
        assert query["textFormat"] == "plainText"
        if resource == "commentThreads":
            return self._threads(query)
        if "id" in query:
            ids = [one for one in query["id"].split(",") if one in self.comments]
            seen = [one for one in ids if self.names_held or self._status(one) == "published"]
            return _page([self._shown(self.comments[one]) for one in seen])
        if query["parentId"] not in self.comments:
            return _error(404, "commentNotFound")
        return self._paged(
            [self._shown(self.comments[one]) for one in self._replies(query["parentId"])], query
        )

    def _uploads(self, query: Node) -> Response:
        """The newest first; a private video stays in the list without a date."""
        channel = "UC" + query["playlistId"].removeprefix("UU")
        if channel not in self.channels:
            return _error(404, "playlistNotFound")
        found = []
        for video_id, video in reversed(self.videos.items()):
            if video["snippet"]["channelId"] == channel:
                is_public = video["status"]["privacyStatus"] == "public"
                date = {"videoPublishedAt": video["snippet"]["publishedAt"]} if is_public else {}
                found.append({"contentDetails": {"videoId": video_id, **date}})
        return self._paged(found, query)

    def _open(self, snippet: Node) -> Response:
        video = snippet["videoId"]
        if video not in self.videos:
            return _error(404, "videoNotFound")
        if video in self.closed:
            return _error(403, "commentsDisabled")
        assert snippet["channelId"] == self.videos[video]["snippet"]["channelId"]
        status = "heldForReview" if self.holds_replies else "published"
        text = snippet["topLevelComment"]["snippet"]["textOriginal"]
        made = self.comment(video, text, by=OWN, moderationStatus=status)
        thread = self._thread(made, "snippet", status)
        thread["snippet"]["topLevelComment"] = self.comments[made]
        return JSONResponse(thread)

    def _insert(self, body: Node) -> Response:
        parent = body["snippet"]["parentId"]
        if parent not in self.comments:
            return _error(404, "parentCommentNotFound")
        if "parentId" in self.comments[parent]["snippet"]:
            return _error(400, "operationNotSupported")
        video = self.comments[parent]["snippet"]["videoId"]
        status = "heldForReview" if self.holds_replies else "published"
        made = self.comment(
            video, body["snippet"]["textOriginal"], by=OWN, parent=parent, moderationStatus=status
        )
        return JSONResponse(self.comments[made])

    def _change(self, method: str, query: Node) -> Response:
        native_id = query["id"]
        if native_id not in self.comments:
            return _error(404, "commentNotFound")
        if method == "DELETE":
            self.remove(native_id)
        else:
            assert query["moderationStatus"] in {"heldForReview", "published"}
            snippet = self.comments[native_id]["snippet"]
            snippet["moderationStatus"] = query["moderationStatus"]
        return Response(status_code=204)

    def _threads(self, query: Node) -> Response:
        wanted = query.get("moderationStatus", "published")
        if "id" in query:
            found = [one for one in query["id"].split(",") if one in self.comments]
        else:
            assert query["order"] == "time"
            place, where = next(
                (name, query[asked])
                for name, asked in (
                    ("videoId", "videoId"), ("channelId", "allThreadsRelatedToChannelId"),
                )
                if asked in query
            )  # fmt: skip
            if place == "videoId" and where not in self.videos:
                return _error(404, "videoNotFound")
            if where in self.closed:
                return _error(403, "commentsDisabled")
            found = [
                native_id for native_id, node in self.comments.items()
                if "parentId" not in node["snippet"] and node["snippet"][place] == where
                and wanted in {self._status(one) for one in [native_id, *self._replies(native_id)]}
                and (wanted != "published" or self._status(native_id) == wanted)
            ]  # fmt: skip
            found.sort(key=lambda one: self.comments[one]["snippet"]["publishedAt"], reverse=True)
        return self._paged([self._thread(one, query["part"], wanted) for one in found], query)

    def _status(self, native_id: str) -> str:
        return str(self.comments[native_id]["snippet"]["moderationStatus"])

    def _thread(self, top: str, part: str, wanted: str) -> Node:
        snippet = self.comments[top]["snippet"]
        replies = [one for one in self._replies(top) if self._status(one) == wanted]
        thread: Node = {
            "kind": "youtube#commentThread", "id": top,
            "snippet": {
                "channelId": snippet["channelId"], "videoId": snippet["videoId"],
                "topLevelComment": self._shown(self.comments[top]),
                "canReply": top not in self.closed, "totalReplyCount": len(replies),
                "isPublic": True,
            },
        }  # fmt: skip
        if "replies" in part and replies:
            embedded = [self._shown(self.comments[one]) for one in replies[-5:]]
            thread["replies"] = {"comments": embedded}
        return thread

    def _shown(self, node: Node) -> Node:
        """The moderation status is shown to the owner of the channel alone."""
        snippet = dict(node["snippet"])
        if snippet["channelId"] != OWN:
            del snippet["moderationStatus"]
        return {**node, "snippet": snippet}

    def _replies(self, top: str) -> list[str]:
        return [
            one for one, node in self.comments.items() if node["snippet"].get("parentId") == top
        ]

    def _paged(self, items: list[Node], query: Mapping[str, str]) -> Response:
        first = int(query.get("pageToken", "0"))
        size = min(int(query.get("maxResults", "20")), self.page_size)
        more = {"nextPageToken": str(first + size)} if first + size < len(items) else {}
        return _page(items[first : first + size], **more)

    def _moment(self, ago: timedelta) -> str:
        return (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%SZ")


def _page(items: list[Node], **more: str) -> Response:
    return JSONResponse({"kind": "youtube#list", "items": items, **more})


def _channel(channel_id: str, title: str) -> Node:
    lists = {"relatedPlaylists": {"likes": "", "uploads": f"UU{channel_id[2:]}"}}
    node = {"kind": "youtube#channel", "id": channel_id, "contentDetails": lists}
    return {**node, "snippet": {"title": title}}


def _error(status: int, reason: str) -> Response:
    detail = {"message": "said by the server", "domain": "youtube", "reason": reason}
    error = {"code": status, "message": "said by the server", "errors": [detail]}
    return JSONResponse({"error": error}, status_code=status)
