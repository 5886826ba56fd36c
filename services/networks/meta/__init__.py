"""Facebook Pages and Instagram professional accounts over Meta's Graph API and its webhook.

Written from Meta's reference and tested against a server of our own that speaks its format; not
exercised against Meta.
"""
