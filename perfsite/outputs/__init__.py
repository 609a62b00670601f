"""Where a report goes beside the site: comments, release notes, messages, metrics; texts and deliveries."""
