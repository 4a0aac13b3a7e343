"""A source made by the README's steps, as files that a test puts into a copy of the project."""
