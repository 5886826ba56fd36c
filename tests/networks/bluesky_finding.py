"""What the AppView is asked when pages are searched, answered from a PDS's own records."""

from collections.abc import Callable

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse

from services.networks.bluesky.records import PROFILE
from tests.networks.bluesky_appview import AppView, issuer
from tests.networks.bluesky_index import Json, did_of

FOLLOW = "app.bsky.graph.follow"


class FindingView(AppView):
    """Searches posts, tells follows and whole profiles; `checked` are accounts it verified."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        super().__init__(url, client)
        self.checked: set[str] = set()

    async def answer(self, request: Request) -> JSONResponse:
        answers: dict[str, Callable[[Request, str], Json]] = {
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.actor.getProfile": lambda one, viewer: self._whole(
                one.query_params["actor"], viewer
            ),
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.graph.getFollows": self._follows,
        }
        method = str(request.path_params["method"])
        if method not in answers:
            return await super().answer(request)
        self.asked.append(method)
        await self._index.refresh()
        viewer = issuer(request.headers.get("Authorization", ""))
        return JSONResponse(answers[method](request, viewer))

    def _search(self, request: Request, viewer: str) -> Json:
        asked = request.query_params
        words = asked["q"].strip('"').casefold()
        found = [
            self._post_view(post, viewer) | {"replyCount": self._answers(post["uri"])}
            for post in self._index.all_posts()
            if words in post["value"]["text"].casefold()
            and ("domain" not in asked or f"//{asked['domain']}" in post["value"]["text"])
            and not self._index.parted(did_of(post["uri"]), viewer)
        ]
        found.sort(key=lambda one: str(one["indexedAt"]), reverse=True)
        return {"posts": found[: int(asked["limit"])]}

    def _feed(self, request: Request, viewer: str) -> Json:
        feed = super()._feed(request, viewer)
        for one in feed["feed"]:
            one["post"]["replyCount"] = self._answers(one["post"]["uri"])
        return feed

    def _profiles(self, request: Request, viewer: str) -> Json:
        actors = request.query_params.getlist("actors")
        return {"profiles": [self._whole(one, viewer) for one in actors]}

    def _follows(self, request: Request, viewer: str) -> Json:
        did = request.query_params["actor"]
        subjects = [one["value"]["subject"] for one in self._index.records(did, FOLLOW)]
        return {"follows": [self._whole(one, viewer) for one in subjects]}

    def _whole(self, did: str, viewer: str) -> Json:
        records = [one["value"] for one in self._index.records(did, PROFILE)]
        said = records[0] if records else {}
        labels = said.get("labels", {}).get("values", [])
        state = "valid" if did in self.checked else "none"
        return {
            **self._author(did, viewer), "description": said.get("description", ""),
            "followersCount": self._followers(did),
            "labels": [{"src": did, "val": one["val"]} for one in labels],
            "verification": {
                "verifications": [], "verifiedStatus": state, "trustedVerifierStatus": "none"
            },
        }  # fmt: skip

    def _followers(self, did: str) -> int:
        return sum(
            1
            for other in self._index.known()
            for one in self._index.records(other, FOLLOW)
            if one["value"]["subject"] == did
        )

    def _answers(self, uri: str) -> int:
        return sum(
            1
            for post in self._index.all_posts()
            if post["value"].get("reply", {}).get("root", {}).get("uri") == uri
        )
