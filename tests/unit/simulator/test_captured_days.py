"""Two captured days of The Muse through the simulator into raw: exact counts."""

from __future__ import annotations

from datetime import date

from tests.fixtures.warehouses import Folder
from tests.simulator import ROOT, Simulator


def test_two_days_of_the_muse(captured_muse: Simulator, folder: Folder) -> None:
    address = {"SOURCES__THE_MUSE__BASE_URL": captured_muse.url + ROOT}
    first, _ = folder.collect("the_muse", "2024-03-17T17:00:00Z", **address)
    captured_muse.day = date(2024, 3, 18)
    second, _ = folder.collect("the_muse", "2024-03-18T11:30:00Z", **address)

    assert (first.status, first.counts.records, first.counts.new_versions) == ("complete", 220, 220)
    assert (second.status, second.counts.records, second.counts.new_versions) == (
        "complete",
        320,
        120,
    )
    assert first.counts.quarantined == second.counts.quarantined == 0
    assert first.counts.duplicates == second.counts.duplicates == 0
    # 6 and 11 pages of jobs, 5 of companies each day.
    assert (first.counts.requests, second.counts.requests) == (11, 16)

    versions = folder.rows(
        "select count(*), count(distinct record_id), max(version_no) from the_muse__jobs"
    )
    assert versions == [(240, 240, 1)]
    assert folder.rows("select count(*) from the_muse__companies") == [(100,)]
    slices = folder.rows(
        "select run_no, endpoint, is_complete, records from slices"
        " where ended_at is not null order by run_no, endpoint"
    )
    assert slices == [
        (1, "companies", True, 100),
        (1, "jobs", True, 120),
        (2, "companies", True, 100),
        (2, "jobs", True, 220),
    ]
    seen = folder.rows(
        "select seen_from::date, count(*), sum(times) from sightings"
        " where endpoint = 'jobs' group by 1 order by 1"
    )
    assert seen == [(date(2024, 3, 17), 120, 120), (date(2024, 3, 18), 220, 220)]
    both = folder.rows(
        "select count(*) from (select record_id from sightings where endpoint = 'jobs'"
        " group by 1 having count(*) = 2)"
    )
    assert both == [(100,)]
