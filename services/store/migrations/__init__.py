"""Numbered SQL files, applied once each by `dialogwerk provision`; an applied file never changes.

Each file must leave the running release working: add first, remove a release later.
"""

from importlib.resources import files

from services.kit.db import read_migrations

MIGRATIONS = read_migrations(files(__name__))
