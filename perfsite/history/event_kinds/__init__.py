"""The kinds of events, one module each: `TYPE`, `record(event)`, `event(record, common)` and `describe(event)`."""
