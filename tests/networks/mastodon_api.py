"""The small server's endpoints."""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.networks.mastodon_entities import Entities, moment
from tests.networks.mastodon_world import Account, Notification, Refusal, Status, World

WINDOW = timedelta(minutes=5)
LARGEST_PAGE = 40

Entry = TypeVar("Entry", Status, Notification)


class Api:
    """The endpoints; what a flavour lacks answers 404 or 405 as such servers do."""

    def __init__(self, world: World, entities: Entities) -> None:
        self._world = world
        self._entities = entities

    def routes(self) -> list[Route]:
        paths: Sequence[tuple[str, str, Callable[[Request, Account], Any], str]] = [
            ("GET", "/api/v1/accounts/verify_credentials", self.me, "read"),
            ("GET", "/api/v1/accounts/lookup", self.lookup, "read"),
            ("GET", "/api/v1/accounts/relationships", self.relationships, "read"),
            ("GET", "/api/v1/accounts/{id}", self.account, "read"),
            ("GET", "/api/v1/accounts/{id}/statuses", self.account_statuses, "read"),
            ("GET", "/api/v1/accounts/{id}/following", self.following, "read"),
            ("GET", "/api/v1/directory", self.directory, "read"),
            ("GET", "/api/v1/timelines/tag/{tag}", self.tagged, "read"),
            ("GET", "/api/v2/search", self.search, "read"),
            ("GET", "/api/v1/apps/verify_credentials", self.app, "read"),
            ("GET", "/api/v1/notifications", self.notifications, "read"),
            ("GET", "/api/v1/notifications/requests", self.requests, "read"),
            ("GET", "/api/v2/notifications/policy", self.policy, "read"),
            ("POST", "/api/v1/statuses", self.post, "write"),
            ("GET", "/api/v1/statuses/{id}", self.status, "read"),
            ("PUT", "/api/v1/statuses/{id}", self.edit, "write"),
            ("DELETE", "/api/v1/statuses/{id}", self.delete, "write"),
            ("GET", "/api/v1/statuses/{id}/context", self.context, "read"),
            ("POST", "/api/v1/accounts/{id}/block", self.block, "write"),
        ]
        return [
            Route("/api/v2/instance", self.instance_v2),
            Route("/api/v1/instance", self.instance_v1),
            *(
                Route(path, self._for(act, scope), methods=[method])
                for method, path, act, scope in paths
            ),
        ]

    def _for(
        self, act: Callable[[Request, Account], Any], scope: str
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            request.state.body = json.loads(await request.body() or b"{}")
            try:
                response = JSONResponse(act(request, self._signed_in(request, scope)))
            except Refusal as refusal:
                response = JSONResponse({"error": refusal.error}, refusal.status)
            self._limit(request.method, response)
            return response

        return endpoint

    def _signed_in(self, request: Request, scope: str) -> Account:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        account = self._world.by_token(token)
        if account is None:
            raise Refusal(401, "The access token is invalid")
        if scope not in account.scopes:
            raise Refusal(403, "This action is outside the authorized scopes")
        return account

    def _limit(self, method: str, response: Response) -> None:
        limit = self._world.flavour.reads
        if limit is None:
            return
        counts = self._world.requests_left
        left = counts[method] = max(0, counts.get(method, limit) - 1)
        response.headers["X-RateLimit-Limit"] = str(limit)
        response.headers["X-RateLimit-Remaining"] = str(left)
        response.headers["X-RateLimit-Reset"] = (self._world.now() + WINDOW).isoformat()

    async def instance_v2(self, _request: Request) -> Response:
        if not self._world.flavour.instance_v2:
            return JSONResponse({"error": "Not Found"}, 404)
        return JSONResponse(self._entities.instance())

    async def instance_v1(self, _request: Request) -> Response:
        whole = self._entities.instance()
        urls = {"streaming_api": whole["configuration"]["urls"]["streaming"]}
        return JSONResponse(
            {
                "uri": whole["domain"],
                "version": "2.7.2 (compatible; Test 1.0)",
                "max_toot_chars": self._world.flavour.max_characters,
                "urls": urls,
            }
        )

    def me(self, _request: Request, account: Account) -> Any:
        return self._entities.account(account)

    def lookup(self, request: Request, _account: Account) -> Any:
        found = self._world.named(request.query_params.get("acct", ""))
        if found is None or not self._world.flavour.lookup:
            raise Refusal(404, "Record not found")
        return self._entities.account(found)

    def search(self, request: Request, _account: Account) -> Any:
        found = self._world.named(request.query_params["q"].removeprefix("@"))
        nothing: list[Any] | None = None if self._world.flavour.null_lists else []
        accounts = [self._entities.account(found)] if found else nothing
        statuses = self._with(request, request.query_params["q"]) or nothing
        return {"accounts": accounts, "statuses": statuses, "hashtags": nothing}

    def tagged(self, request: Request, _account: Account) -> Any:
        return self._with(request, f"#{request.path_params['tag']}")

    def _with(self, request: Request, words: str) -> list[Any]:
        found = [
            status
            for status in self._world.statuses.values()
            if words.lower() in status.text.lower()
            and status.visibility == "public"
            and self._world.visible(status, None)
        ]
        return [self._entities.status(one) for one in _page(request, found)]

    def relationships(self, request: Request, account: Account) -> Any:
        return [
            {
                "id": other,
                "blocking": (account.id, other) in self._world.blocks,
                "blocked_by": (other, account.id) in self._world.blocks,
            }
            for other in request.query_params.getlist("id[]")
            if other in self._world.accounts
        ]

    def account(self, request: Request, _account: Account) -> Any:
        found = self._world.accounts.get(request.path_params["id"])
        if found is None or (found.suspended and self._world.flavour.ulids):
            raise Refusal(404, "Record not found")
        return self._entities.account(found)

    def account_statuses(self, request: Request, account: Account) -> Any:
        owner = request.path_params["id"]
        if owner not in self._world.accounts:
            raise Refusal(404, "Record not found")
        without_replies = request.query_params.get("exclude_replies") == "true"
        statuses = [
            status
            for status in self._world.statuses.values()
            if status.account.id == owner
            and self._world.visible(status, account)
            and not (without_replies and status.parent and status.parent.account.id != owner)
        ]
        return [self._entities.status(status) for status in _page(request, statuses)]

    def following(self, request: Request, _account: Account) -> Any:
        owner = self._world.accounts[request.path_params["id"]]
        return [self._entities.account(self._world.accounts[one]) for one in owner.follows]

    def directory(self, _request: Request, _account: Account) -> Any:
        if self._world.flavour.ulids:
            raise Refusal(404, "Not Found")
        return [
            shown
            for one in self._world.accounts.values()
            if (shown := self._entities.account(one))["discoverable"]
        ]

    def app(self, _request: Request, account: Account) -> Any:
        told = {"scopes": [*account.scopes]} if self._world.flavour.tells_scopes else {}
        return {"name": "tests", **told}

    def notifications(self, request: Request, account: Account) -> Any:
        every = request.query_params.get("include_filtered") == "true"
        every = every and self._world.flavour.includes_filtered
        found = [
            notification
            for notification in self._world.notifications
            if notification.to is account and (every or not notification.filtered)
        ]
        return [self._entities.notification(one) for one in _page(request, found)]

    def requests(self, _request: Request, account: Account) -> Any:
        if not self._world.flavour.filters:
            raise Refusal(404, "Not Found")
        held = [n for n in self._world.notifications if n.to is account and n.filtered]
        last = {one.about.account.id: one for one in held}
        return [
            {
                "id": one.id,
                "created_at": moment(one.created_at),
                "updated_at": moment(one.created_at),
                "notifications_count": "1",
                "account": self._entities.account(one.about.account),
                "last_status": self._entities.status(one.about),
            }
            for one in last.values()
        ]

    def policy(self, _request: Request, account: Account) -> Any:
        if not self._world.flavour.filters:
            raise Refusal(404, "Not Found")
        accepts = dict.fromkeys(["for_new_accounts", "for_not_following"], "accept")
        return {**accepts, **account.policy, "summary": {"pending_requests_count": 0}}

    def post(self, request: Request, account: Account) -> Any:
        body = request.state.body
        status = self._world.post(
            account,
            body.get("status", ""),
            parent_id=body.get("in_reply_to_id"),
            visibility=body.get("visibility"),
            spoiler=body.get("spoiler_text", ""),
            key=request.headers.get("Idempotency-Key"),
        )
        status.sensitive = bool(body.get("sensitive", False))
        status.language = body.get("language", status.language)
        return self._entities.status(status)

    def status(self, request: Request, account: Account) -> Any:
        return self._entities.status(self._world.seen(request.path_params["id"], account))

    def edit(self, request: Request, account: Account) -> Any:
        text = request.state.body["status"]
        status = self._world.edit(account, request.path_params["id"], text)
        return self._entities.status(status)

    def delete(self, request: Request, account: Account) -> Any:
        self._world.delete(account, request.path_params["id"])
        return {}

    def context(self, request: Request, account: Account) -> Any:
        status = self._world.seen(request.path_params["id"], account)
        return {
            "ancestors": [*map(self._entities.status, self._world.ancestors(status, account))],
            "descendants": [*map(self._entities.status, self._world.descendants(status, account))],
        }

    def block(self, request: Request, account: Account) -> Any:
        self._world.blocks.add((account.id, request.path_params["id"]))
        return {}


def _page(request: Request, entries: Sequence[Entry]) -> list[Entry]:
    """Return a page, newest first, by `max_id` or `min_id`: the latter from the far end."""
    asked = request.query_params
    limit = min(int(asked.get("limit", "20")), LARGEST_PAGE)
    before, after = asked.get("max_id"), asked.get("min_id")
    found = [
        entry
        for entry in entries
        if (before is None or _order(entry.id) < _order(before))
        and (after is None or _order(entry.id) > _order(after))
    ]
    return (found[:limit] if after is not None else found[-limit:])[::-1]


def _order(native_id: str) -> tuple[int, str]:
    return (int(native_id), "") if native_id.isdecimal() else (0, native_id)
