"""Posting to addresses that somebody else has chosen, and to none inside this network."""
