"""Analysis: arrays and policies in, findings out."""
