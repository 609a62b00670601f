"""Capture the facts of the machine that a run was made on."""
