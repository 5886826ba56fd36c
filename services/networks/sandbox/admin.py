"""The administrator's interface: a sample world and faults on demand."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.networks.sandbox.access import Access
from services.networks.sandbox.api import refusal_response
from services.networks.sandbox.faults import Fault, FaultPlan
from services.networks.sandbox.reading import SEED_LIMIT, read_json
from services.networks.sandbox.seeding import Seed, Seeding
from services.networks.sandbox.world import Refusal


class Admin:
    """Endpoints that only the administrator's token opens."""

    def __init__(self, access: Access, seeding: Seeding, faults: FaultPlan) -> None:
        self._access = access
        self._seeding = seeding
        self._faults = faults

    def routes(self) -> list[Route]:
        """Return the routes under /api/admin."""
        faults = "/api/admin/faults"
        return [
            Route("/api/admin/seed", self._guarded(self._seed), methods=["POST"]),
            Route(faults, self._guarded(self._order), methods=["POST"]),
            Route(faults, self._guarded(self._pending), methods=["GET"]),
            Route(faults, self._guarded(self._clear), methods=["DELETE"]),
        ]

    def _guarded(
        self, handler: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                self._access.require_admin(request)
                return await handler(request)
            except Refusal as refusal:
                return refusal_response(refusal)

        return answer

    async def _seed(self, request: Request) -> Response:
        seed = await read_json(request, Seed, SEED_LIMIT)
        return JSONResponse({"planted": self._seeding.plant(seed)})

    async def _order(self, request: Request) -> Response:
        self._faults.order(await read_json(request, Fault))
        return await self._pending(request)

    async def _pending(self, _request: Request) -> Response:
        return JSONResponse(self._faults.pending())

    async def _clear(self, request: Request) -> Response:
        self._faults.clear()
        return await self._pending(request)
