with

source as (
    select * from {{ source('raw', 'slices') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by run_id, source, endpoint, scope, slice
            order by
                seq desc, is_complete desc, coalesce(ended_at, started_at) desc, records desc,
                reason desc
        ) as state_rank
    from source
),

renamed as (
    select
        -- ids
        run_id,
        run_no,
        source,
        endpoint,
        scope,
        slice,

        -- text
        mode,
        request,
        reason,

        -- numbers and booleans
        coalesce(records, 0) as records,
        coalesce(is_complete, false) as is_complete,

        -- times
        {{ utc('started_at') }} as started_at,
        {{ utc('ended_at') }} as ended_at
    from ranked
    where state_rank = 1
)

select * from renamed
