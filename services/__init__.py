"""Dialogwerk's services, one folder per verb."""

__version__ = "0.1.0"
