"""Let `python -m perfsite` do what the `perfsite` command does."""

from perfsite.cli.main import main

if __name__ == "__main__":
    main()
