"""Findings to pages and files that people and other systems read."""
