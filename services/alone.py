"""The process beside a service, for messages that may have ended one: `python -m services.alone`.

Only a running service starts it (see services/kit/bulkhead.py).
"""

import sys

from services import house
from services.kit.alone import run_alone
from services.kit.embed.shared import SharedEmbedder
from services.kit.settings import Settings
from services.kit.telemetry import log_to_stderr

if __name__ == "__main__":
    settings = Settings()
    log_to_stderr(settings.log_level)
    run_alone(house.build(sys.argv[1], settings, SharedEmbedder(settings)))
