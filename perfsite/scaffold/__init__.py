"""The files that `perfsite init` writes into a repository."""
