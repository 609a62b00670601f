"""The history: what was measured before, in a directory or on a git branch."""
