"""Sightings of long ago, folded: one row per record, scope, version and unbroken span of runs."""

from __future__ import annotations

import logging

from ingestion.landing.queries import tables
from ingestion.landing.store import Store, current
from ingestion.settings import Settings

logger = logging.getLogger(__name__)

#: Runs of a scope whose sightings stay as they are, newest first.
KEPT_RUNS = 10


def fold_sightings(settings: Settings) -> int:
    """Fold what is old; returns the rows this made needless. All or nothing.

    A bucket's sightings stay as they are: its files cannot be replaced in one step. Raises
    WarehouseLocked, and what `current` raises.
    """
    store = current(settings)
    if store.is_empty():
        return 0
    needless = fold(store)
    logger.info("folded %d sightings", needless)
    return needless


def fold(store: Store, kept_runs: int = KEPT_RUNS) -> int:
    """Fold sightings that are older than the newest `kept_runs` runs of their scope.

    A span is a row of consecutive runs of the scope in each of which the record was met with the
    same version. Its row keeps the last run's id, from when until when it lasted and how often the
    record was met: first and last sighting, their sum, and the last run of every record stay what
    they were.
    """
    with store.connect() as connection:
        if not {"slices", "sightings"} <= tables(connection):
            return 0
        connection.execute(_OLD, {"kept_runs": kept_runs})
        connection.execute(_FOLDED)
        counted = connection.execute(
            "select (select count(*) from old) - (select count(*) from folded)"
        ).fetchone()
        needless = int(counted[0]) if counted else 0
        if not needless or not store.can_replace():
            return 0
        store.replace(
            connection,
            "sightings",
            gone="row_id in (select row_id from old)",
            added="select * from folded",
        )
    return needless


_OLD = """
create temp table old as
with run as (
    select source, endpoint, scope, run_id,
        row_number() over (
            partition by source, endpoint, scope order by max(run_no)
        ) as place
    from raw.slices
    group by source, endpoint, scope, run_id
),
last as (
    select source, endpoint, scope, max(place) as place from run group by all
)
select s.*, run.place
from raw.sightings as s
inner join run using (source, endpoint, scope, run_id)
inner join last using (source, endpoint, scope)
where run.place <= last.place - $kept_runs
"""

_FOLDED = """
create temp table folded as
with once as (
    -- A load that was killed may have loaded a row twice.
    select * from old
    qualify row_number() over (partition by row_id order by _dlt_load_id) = 1
),
met as (
    select source, endpoint, scope, record_id, run_id, place,
        max(version_no) as version_no, min(seen_from) as seen_from, max(seen_to) as seen_to,
        sum(times)::bigint as times, max(_dlt_load_id) as _dlt_load_id
    from once
    group by all
),
span as (
    select *,
        sum(is_start) over (
            partition by source, endpoint, scope, record_id order by place
        ) as span_no
    from (
        select *,
            case
                when lag(place) over w = place - 1 and lag(version_no) over w = version_no then 0
                else 1
            end as is_start
        from met
        window w as (partition by source, endpoint, scope, record_id order by place)
    )
)
select source, endpoint, scope, record_id, max(version_no) as version_no,
    arg_max(run_id, place) as run_id, min(seen_from) as seen_from, max(seen_to) as seen_to,
    sum(times)::bigint as times,
    md5(concat_ws(chr(31), source, endpoint, scope, record_id, arg_max(run_id, place))) as row_id,
    max(_dlt_load_id) as _dlt_load_id
from span
group by source, endpoint, scope, record_id, span_no
"""
