"""Django's PostgreSQL backend, and the session's variable that the policies compare rows with."""
