"""`python -m services.kit.probe URL`: exit with 0 when a service is ready, for health checks.

Standard library only: a container asks every few seconds, and importing the house takes longer
than the answer.
"""

import sys
import urllib.error
import urllib.request


def main(url: str) -> int:
    """Ask `URL/ready`; print the reason when the service is not ready."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/ready", timeout=8):  # noqa: S310 - ours
            return 0
    except urllib.error.HTTPError as error:
        print(error.read(300).decode("utf-8", "replace"), file=sys.stderr)  # noqa: T201
    except OSError as error:
        print(f"{url} does not answer: {error}", file=sys.stderr)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
