"""The report as data: no HTML, no Markdown."""
