"""Formats for other programs: calendar files."""
