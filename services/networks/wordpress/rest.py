"""Asks a WordPress site's REST interface, wherever the site keeps it."""

from collections.abc import Mapping

import httpx
from pydantic import JsonValue

from services.networks.exchange import Answer, exchange
from services.networks.network import Refused
from services.networks.wordpress.outcome import code_of, refusal_of
from services.networks.wordpress.settings import WordPressSettings

_API = "https://api.w.org/"
_NAMED_AS = {"User-Agent": "Dialogwerk", "Accept": "application/json"}

Params = Mapping[str, str | int]


class Rest:
    """One site's interface; `patience` is after how many seconds an answer is overdue."""

    def __init__(
        self, settings: WordPressSettings, client: httpx.AsyncClient, patience: float
    ) -> None:
        self._home = httpx.URL(settings.address)
        self._auth = httpx.BasicAuth(settings.user, settings.password.get_secret_value())
        self._client = client
        self._patience = patience
        self._root: httpx.URL | None = None

    async def get(
        self, route: str, params: Params | None = None, *, anonymous: bool = False
    ) -> Answer:
        """Read, as our account or as anybody; raises Temporary when no answer comes."""
        return await self._ask("GET", route, params, anonymous=anonymous)

    async def post(
        self, route: str, body: Mapping[str, JsonValue], params: Params | None = None
    ) -> Answer:
        """Write; raises OutcomeUnknown when no answer comes."""
        return await self._ask("POST", route, params, body=dict(body))

    async def delete(self, route: str, params: Params | None = None) -> Answer:
        """Delete; raises OutcomeUnknown when no answer comes."""
        return await self._ask("DELETE", route, params)

    async def call_xmlrpc(self, body: bytes) -> Answer:
        """Send a call to the older interface, which takes credentials in the body."""
        url = self._home.copy_with(path=f"{self._home.path.rstrip('/')}/xmlrpc.php")
        request = self._client.build_request(
            "POST", url, content=body, headers={**_NAMED_AS, "Content-Type": "text/xml"}
        )
        return await self._send(request, signed=False)

    def route_of(self, href: str) -> str | None:
        """Return the route that an address of this interface leads to, e.g. `/wp/v2/posts/5`.

        Only the route is taken from an answer, never the host: the password goes nowhere else.
        """
        url = self._leads_to(href)
        if route := url.params.get("rest_route"):
            return str(route)
        if self._root is None or not url.path.startswith(self._root.path):
            return None
        return f"/{url.path.removeprefix(self._root.path)}"

    async def _ask(
        self,
        method: str,
        route: str,
        params: Params | None,
        *,
        body: JsonValue = None,
        anonymous: bool = False,
    ) -> Answer:
        root = self._root = self._root or await self._discover()
        if "rest_route" in root.params:
            url = root.copy_set_param("rest_route", route)
        else:
            url = root.copy_with(path=root.path + route.lstrip("/"))
        request = self._client.build_request(
            method,
            url.copy_merge_params(params or {}),
            headers=_NAMED_AS,
            json=body,
        )
        answer = await self._send(request, signed=not anonymous)
        if answer.status == 404 and not code_of(answer):
            self._root = None
        return answer

    async def _discover(self) -> httpx.URL:
        """Return where the interface begins: what the site says if it is on its own host.

        Without a word about it, the form that needs no rewriting by the web server.
        https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/
        """
        request = self._client.build_request("GET", self._home, headers=_NAMED_AS)
        answer = await self._send(request, signed=False)
        if 300 <= answer.status < 400 and "Location" in answer.headers:
            target = self._leads_to(answer.headers["Location"])
            if (target.scheme, target.netloc) != (self._home.scheme, self._home.netloc):
                raise Refused(
                    f"the address leads on to {target.scheme}://{target.host}: enter that one",
                    code="invalid",
                )
        elif answer.status == 429 or answer.status >= 500:
            raise refusal_of(answer, writing=False)
        links = httpx.Response(200, headers=answer.headers).links
        said = self._leads_to(links.get(_API, {}).get("url", ""))
        if said.host == self._home.host and said != self._home:
            return self._home.copy_with(raw_path=said.raw_path)
        path = f"{self._home.path.rstrip('/')}/index.php"
        return self._home.copy_with(path=path, params={"rest_route": "/"})

    def _leads_to(self, said: str) -> httpx.URL:
        """Return an address that the site names; home for what is no address."""
        try:
            return self._home.join(said)
        except httpx.InvalidURL:
            return self._home

    async def _send(self, request: httpx.Request, *, signed: bool) -> Answer:
        if signed:
            request = next(self._auth.auth_flow(request))
        writing = request.method != "GET"
        return await exchange(self._client, request, writing=writing, patience=self._patience)
