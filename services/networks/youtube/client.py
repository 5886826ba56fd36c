"""Calls to the YouTube Data API: paid for first, signed with a fresh token, sent once."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from services.networks.exchange import Answer, exchange
from services.networks.network import OutcomeUnknown, Refused, Temporary
from services.networks.youtube.access import Access, Session
from services.networks.youtube.budget import READ, WRITE, Purse
from services.networks.youtube.outcome import QUOTA_REASONS, reason_of, refusal_of

Content = dict[str, Any]


class Client:
    """Reads and writes resources in the channel's name."""

    def __init__(
        self,
        address: str,
        http: httpx.AsyncClient,
        access: Access,
        purse: Purse,
        *,
        patience: float,
    ) -> None:
        self._address = address.rstrip("/")
        self._http = http
        self._access = access
        self._purse = purse
        self._patience = patience

    async def list(
        self, resource: str, *, for_reply: bool = False, **params: str | int | None
    ) -> Content:
        """Read one page; a token that is no longer valid is renewed once."""
        asked = {name: str(value) for name, value in params.items() if value is not None}
        session = await self._access.session()
        try:
            answer = await self._sent("GET", resource, asked, session, for_reply=for_reply)
        except Refused as error:
            if error.code != "token":
                raise
            session = await self._access.after(session)
            answer = await self._sent("GET", resource, asked, session, for_reply=for_reply)
        return _content(answer, writing=False)

    async def write(
        self, method: str, resource: str, params: Mapping[str, str], body: Content | None = None
    ) -> Content:
        """Write once; a token that is no longer valid is renewed for the next try."""
        session = await self._access.session()
        try:
            answer = await self._sent(method, resource, params, session, for_reply=True, body=body)
        except Refused as error:
            if error.code != "token":
                raise
            await self._access.after(session)
            raise Temporary("the access token had ended, there is a new one") from error
        return _content(answer, writing=True) if answer.content else {}

    async def _sent(
        self,
        method: str,
        resource: str,
        params: Mapping[str, str],
        session: Session,
        *,
        for_reply: bool,
        body: Content | None = None,
    ) -> Answer:
        writing = method != "GET"
        await self._purse.pay(WRITE if writing else READ, for_reply=for_reply)
        request = self._http.build_request(
            method,
            f"{self._address}/{resource}",
            params=params,
            json=body,
            headers={"Authorization": f"Bearer {session.access_token}"},
        )
        answer = await exchange(self._http, request, writing=writing, patience=self._patience)
        if answer.is_success:
            return answer
        if reason_of(answer) in QUOTA_REASONS:
            await self._purse.empty()
            raise self._purse.used_up()
        raise refusal_of(answer, writing=writing)


def items_of(content: Mapping[str, Any]) -> list[Content]:
    """Return the resources of one page; what is none is left out."""
    items = content.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def next_page(content: Mapping[str, Any]) -> str | None:
    token = content.get("nextPageToken")
    return str(token) if token else None


def _content(answer: Answer, *, writing: bool) -> Content:
    sentence = "YouTube's answer cannot be read"
    try:
        content = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise (OutcomeUnknown(sentence) if writing else Temporary(sentence)) from error
    if not isinstance(content, dict):
        raise OutcomeUnknown(sentence) if writing else Temporary(sentence)
    return content
