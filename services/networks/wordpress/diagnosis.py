"""Finds out what is wrong with a connection to a WordPress site."""

import html
from collections.abc import Sequence

from services.networks.exchange import Answer
from services.networks.network import (
    Capabilities,
    Diagnosis,
    Fault,
    FaultCode,
    NetworkError,
    Refused,
)
from services.networks.wordpress.outcome import code_of, refusal_of, understood
from services.networks.wordpress.rest import Rest
from services.networks.wordpress.said import SaidIndex, SaidUser
from services.networks.wordpress.settings import WordPressSettings

MODERATE = "moderate_comments"
_NAMESPACE = "wp/v2"
_NOBODY = "rest_not_logged_in"


async def diagnose(
    rest: Rest, settings: WordPressSettings, capabilities: Capabilities
) -> Diagnosis:
    """Ask for the interface, for our account, and for the comments as a moderator sees them."""
    try:
        index = await rest.get("/", {"_fields": "name,namespaces,authentication"}, anonymous=True)
        if index.status == 404:
            absent = Fault("incompatible", "WordPress does not answer at this address")
            return Diagnosis(None, capabilities, faults=[absent])
        if not index.is_success and index.status not in {401, 403}:
            raise refusal_of(index, writing=False)
        if fault := _unfit(index):
            return Diagnosis(None, capabilities, faults=[fault])
        me = await rest.get("/wp/v2/users/me", {"context": "edit"})
        if me.status == 401:
            faults = await _not_signed_in(rest, settings, me)
            return Diagnosis(None, capabilities, faults=faults)
        user = understood(me, SaidUser)
        granted = bool(user.capabilities.get(MODERATE))
        comments = await rest.get("/wp/v2/comments", {"context": "edit", "per_page": 1})
        if granted and not comments.is_success:
            raise refusal_of(comments, writing=False)
    except Refused as error:
        code: FaultCode = "scope" if error.code == "scope" else "incompatible"
        return Diagnosis(None, capabilities, faults=[Fault(code, str(error))])
    except NetworkError as error:
        return Diagnosis(None, capabilities, faults=[Fault("unreachable", str(error))])
    faults = [] if granted else [Fault("scope", MODERATE)]
    return Diagnosis(user.name, capabilities, {MODERATE: granted}, faults=faults)


def _unfit(answer: Answer) -> Fault | None:
    """A site may show its interface to those who signed in only: then it cannot be judged yet."""
    if not answer.is_success:
        return None
    try:
        index = understood(answer, SaidIndex)
    except NetworkError as error:
        return Fault("incompatible", str(error))
    if _NAMESPACE not in index.namespaces:
        return Fault("incompatible", f"the site's interface lacks {_NAMESPACE}")
    if "application-passwords" not in index.authentication:
        return Fault("incompatible", "application passwords are switched off on this site")
    return None


async def _not_signed_in(
    rest: Rest, settings: WordPressSettings, answer: Answer
) -> Sequence[Fault]:
    """Tell a wrong password from a web server that drops the header it travels in.

    WordPress says the same to both. Its older interface takes the password in the body: when it
    is right there, it is the header that got lost.
    https://github.com/WordPress/application-passwords/issues/95
    """
    if code_of(answer) != _NOBODY:
        return [Fault("token", code_of(answer))]
    try:
        said = await rest.call_xmlrpc(_sign_in_call(settings))
    except NetworkError:
        return [Fault("token", "or the web server drops the Authorization header")]
    if not said.is_success or b"methodResponse" not in said.content:
        return [Fault("token", "or the web server drops the Authorization header")]
    if b"<fault>" not in said.content:
        return [Fault("auth_header", "the password is right, but the web server drops the header")]
    return [Fault("token", code_of(answer))]


def _sign_in_call(settings: WordPressSettings) -> bytes:
    """https://codex.wordpress.org/XML-RPC_WordPress_API/Users#wp.getUsersBlogs."""
    words = [settings.user, settings.password.get_secret_value()]
    params = "".join(
        f"<param><value><string>{html.escape(word)}</string></value></param>" for word in words
    )
    return (
        "<?xml version='1.0'?><methodCall><methodName>wp.getUsersBlogs</methodName>"
        f"<params>{params}</params></methodCall>"
    ).encode()
