"""The verbs on dropped files: load, map, files, retry. No Dagster: an answer is seconds away."""
