"""Alerts as messages: their texts in every form that a channel takes, and their delivery."""
