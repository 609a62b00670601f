"""Hints: what the evidence recorded says of the cause of a change, and what to do next."""
