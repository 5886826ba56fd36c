"""The switch between languages, open to everybody."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.rights import SIGNED_OUT, may
from services.review.security import Cookies, safe_path, signed_in, with_token
from services.review.texts import LANGUAGES
from services.store import accounts
from services.store.accounts import Person

YEAR = 365 * 86_400


def language_router(desk: Desk) -> APIRouter:
    """Return the form that chooses a language."""
    router = APIRouter(default_response_class=Response)
    cookies = Cookies(desk.secure)

    @router.post("/language")
    @may(SIGNED_OUT)
    async def choose_language(
        request: Request,
        language: Annotated[str, Form()],
        back: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        """Remember the language in a cookie, and in the account of who is signed in."""
        chosen = next((known for known in LANGUAGES if known == language), None)
        if chosen is None:
            raise HTTPException(400)
        if isinstance(request.state.person, Person):
            person = signed_in(request)
            await with_token(request, person)
            async with transaction(desk.pool) as connection:
                await accounts.save_language(connection, person.account_id, chosen)
        answer = RedirectResponse(safe_path(back), status_code=303)
        cookies.keep(answer, cookies.language, chosen, seconds=YEAR)
        return answer

    return router
