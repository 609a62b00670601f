"""The words of perfsite as plain frozen data."""
