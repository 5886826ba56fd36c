"""Whatever bytes arrive: a reader reads them, or says what it is documented to say."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.fuzz.mutation import damaged
from tests.fuzz.targets import TARGETS

TRIES = 40
"""Of each kind and reader; `make fuzz` tries for as long as one likes."""


@pytest.mark.filterwarnings("default")  # what a library says of a broken file is not about us
@pytest.mark.parametrize("name", TARGETS)
def test_no_bytes_bring_a_reader_down(name: str) -> None:
    """INVARIANT: hostile bytes never end in an error that nobody expects."""
    target = TARGETS[name]
    for seed in target.seeds:
        target.try_on(seed)

    @settings(
        max_examples=TRIES, derandomize=True, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(body=some.binary(max_size=2000), number=some.integers(0, 2**32))
    def tried(body: bytes, number: int) -> None:
        target.try_on(body)
        chance = Random(number)
        target.try_on(damaged(chance.choice(target.seeds), chance))

    tried()
