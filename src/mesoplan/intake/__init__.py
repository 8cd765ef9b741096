"""Parses a filled-in intake against the knowledge's questions: yes, no, unknown, dates, grades, zones, events."""
