"""Landing: what was received becomes rows of schema `raw`, once, whatever is killed on the way."""

from ingestion.landing.landing import Landing
from ingestion.landing.run import Run
from ingestion.landing.slices import Slice, SliceWriter

__all__ = ["Landing", "Run", "Slice", "SliceWriter"]
