"""Each route of the desk says what one needs to be allowed."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from services import house
from services.commands.generate import ELSEWHERE
from services.kit.settings import Settings
from services.review.rights import RIGHTS, SIGNED_OUT, action_of
from services.review.security import OPEN_PATHS


def test_every_route_of_the_desk_names_its_action() -> None:
    """INVARIANT: a route says which right it needs: `@may("...")` below its path.

    The guard shuts a route that names none; this test tells before anybody stands at a shut door.
    """
    (desk,) = house.build_services(Settings.model_validate(ELSEWHERE), ["review"])
    assert isinstance(desk.app, FastAPI)
    unnamed = [
        f"{context.methods} {context.path}"
        for context in iter_route_contexts(desk.app.routes)
        if not isinstance(context.original_route, Mount)
        and context.path not in OPEN_PATHS
        and action_of(context.endpoint) not in {*RIGHTS, SIGNED_OUT}
    ]
    assert not unnamed, 'name an action of services/review/rights.py there: @may("...")'
