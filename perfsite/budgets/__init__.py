"""Budgets: absolute limits and target shares on values, and the named figures of a service."""
