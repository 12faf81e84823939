"""Tables of what is known: sources, their import, and the targets that ship with the project."""
