"""Collecting: sources, how they are asked, and how what they answer is landed.

The entry points are `collect`, `land_reference`, `fold_sightings`, `available_sources`,
`selected_sources`, `demo_is_needed` and `quotas`.
"""

import logging

# Without a handler of the application's, nothing of ours or of dlt's goes to the console.
logging.getLogger("ingestion").addHandler(logging.NullHandler())
