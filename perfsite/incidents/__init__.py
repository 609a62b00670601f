"""Incidents: change points and regressions of one cause, put together, ranked, with their states."""
