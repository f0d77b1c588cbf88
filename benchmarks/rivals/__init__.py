"""The other crawlers, each set up as a user who knows it would."""
