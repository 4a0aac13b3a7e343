"""The Spark targets: what they need, a cluster on this machine, their tables in DuckDB."""
