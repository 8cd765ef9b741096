"""The clinic's web application: client, intake, screening, plan, session, aftercare, outcome, kept safely.

It calls `mesoplan` through its public functions; no rule, number or clinical text is repeated here.
"""
