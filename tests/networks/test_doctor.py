"""What a diagnosis means: faults told and faults that follow, and it survives being stored."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.networks.doctor import diagnose, findings, from_json, to_json
from services.networks.network import Budget, Diagnosis, Fault, Refused
from services.networks.sandbox.connector import SandboxNetwork

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WELL = Diagnosis("@stiftung", SandboxNetwork.capabilities)
FULL = Diagnosis(
    "@stiftung", SandboxNetwork.capabilities, permissions={"read": True, "write": False},
    subscribed=True, expiries={"token": NOW + timedelta(days=60)},
    budget=Budget(50, 10_000, NOW + timedelta(hours=3)), faults=[Fault("scope", "write")],
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"permissions": {"read": True, "write": False}}, [Fault("scope", "write")]),
        ({"subscribed": True}, []),
        ({"subscribed": False}, [Fault("not_subscribed")]),
        ({"expiries": {"token": NOW + timedelta(days=15)}}, []),
        (
            {"expiries": {"token": NOW + timedelta(days=13)}},
            [Fault("expiring", "token: 2026-12-05")],
        ),
        ({"expiries": {"version": NOW}}, [Fault("expired", "version: 2026-11-22")]),
        ({"budget": Budget(9, 10, NOW + timedelta(hours=1))}, []),
        ({"budget": Budget(10, 10, NOW + timedelta(hours=1))}, [Fault("quota")]),
        ({"budget": Budget(10, 10, NOW)}, []),
    ],
)
def test_faults_follow_from_what_the_network_tells(
    change: dict[str, Any], expected: list[Fault]
) -> None:
    assert findings(replace(WELL, **change), NOW) == expected


def test_what_the_network_told_itself_is_not_told_twice() -> None:
    assert findings(FULL, NOW) == [Fault("scope", "write")]


def test_a_diagnosis_survives_being_stored() -> None:
    stored = json.loads(json.dumps(to_json(FULL)))
    assert from_json(stored) == FULL
    assert from_json(None) is None
    assert from_json({"signed_in_as": "of another release"}) is None


class Failing(SandboxNetwork):
    def __init__(self, error: Exception | None) -> None:
        super().__init__("http://nowhere.invalid", "token", "page")
        self._error = error

    async def check(self) -> Diagnosis:
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()
        return WELL


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Refused("no, and no again", code="token"), Fault("unreachable", "no, and no again")),
        (KeyError("a word of the answer"), Fault("incompatible", "KeyError")),
        (None, Fault("unreachable", "no answer within 0 s")),
    ],
)
async def test_whatever_goes_wrong_is_a_finding(error: Exception | None, expected: Fault) -> None:
    found = await diagnose(Failing(error), patience=0.05)
    assert found.faults == [expected]
    assert found.signed_in_as is None
