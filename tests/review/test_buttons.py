"""Nobody is shown a button or a link that would answer that it is not theirs to press."""

import html
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from services.review.areas import AREAS
from services.review.rights import RIGHTS, ROLES, SIGNED_OUT
from services.store.accounts import Role
from tests.browser.scene import set_scene
from tests.review.reading import path, rows
from tests.review.room import Room, Visitor
from tests.review.test_asking import asked
from tests.review.test_gaps import BEES, ask
from tests.review.test_rights import routes_of
from tests.review.test_shelf import shelved

_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_GREY = re.compile(r"<fieldset[^>]* disabled>.*?</fieldset>", re.DOTALL)
_ADDRESSES = (
    ("GET", re.compile(r'<a\b[^>]*\bhref="(/[^"#]*)')),
    ("GET", re.compile(r'\bhx-get="(/[^"]*)"')),
    ("POST", re.compile(r'\bhx-post="(/[^"]*)"')),
    ("POST", re.compile(r'\bformaction="(/[^"]*)"')),
)


@dataclass(frozen=True)
class Offer:
    """Something on a page that one can press."""

    method: str
    path: str


def offers_of(page: str) -> set[Offer]:
    """Return where the links, forms and buttons of a page lead."""
    found = {
        Offer(method, html.unescape(address).partition("?")[0])
        for method, pattern in _ADDRESSES
        for address in pattern.findall(page)
    }
    for attributes, inside in _FORM.findall(page):
        action = re.search(r'\baction="(/[^"?]*)', attributes)
        if action and ("<button" in inside or " id=" in attributes):
            posts = 'method="post"' in attributes
            found.add(Offer("POST" if posts else "GET", action[1]))
    return found


async def filled(room: Room, admin: Visitor) -> list[str]:
    """Fill the desk and return all its pages, with items in every state."""
    jule, emre = await room.account("Ines"), await room.account("Otto")
    question = await set_scene(room.world, jule, emre)
    await ask(room, BEES, "b" * 32)
    publication = await shelved(room, admin)
    trial = await asked(admin)
    await admin.post("/sources", kind="page", address="https://regenlinde.example/a", every="24h")
    await admin.get(path(question))
    items = await rows(
        room.pool, "select distinct on (status, draft_state, note) comment_key from items"
    )
    decided = await rows(
        room.pool, "select decision_id from decisions where comment_key is not null limit 3"
    )
    pages = [page.path for area in AREAS for page in area.pages]
    pages += ["/search?words=e", "/account", "/gaps?show=closed", trial]
    pages += [f"/publications/{publication}", f"/publications/{publication}/cited"]
    pages += [f"/items/{key}" for (key,) in items]
    return pages + [f"/evidence/{decision_id}" for (decision_id,) in decided]


async def test_what_is_shown_may_be_pressed(room: Room) -> None:
    """INVARIANT: no role sees a form, button or link whose right it lacks, on any page."""
    admin = await room.colleague("Ada")
    pages = await filled(room, admin)
    routes = [
        (route.method, re.compile(re.sub(r"\{\w+[^}]*\}", "[^/]+", route.path)), route.action)
        for route in routes_of(room.app)
    ]
    wrong: set[tuple[Role, str, str, str]] = set()
    pressed: set[str] = set()
    for role in ROLES:
        visitor = await room.colleague(role, "en", role)
        for page in pages:
            answer = await visitor.get(page)
            if answer.status_code != 200:
                continue
            for offer in offers_of(answer.text):
                action = next(
                    (a for method, pattern, a in routes
                     if method == offer.method and pattern.fullmatch(offer.path)),
                    None,
                )  # fmt: skip
                if offer.path.startswith("/static/"):
                    continue
                assert action is not None, (offer, page)
                pressed.add(action)
                if action != SIGNED_OUT and role not in RIGHTS[action]:
                    wrong.add((role, re.sub("[0-9a-f]{16,}", "…", page), offer.path, action))
    assert wrong == set()
    assert pressed >= {"items.decide", "publications.keep", "gaps.judge", "trials.ask"}


async def test_who_does_not_hold_an_item_can_only_take_it_over(room: Room) -> None:
    """INVARIANT: while somebody else is on an item, nothing on its page decides about it."""
    jule, emre = await room.colleague("Jule"), await room.colleague("Emre")
    item = await room.world.item("Wie hoch ist der Anteil?")
    own = (await jule.get(path(item))).text
    assert {"relane", "aside", "hand-over", "approve"} <= deciding(own)
    await emre.get(path(item))
    html = (await emre.get(path(item))).text
    assert "Jule arbeitet daran seit" in html
    assert deciding(html) == {"take-over", "package"}
    stamps = {"stamp": "", "muting_stamp": ""}
    live = (await emre.get(f"{path(item, '/live')}?{urlencode(stamps)}")).text
    assert deciding(live) == {"take-over"}
    await emre.post(path(item, "/take-over"))
    stamp = re.search(r'name="stamp" value="([^"]*)"', own)
    assert stamp is not None
    live = (await jule.get(f"{path(item, '/live')}?{urlencode({'stamp': stamp[1]})}")).text
    assert deciding(live) == {"take-over"}, "without a reload"


def deciding(page: str) -> set[str]:
    """Return the forms of an item's page that are not greyed out."""
    enabled = _GREY.sub("", page)
    return set(re.findall(r'action="/items/[0-9a-f]+/([a-z-]+)"', enabled))
