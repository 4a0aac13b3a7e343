-- The last state of each slice that a source was ever asked for.
with

slices as (
    select * from {{ ref('stg_landing__slices') }}
),

ranked as (
    select
        *,
        max(case when is_complete then ended_at end) over (
            partition by source, endpoint, scope, slice
        ) as last_complete_at,
        row_number() over (
            partition by source, endpoint, scope, slice
            order by run_no desc, run_id desc
        ) as newest_rank
    from slices
)

select
    source,
    endpoint,
    scope,
    slice,
    mode,
    is_complete as is_last_complete,
    cast(records as bigint) as n_records,
    reason,
    started_at as last_started_at,
    ended_at as last_ended_at,
    last_complete_at
from ranked
where newest_rank = 1
