"""The papers: one context of words and numbers, drawn as PDF, picture and terminal text."""
