"""Who may read metrics and the AsyncAPI document of a service."""

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.kit.insiders import Insiders

TOKEN = "a long token of the monitoring"


async def inside(_: Request) -> Response:
    return PlainTextResponse("metrics")


async def status(address: str, *, token: str = "", **headers: str) -> int:
    app = Starlette(routes=[Route("/metrics", Insiders(SecretStr(token)).only(inside))])
    transport = httpx.ASGITransport(app, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        return (await client.get("/metrics", headers=headers)).status_code


@pytest.mark.parametrize(
    ("address", "without", "with_token"),
    [
        ("127.0.0.1", 200, 200),
        ("::1", 200, 200),
        ("::ffff:127.0.0.1", 200, 200),
        ("172.18.0.5", 200, 401),
        ("10.1.2.3", 200, 401),
        ("fd00::1", 200, 401),
        ("::ffff:10.1.2.3", 200, 401),
        ("93.184.216.34", 403, 401),
        ("::ffff:93.184.216.34", 403, 401),
        ("2606:2800:220:1::1", 403, 401),
        ("0.0.0.0", 403, 401),
        ("somewhere", 403, 401),
    ],
)
async def test_this_machine_its_network_or_the_token(
    address: str, without: int, with_token: int
) -> None:
    """INVARIANT: nobody on the internet reads what a service tells about its inside."""
    assert await status(address) == without
    assert await status(address, token=TOKEN) == with_token
    assert await status(address, token=TOKEN, authorization=f"Bearer {TOKEN}") == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
async def test_another_token_is_none(header: str) -> None:
    assert await status("93.184.216.34", token=TOKEN, authorization=header) == 401
    assert await status("93.184.216.34", authorization=header) == 403


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "via"])
async def test_what_a_proxy_passed_on_comes_from_outside(name: str) -> None:
    """INVARIANT: a proxy on this machine does not open the metrics to those behind it."""
    assert await status("127.0.0.1", **{name: "127.0.0.1"}) == 403
    assert await status("172.18.0.5", **{name: "10.0.0.1"}) == 403
    assert (
        await status("127.0.0.1", token=TOKEN, authorization=f"Bearer {TOKEN}", **{name: "x"})
        == 200
    )
