"""Tags of the audit."""
