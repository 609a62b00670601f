"""The formats: one module each, with its parts beside it under the same first word."""
