"""Who is asking: a page's token, the administrator in somebody's name, or a visitor's cookie."""

from collections.abc import Mapping
from hmac import compare_digest

from starlette.requests import Request

from services.networks.sandbox.ledger import Ledger
from services.networks.sandbox.posting import hash_of
from services.networks.sandbox.settings import SandboxSettings
from services.networks.sandbox.world import Principal, Refusal

VISITOR_COOKIE = "sandbox_visitor"


class Access:
    """Turns credentials into a principal, or refuses."""

    def __init__(self, ledger: Ledger, settings: SandboxSettings) -> None:
        self._ledger = ledger
        self._pages: Mapping[str, Principal] = {
            hash_of(entry.token.get_secret_value()): Principal(
                entry.pages[0], frozenset(entry.pages)
            )
            for entry in settings.tokens
        }
        admin = settings.admin_token
        self._admin = hash_of(admin.get_secret_value()) if admin is not None else None

    def principal(self, request: Request) -> Principal:
        """Return who a bearer token speaks for; `X-Act-As` lets the administrator be anybody."""
        digest = _bearer(request)
        page = self._pages.get(digest)
        if page is not None:
            return page
        actor_id = request.headers.get("X-Act-As")
        if actor_id is not None and self._is_admin(digest):
            if self._ledger.actor(actor_id) is None:
                raise Refusal(404, "gone", f"There is no page or person {actor_id!r} here.")
            return Principal(actor_id, frozenset({actor_id}))
        raise _unknown_token()

    def require_admin(self, request: Request) -> None:
        """Refuse everybody but the administrator."""
        if not self._is_admin(_bearer(request)):
            raise _unknown_token()

    def visitor(self, request: Request) -> Principal | None:
        """Return the person of the browser's cookie, None for a newcomer."""
        secret = request.cookies.get(VISITOR_COOKIE)
        person = self._ledger.actor_by_secret(hash_of(secret)) if secret else None
        return Principal(person.id, frozenset({person.id})) if person is not None else None

    def _is_admin(self, digest: str) -> bool:
        return self._admin is not None and compare_digest(self._admin, digest)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return hash_of(token.strip()) if scheme.lower() == "bearer" else ""


def _unknown_token() -> Refusal:
    return Refusal(
        401, "token", "A known bearer token is needed.", headers={"WWW-Authenticate": "Bearer"}
    )
