with

source as (
    select * from {{ source('raw', 'runs') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by run_id, step, source
            order by ended_at desc, started_at desc, requests desc, records desc, cpu_s desc
        ) as state_rank
    from source
),

renamed as (
    select
        -- ids
        run_id,
        step,
        source,

        -- numbers
        coalesce(requests, 0) as requests,
        coalesce(retries, 0) as retries,
        coalesce(response_ms, 0) as response_ms,
        coalesce(records, 0) as records,
        coalesce(new_versions, 0) as new_versions,
        coalesce(quarantined, 0) as quarantined,
        coalesce(duplicates, 0) as duplicates,
        coalesce(errors, 0) as errors,
        peak_mb,
        cpu_s,

        -- times
        {{ utc('started_at') }} as started_at,
        {{ utc('ended_at') }} as ended_at
    from ranked
    where state_rank = 1
)

select * from renamed
