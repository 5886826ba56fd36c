"""Run past comments once more under other settings, without effect, and say what would differ."""
