"""Read perfsite.toml into typed settings; say which line is wrong."""
