"""The MkDocs side: hand over pages, nothing else."""
