"""One act of an agent on up to 5,000 dossiers: previewed, confirmed, done by a job, each result listed."""
