"""The knowledge base: facts, questions with their rules, zones, techniques and sources, as data."""
