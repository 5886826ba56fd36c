"""`dialogwerk secrets`: everything secret that a new installation needs, for its .env file."""

import base64
import secrets
import string

import typer

from services import house

LETTERS = string.ascii_letters
LENGTH = 40


def password() -> str:
    """Return a password that can stand in an address and in the configuration of NATS.

    It begins with a letter: NATS takes a value from the environment for a number if it can.
    """
    rest = (secrets.choice(LETTERS + string.digits) for _ in range(LENGTH - 1))
    return secrets.choice(LETTERS) + "".join(rest)


def fresh_secrets() -> dict[str, str]:
    """Return a value for each secret that docker-compose.yml asks for."""
    names = ["NATS_PASSWORD", "POSTGRES_PASSWORD", "PSEUDONYM_KEY"]
    names += [f"{service.upper()}_PASSWORD" for service in house.SERVICES]
    return {
        **{name: password() for name in names},
        "SECRET_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def print_secrets() -> None:
    """Print new secrets for a .env file; keep it private, and back it up apart from the data."""
    for name, value in fresh_secrets().items():
        typer.echo(f"{name}={value}")
