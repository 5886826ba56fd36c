"""One page's connection to the sandbox network."""

import json
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import NoReturn, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

from schemas.inbound import Inbound, Visibility
from services.networks.exchange import broken_off
from services.networks.network import (
    Batch,
    Capabilities,
    Diagnosis,
    Fault,
    FaultCode,
    NetworkError,
    OutcomeUnknown,
    Outgoing,
    Posted,
    Refused,
    Standing,
    Temporary,
    Unreadable,
)
from services.networks.sandbox.lookout import SandboxLookout
from services.networks.sandbox.mapping import (
    NETWORK,
    SaidComment,
    SaidEvents,
    SaidMe,
    SaidReplies,
    event_from,
    posted_from,
    standing_from,
)
from services.networks.sandbox.outcome import refusal_of
from services.networks.sandbox.scout import SandboxScout

_log = logging.getLogger(__name__)

_BATCH = 100
_START = "0"

Answer = TypeVar("Answer", bound=BaseModel)


class SandboxNetwork:
    """Listens to the pages a token owns or watches, and replies as the page.

    `base_url` is the network's address; `wait` is how long one question for news may stay open,
    `patience` after how long an answer is overdue, both in seconds. A client that is passed in
    stays the caller's to close.
    """

    name: str = NETWORK
    connection: str
    capabilities = Capabilities(
        receive="poll",
        reply_on_own_pages=True,
        reply_on_watched_pages=True,
        hide=True,
        delete_own_reply=True,
        sees_edits=True,
        sees_deletes=True,
        keyed_posting=True,
        max_length=500,
        length_unit="character",
        reply_depth=None,
    )

    def __init__(
        self,
        base_url: str,
        token: str,
        page_id: str,
        client: httpx.AsyncClient | None = None,
        *,
        wait: float = 25.0,
        patience: float = 10.0,
    ) -> None:
        self.connection = f"{NETWORK}:{page_id}"
        self._page_id = page_id
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._owns_client = client is None
        self._client = client or httpx.AsyncClient(trust_env=False)
        self._wait = wait
        self._patience = patience
        self.lookout = SandboxLookout(self._ask, self._understood, self._base_url)
        self.scout = SandboxScout(self._ask, self._understood, self._base_url)

    async def listen(self, cursor: str | None) -> AsyncGenerator[Batch]:
        """Yield batches after the cursor for ever; raise Temporary when the connection breaks."""
        after = cursor or _START
        while True:
            response = await self._ask(
                "GET",
                f"/api/events?after={quote(after)}&limit={_BATCH}&wait={self._wait}",
                waiting=self._wait,
            )
            if response.status_code == 410:
                _log.warning("%s: the feed began anew, listening from its start", self.connection)
                after = _START
                continue
            said = self._understood(response, SaidEvents)
            reached = str(said.cursor)
            if reached != after:
                yield self._batch(said, reached)
            after = reached

    async def read(self, native_id: str) -> Standing | None:
        """Return how the comment stands now, None when it is gone."""
        response = await self._ask("GET", _comment_path(native_id))
        if response.status_code == 404:
            return None
        return standing_from(self._understood(response, SaidComment))

    async def reply(self, outgoing: Outgoing) -> Posted:
        """Post once under the key (ASCII); raises Temporary, OutcomeUnknown or Refused.

        `parent_id` may also be a post, for a comment directly under it. A reply that the network
        published with another visibility is taken down again and counts as refused.
        """
        response = await self._ask(
            "POST",
            f"{_comment_path(outgoing.parent_id)}/replies",
            headers={"Idempotency-Key": outgoing.key},
            body={"text": outgoing.text, "visibility": outgoing.visibility},
        )
        posted = posted_from(
            self._understood(response, SaidComment, writing=True), base_url=self._base_url
        )
        if posted.visibility != outgoing.visibility:
            await self._take_down(posted, outgoing.visibility)
        return posted

    async def find_reply(self, outgoing: Outgoing) -> Posted | None:
        """Look up whether this reply (without keys: this text of ours) already stands."""
        response = await self._ask("GET", f"{_comment_path(outgoing.parent_id)}/replies?mine=true")
        if response.status_code == 404:
            return None
        replies = self._understood(response, SaidReplies).replies
        found = next(
            (reply for reply in replies if reply.idempotency_key == outgoing.key), None
        ) or next(
            (
                reply
                for reply in replies
                if reply.idempotency_key is None and reply.text.split() == outgoing.text.split()
            ),
            None,
        )
        return posted_from(found, base_url=self._base_url) if found is not None else None

    async def delete(self, native_id: str) -> bool:
        """Delete a reply of ours; True when it is gone afterwards."""
        response = await self._ask("DELETE", _comment_path(native_id))
        if response.is_success or response.status_code == 404:
            return True
        raise refusal_of(response, writing=True)

    async def hide(self, native_id: str, *, hidden: bool) -> bool:
        """Hide a comment under a post of ours, or show it again."""
        verb = "hide" if hidden else "unhide"
        response = await self._ask("POST", f"{_comment_path(native_id)}/{verb}")
        if not response.is_success:
            raise refusal_of(response, writing=True)
        return True

    async def check(self) -> Diagnosis:
        """Ask for whom the token speaks: that needs the address, the token and the page."""
        try:
            said = self._understood(await self._ask("GET", "/api/me"), SaidMe)
        except Refused as error:
            code: FaultCode = "token" if error.code == "token" else "scope"
            return Diagnosis(None, self.capabilities, faults=[Fault(code, str(error))])
        except NetworkError as error:
            fault = Fault("unreachable", str(error))
            return Diagnosis(None, self.capabilities, faults=[fault])
        if self._page_id in said.pages:
            return Diagnosis(self._page_id, self.capabilities)
        fault = Fault("token", f"it speaks for {said.id}, not for {self._page_id}")
        return Diagnosis(said.id, self.capabilities, faults=[fault])

    async def close(self) -> None:
        if self._owns_client:
            await self._client.aclose()

    async def _take_down(self, posted: Posted, wanted: Visibility) -> NoReturn:
        sentence = f"the network published the reply as {posted.visibility} instead of {wanted}"
        try:
            await self.delete(posted.native_id)
        except NetworkError as error:
            raise OutcomeUnknown(f"{sentence}, and it may still stand") from error
        raise Refused(f"{sentence}; it was taken down again", code="invalid")

    def _batch(self, said: SaidEvents, reached: str) -> Batch:
        events: list[Inbound] = []
        unreadable: list[Unreadable] = []
        for raw in said.events:
            try:
                event = event_from(raw, base_url=self._base_url, source=self.connection)
            except ValidationError as error:
                faults = [(detail["loc"], detail["type"]) for detail in error.errors()]
                body = json.dumps(raw, ensure_ascii=False).encode("utf-8", "replace")
                unreadable.append(Unreadable(body, f"event cannot be read: {faults}"[:500]))
                continue
            if event is not None:
                events.append(event)
        return Batch(events, reached, unreadable)

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: JsonValue = None,
        waiting: float = 0.0,
    ) -> httpx.Response:
        try:
            return await self._client.request(
                method,
                f"{self._base_url}{path}",
                headers={**self._headers, **(headers or {})},
                json=body,
                timeout=httpx.Timeout(self._patience, read=self._patience + waiting),
                follow_redirects=False,
            )
        except httpx.RequestError as error:
            raise broken_off(error, writing=method != "GET") from error

    def _understood(
        self, response: httpx.Response, model: type[Answer], *, writing: bool = False
    ) -> Answer:
        if not response.is_success:
            raise refusal_of(response, writing=writing)
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            sentence = f"the network's answer {response.status_code} cannot be read"
            raise OutcomeUnknown(sentence) if writing else Temporary(sentence) from error


def _comment_path(native_id: str) -> str:
    return f"/api/comments/{quote(native_id, safe='')}"
