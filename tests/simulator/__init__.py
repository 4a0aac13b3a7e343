"""Simulated APIs for tests: any records, any day, any failure.

with Simulator(muse_api(jobs)) as api:
    api.fail(faults.server_error(), path="/jobs", page=2)
    ...  # point SOURCES__THE_MUSE__BASE_URL at api.url + ROOT
    assert api.count("/jobs") == 7
"""

from ingestion.demo.server import ROOT
from tests.simulator import faults
from tests.simulator.captures import days_of, records_of
from tests.simulator.server import Simulator, muse_api

__all__ = ["ROOT", "Simulator", "days_of", "faults", "muse_api", "records_of"]
