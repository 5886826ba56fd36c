"""Bluesky: own notifications, watched threads, the PDS firehose; replies by record key."""
