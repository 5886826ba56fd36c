"""Until when each version of the Graph API answers.

Source: the table of versions in Meta's changelog, https://developers.facebook.com/docs/graph-api/changelog
(read in November 2026). A version that has no date there yet is promised for two years from its
release, https://developers.facebook.com/docs/graph-api/guides/versioning.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

CURRENT = "v26.0"
EXPIRES: Mapping[str, datetime] = {
    "v19.0": datetime(2026, 5, 21, tzinfo=UTC),
    "v20.0": datetime(2026, 9, 24, tzinfo=UTC),
    "v21.0": datetime(2027, 1, 21, tzinfo=UTC),
    "v22.0": datetime(2027, 5, 20, tzinfo=UTC),
    "v23.0": datetime(2027, 10, 8, tzinfo=UTC),
    "v24.0": datetime(2028, 2, 18, tzinfo=UTC),
    "v25.0": datetime(2028, 7, 29, tzinfo=UTC),
    "v26.0": datetime(2028, 7, 29, tzinfo=UTC),
}


def expiry_of(version: str) -> datetime | None:
    """Return when the version stops answering, None when we do not know it.

    What is older than the table has stopped before the oldest in it did.
    """
    known = EXPIRES.get(version)
    if known is None and _number(version) < min(_number(one) for one in EXPIRES):
        return min(EXPIRES.values())
    return known


def _number(version: str) -> float:
    return float(version.removeprefix("v"))
