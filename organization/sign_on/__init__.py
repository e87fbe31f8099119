"""Sign-on with the bureau's own identity system, off unless configured: OIDC and LDAP (docs/sign-on.md)."""
