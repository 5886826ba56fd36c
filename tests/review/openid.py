"""A real OpenID provider, one a test session, people who sign in there, and a wire that lies."""

import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from services.kit.oidc.web import Ask, Said
from services.kit.web import listening_socket
from tests.conftest import require

HERE = Path(__file__).parent / "oidc"
SECRET = "kept between provider & desk: 100 %"
KID = "of-the-provider"
Tamper = Callable[[str, Said], Said]


def modules() -> Path:
    """Return where `install.sh` puts the provider."""
    given = os.environ.get("DIALOGWERK_TEST_OIDC")
    return Path(given) if given else Path.home() / ".cache/dialogwerk-test/oidc"


def _is_installed() -> bool:
    installed = modules() / "installed-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    return installed.is_file() and installed.read_bytes() == wanted


@dataclass(frozen=True)
class OpenId:
    """A running provider, its private key, and the address where it believes the desk to be."""

    issuer: str
    key: rsa.RSAPrivateKey
    desk: str
    reserved: socket.socket
    process: "subprocess.Popen[str]"

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.reserved.close()

    def desk_socket(self) -> socket.socket:
        """Return a socket that listens at the desk's address."""
        return listening_socket(port=self.reserved.getsockname()[1])

    @property
    def settings(self) -> dict[str, object]:
        """The desk's settings for this provider."""
        return {
            "public_url": self.desk, "oidc_issuer": self.issuer, "oidc_client_id": "dialogwerk",
            "oidc_client_secret": SECRET, "oidc_name": "Regenlinde-Konto",
        }  # fmt: skip

    async def knows(self, **people: Mapping[str, object]) -> None:
        """Say who there is and with which claims."""
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=30) as client:
            answer = await client.post(f"{self.issuer}/people", json=people)
            assert answer.is_success

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Sign a token as the provider does."""
        return jwt.encode(dict(claims), self.key, "RS256", headers={"kid": KID} | header)


@dataclass
class Wire(Ask):
    """Asks the real provider; `tamper` may change what it said."""

    tamper: Tamper | None = None
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def get(self, address: str, *, bearer: str | None = None) -> Said:
        self.asked.append(address)
        return self._told(address, await super().get(address, bearer=bearer))

    async def post(
        self, address: str, form: Mapping[str, str], *, basic: tuple[str, str] | None
    ) -> Said:
        self.asked.append(address)
        return self._told(address, await super().post(address, form, basic=basic))

    def _told(self, address: str, said: Said) -> Said:
        return self.tamper(address, said) if self.tamper else said


@dataclass
class Walker:
    """A browser at the provider: follows its redirects until they lead to the desk."""

    openid: OpenId
    client: httpx.AsyncClient

    async def sign_in(self, address: str, login: str, *, abort: bool = False) -> str:
        """Sign in at the provider; return the address at the desk that it leads to."""
        answer = await self.client.get(address)
        while True:
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(self.openid.desk):
                    return target.removeprefix(self.openid.desk)
                answer = await self.client.get(target)
            else:
                assert 'name="login"' in answer.text, answer.text
                form = {"login": login} | ({"abort": "yes"} if abort else {})
                answer = await self.client.post(str(answer.url), data=form)

    async def sign_out(self, address: str) -> str:
        """Sign out at the provider; return where it leads to."""
        page = await self.client.get(address)
        form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
        action = re.search(r'action="([^"]+)"', page.text)
        assert action, page.text
        answer = await self.client.post(action[1], data=form | {"logout": "yes"})
        return answer.headers["location"]


def forged(openid: OpenId, forge: Callable[[OpenId, dict[str, Any]], str]) -> Tamper:
    """Return a wire's lie: the ID token is replaced by what `forge` makes of its claims."""

    def tamper(address: str, said: Said) -> Said:
        if not address.endswith("/token") or not isinstance(said.document, dict):
            return said
        claims = jwt.decode(said.document["id_token"], options={"verify_signature": False})
        return Said(said.status, said.document | {"id_token": forge(openid, claims)})

    return tamper


def start(desk: socket.socket) -> OpenId:
    require(
        _is_installed() and shutil.which("node") is not None,
        "the OpenID provider is not installed: run tests/review/oidc/install.sh (Node 20)",
    )
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(RSAAlgorithm.to_jwk(key)) | {"kid": KID, "use": "sig", "alg": "RS256"}
    address = f"http://127.0.0.1:{desk.getsockname()[1]}"
    options = {
        "modules": str(modules()), "jwks": {"keys": [jwk]}, "desk": address, "secret": SECRET,
    }  # fmt: skip
    process = subprocess.Popen(
        ["node", str(HERE / "start.mjs"), json.dumps(options)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the provider did not start"
    return OpenId(json.loads(line)["issuer"], key, address, desk, process)


_RUNNING = pytest.StashKey[OpenId]()


def the_openid(request: pytest.FixtureRequest) -> OpenId:
    """Return the session's provider; the first who asks starts it."""
    stash = request.config.stash
    if _RUNNING not in stash:
        reserved = socket.socket()
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        stash[_RUNNING] = started = start(reserved)
        request.config.add_cleanup(started.stop)
    return stash[_RUNNING]
