"""The use cases: what each command does; the only place where rooms meet."""
