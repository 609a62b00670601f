"""Pages: views in, a published site out."""
