"""A way into a fresh database."""

import pytest

from services.ingest.intake import Intake
from services.kit.db import Pool
from tests.ingest.events import new_intake


@pytest.fixture
def intake(pool: Pool) -> Intake:
    return new_intake(pool)
