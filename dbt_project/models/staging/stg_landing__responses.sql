with

source as (
    select * from {{ source('raw', 'responses') }}
),

ranked as (
    select
        *,
        row_number() over (partition by row_id order by fetched_at, run_id) as load_rank
    from source
),

renamed as (
    select
        -- ids
        row_id,
        source,
        endpoint,
        scope,
        slice,
        run_id,

        -- text
        request,
        body,

        -- times
        {{ utc('fetched_at') }} as fetched_at
    from ranked
    where load_rank = 1
)

select * from renamed
