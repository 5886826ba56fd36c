"""What a browser is told when the desk itself cannot work."""

import psycopg
import psycopg_pool
from starlette.responses import PlainTextResponse, Response

UNREACHABLE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg_pool.PoolTimeout,
    psycopg_pool.PoolClosed,
)


def database_away() -> Response:
    """Return a short answer that needs neither database nor template."""
    return PlainTextResponse(
        "Die Datenbank antwortet gerade nicht. Bitte gleich noch einmal versuchen;"
        " ein getippter Text bleibt in diesem Fenster erhalten.\n"
        "The database does not answer right now. Please try again in a moment;"
        " what you typed is kept in this window.\n",
        status_code=503,
        headers={"Retry-After": "5"},
    )


def broken() -> Response:
    """Return a short answer for a fault of ours, which stands in the log."""
    return PlainTextResponse(
        "Da ist etwas schiefgegangen. Es steht im Protokoll des Dienstes.\n"
        "Something went wrong. It is in the service's log.\n",
        status_code=500,
    )
