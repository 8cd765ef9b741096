"""The clinic's web application: client, intake, screening, plan, session, aftercare, outcome, kept safely.

It calls `mesoplan` through its public functions; no rule, number or clinical text is repeated here.
"""

import sys

try:
    import pysqlite3
except ImportError:  # a platform without it keeps the interpreter's own; server.py then knows what it may do
    pass
else:
    # before anybody opens the database: two SQLite libraries on one file would drop each other's locks
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
