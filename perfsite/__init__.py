"""perfsite: benchmark results in, a published performance site with trusted verdicts out."""

__version__ = "0.1.0"
