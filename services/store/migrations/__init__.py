"""Numbered SQL files, applied once each by `dialogwerk provision`; an applied file never changes.

Each file must leave the running release working: add first, remove a release later. What that means
for each kind of change stands in docs/upgrading.md; a contract test reads every new file.
"""

from importlib.resources import files

from services.kit.db import read_migrations

MIGRATIONS = read_migrations(files(__name__))
