-- First and last sighting of each record, and when it closed. A record closes at the end of the
-- run by which each scope of its last sighting run has had a later full run that was complete in
-- every planned slice. Cursor runs close nothing; a record seen again is open again.
with

sightings as (
    select * from {{ ref('stg_landing__sightings') }}
),

slices as (
    select * from {{ ref('stg_landing__slices') }}
),

runs as (
    select
        source,
        run_id,
        max(run_no) as run_no,
        max(ended_at) as run_ended_at
    from slices
    group by source, run_id
),

complete_scopes as (
    select
        source,
        endpoint,
        scope,
        run_id
    from slices
    group by source, endpoint, scope, run_id
    having bool_and(is_complete and mode = 'full')
),

complete_runs as (
    select
        complete_scopes.source,
        complete_scopes.endpoint,
        complete_scopes.scope,
        runs.run_no
    from complete_scopes
    inner join runs
        on complete_scopes.source = runs.source and complete_scopes.run_id = runs.run_id
),

numbered as (
    select
        sightings.source,
        sightings.endpoint,
        sightings.scope,
        sightings.record_id,
        sightings.seen_from,
        sightings.seen_to,
        coalesce(runs.run_no, 0) as run_no
    from sightings
    left join runs on sightings.source = runs.source and sightings.run_id = runs.run_id
),

spans as (
    select
        source,
        endpoint,
        record_id,
        min(seen_from) as first_seen_at,
        max(seen_to) as last_seen_at,
        max(run_no) as last_run_no
    from numbered
    group by source, endpoint, record_id
),

last_scopes as (
    select
        numbered.source,
        numbered.endpoint,
        numbered.scope,
        numbered.record_id,
        numbered.run_no
    from numbered
    inner join spans
        on
            numbered.source = spans.source
            and numbered.endpoint = spans.endpoint
            and numbered.record_id = spans.record_id
            and numbered.run_no = spans.last_run_no
    group by
        numbered.source, numbered.endpoint, numbered.scope, numbered.record_id, numbered.run_no
),

scope_states as (
    select
        source,
        endpoint,
        scope,
        run_no
    from last_scopes
    group by source, endpoint, scope, run_no
),

scope_ends as (
    select
        scope_states.source,
        scope_states.endpoint,
        scope_states.scope,
        scope_states.run_no,
        min(complete_runs.run_no) as next_complete_run_no
    from scope_states
    left join complete_runs
        on
            scope_states.source = complete_runs.source
            and scope_states.endpoint = complete_runs.endpoint
            and scope_states.scope = complete_runs.scope
            and scope_states.run_no < complete_runs.run_no
    group by scope_states.source, scope_states.endpoint, scope_states.scope, scope_states.run_no
),

record_ends as (
    select
        last_scopes.source,
        last_scopes.endpoint,
        last_scopes.record_id,
        case
            when count(*) = count(scope_ends.next_complete_run_no)
                then max(scope_ends.next_complete_run_no)
        end as closing_run_no
    from last_scopes
    inner join scope_ends
        on
            last_scopes.source = scope_ends.source
            and last_scopes.endpoint = scope_ends.endpoint
            and last_scopes.scope = scope_ends.scope
            and last_scopes.run_no = scope_ends.run_no
    group by last_scopes.source, last_scopes.endpoint, last_scopes.record_id
),

closing_runs as (
    select
        source,
        run_no,
        max(run_ended_at) as run_ended_at
    from runs
    group by source, run_no
)

select
    spans.source,
    spans.endpoint,
    spans.record_id,
    spans.first_seen_at,
    spans.last_seen_at,
    closing_runs.run_ended_at as closed_at
from spans
left join record_ends
    on
        spans.source = record_ends.source
        and spans.endpoint = record_ends.endpoint
        and spans.record_id = record_ends.record_id
left join closing_runs
    on
        record_ends.source = closing_runs.source
        and record_ends.closing_run_no = closing_runs.run_no
