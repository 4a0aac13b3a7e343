"""One module a family of assets: ingestion, dbt, published, site."""
