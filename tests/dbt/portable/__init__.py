"""The guard of the second engine: SQL that reads the same on DuckDB and on Spark, or a finding."""
