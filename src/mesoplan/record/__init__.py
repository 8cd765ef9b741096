"""What was really done: an append-only, hash-chained record beside the plan, and what follows from it."""
