"""Django's PostgreSQL backend, the session's variable that the policies compare rows with, and the plans it keeps."""
