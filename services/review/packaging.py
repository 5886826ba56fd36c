"""Make packages for a trusted flagger, list them, hand them out, delete them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, File, HTTPException, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from services.kit.db import transaction
from services.review.context import Desk
from services.review.cursors import from_place, to_place
from services.review.package import Bundle, Case, pack, stamp
from services.review.pages import Key
from services.review.picture import RENDERER, draw_case
from services.review.rights import may
from services.review.screenshot import MAX_BYTES, NoImage, redrawn
from services.review.security import SignedIn, with_token
from services.review.texts import LANGUAGES
from services.store import desk_item, packages
from services.store.finding import Place

LISTED = 50
MAX_FORM = MAX_BYTES + 500_000


def packages_router(desk: Desk) -> APIRouter:
    """Return the list of packages and their bytes."""
    router = APIRouter(default_response_class=Response)

    @router.get("/packages")
    @may("evidence.package")
    async def listed(
        request: Request, after: Annotated[str, Query(max_length=80)] = ""
    ) -> Response:
        place, now = from_place(after), datetime.now(UTC)
        async with desk.pool.connection() as connection:
            rows = await packages.read_packages(
                connection, now, after=(place.at, place.comment_key) if place else None,
                limit=LISTED + 1,
            )  # fmt: skip
        last = rows[LISTED - 1] if len(rows) > LISTED else None
        more = to_place(Place(last.taken_at, last.package_id)) if last else None
        return desk.view.page(
            request, "packages.html", rows=rows[:LISTED], more=more,
            days=desk.settings.package_days,
        )  # fmt: skip

    @router.get("/packages/{package_id}")
    @may("evidence.package")
    async def body(package_id: Key) -> Response:
        async with desk.pool.connection() as connection:
            found = await packages.read_body(connection, package_id, datetime.now(UTC))
        if found is None:
            raise HTTPException(404)
        name = f"comment-{package_id[:8]}.zip"
        return Response(
            found, media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    return router


def packaging_router(desk: Desk) -> APIRouter:
    """Return the forms that make and delete a package."""
    router = APIRouter(default_response_class=Response, dependencies=[Depends(with_token)])

    @router.post("/items/{comment_key}/package", max_body_size=MAX_FORM)
    @may("evidence.package")
    async def make(
        request: Request, person: SignedIn, comment_key: Key,
        screenshot: Annotated[UploadFile | None, File()] = None,
    ) -> Response:  # fmt: skip
        """Secure a comment; a screenshot that a person took themselves may come with it."""
        now = datetime.now(UTC).replace(microsecond=0)
        back, added = f"/items/{comment_key}", {}
        try:
            if screenshot and screenshot.filename:
                name, picture = await asyncio.to_thread(redrawn, await screenshot.read())
                added[name] = picture
        except NoImage:
            return desk.view.page(
                request, "refused.html", status=422, fault="no_image", here=back, back_to=back
            )
        async with desk.pool.connection() as connection:
            suspect = await packages.read_suspect(connection, comment_key)
            wordings = await packages.read_wordings(connection, comment_key)
            thread = await desk_item.read_thread(connection, comment_key)
        if suspect is None or not wordings:
            return desk.view.page(
                request, "refused.html", status=409, fault="erased", here=back, back_to=back
            )
        case = Case(desk.settings.organisation, now, suspect, wordings, thread)
        bundle = await asyncio.to_thread(bundle_of, desk, case, added)
        package = packages.Package(
            uuid4().hex, comment_key, person.account_id, suspect.network, suspect.url, now,
            now + timedelta(days=desk.settings.package_days), bundle.sha256, len(bundle.body),
        )  # fmt: skip
        async with transaction(desk.pool) as connection:
            await packages.add_package(connection, package, bundle.body)
        return RedirectResponse("/packages?done=package", status_code=303)

    @router.post("/packages/{package_id}/delete")
    @may("evidence.package")
    async def delete(person: SignedIn, package_id: Key) -> Response:
        async with transaction(desk.pool) as connection:
            now = datetime.now(UTC)
            if not await packages.delete_package(connection, package_id, person.account_id, now):
                raise HTTPException(404)
        return RedirectResponse("/packages?done=package_deleted", status_code=303)

    return router


def bundle_of(desk: Desk, case: Case, added: Mapping[str, bytes]) -> Bundle:
    """Render a case as pictures, as a page without scripts and as cover notes, and pack it."""
    pages = draw_case(case)
    pictures = {f"thread-{number:02}.png": page for number, page in enumerate(pages, 1)}
    context: Mapping[str, object] = {
        "case": case, "suspect": case.suspect, "stamp": stamp, "added": sorted(added),
        "pages": sorted(pictures),
    }  # fmt: skip
    environment = desk.view.environments["de"]
    notes = {
        f"note.{language}.txt": desk.view.environments[language]
        .get_template(f"package_note.{language}.txt")
        .render(context)
        for language in LANGUAGES
    }
    snapshot = environment.get_template("package_thread.html").render(context)
    return pack(case, snapshot, notes, {**pictures, **added}, renderer=RENDERER)
