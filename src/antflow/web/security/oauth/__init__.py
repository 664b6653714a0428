"""Login at a provider by OAuth 2 and OpenID Connect."""
