"""`make bench`: what the machine needs for what, side by side in one run."""
