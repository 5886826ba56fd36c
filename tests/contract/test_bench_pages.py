"""The benchmark visits every page of the desk."""

import re

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from services import house
from services.commands.generate import ELSEWHERE
from services.kit.settings import Settings
from tests.bench.pages import NO_PAGES, PAGES


def test_no_page_of_the_desk_is_left_out() -> None:
    """Who adds a page sees here that its address belongs into `tests/bench/pages.py`."""
    (desk,) = house.build_services(Settings.model_validate(ELSEWHERE), ["review"])
    assert isinstance(desk.app, FastAPI)
    routes = {
        str(context.path)
        for context in iter_route_contexts(desk.app.routes)
        if not isinstance(context.original_route, Mount) and "GET" in (context.methods or ())
    }
    visited = [re.sub(r"\{[^}]*\}", "x", path.partition("?")[0]) or "/" for path in PAGES.values()]
    forgotten = [
        route
        for route in sorted(routes - NO_PAGES)
        if not any(re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", route), path) for path in visited)
    ]
    assert not forgotten, forgotten
    assert routes >= NO_PAGES, "no longer there"
