"""Importers: whole histories of other tools in, runs out, lazily."""
