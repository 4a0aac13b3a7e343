"""Landing: what was received becomes rows of schema `raw`, once, whatever is killed on the way."""

from ingestion.landing.run import Counts, Landing, Run, Slice, SliceWriter, TableStats

__all__ = ["Counts", "Landing", "Run", "Slice", "SliceWriter", "TableStats"]
