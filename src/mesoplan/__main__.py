"""`python -m mesoplan` is the command `mesoplan`."""

from mesoplan.cli import main

main()
