"""ProConnect, by which professionals are identified by their employer’s own means (OpenID Connect)."""
