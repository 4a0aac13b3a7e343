with

source as (
    select * from {{ source('raw', 'breaches') }}
),

ranked as (
    select
        *,
        row_number() over (partition by row_id order by seen_at, run_id) as load_rank
    from source
),

renamed as (
    select
        -- ids
        row_id,
        source,
        endpoint,
        run_id,

        -- text
        field,
        expected,
        found,

        -- numbers
        records,

        -- times
        {{ utc('seen_at') }} as seen_at
    from ranked
    where load_rank = 1
)

select * from renamed
