"""Sources: text of a benchmark tool in, measurements out."""
