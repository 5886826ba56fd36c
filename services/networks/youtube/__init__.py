"""A YouTube channel over the Data API v3, visited within a daily quota.

Written from Google's reference and tested against a server of our own that speaks its format; not
exercised against YouTube.
"""
