"""Replay in other people's viewers: what they are given, and how each is served."""
