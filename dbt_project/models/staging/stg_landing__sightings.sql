with

source as (
    select * from {{ source('raw', 'sightings') }}
),

-- a package that was loaded twice by a crash brings the same row_id again
once as (
    select
        source,
        endpoint,
        scope,
        record_id,
        run_id,
        row_id,
        max(version_no) as version_no,
        min(seen_from) as seen_from,
        max(seen_to) as seen_to,
        max(times) as times
    from source
    group by source, endpoint, scope, record_id, run_id, row_id
),

summed as (
    select
        -- ids
        source,
        endpoint,
        scope,
        record_id,
        run_id,

        -- numbers
        max(version_no) as version_no,
        cast(sum(times) as bigint) as times,

        -- times
        {{ utc('min(seen_from)') }} as seen_from,
        {{ utc('max(seen_to)') }} as seen_to
    from once
    group by source, endpoint, scope, record_id, run_id
)

select * from summed
