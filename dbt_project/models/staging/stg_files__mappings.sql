with

source as (
    select * from {{ source('raw', 'files__mappings') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by source
            order by fetched_at desc, run_id desc, row_id desc
        ) as newest_rank
    from source
),

renamed as (
    select
        -- ids
        source,

        -- text
        name as mapping_name,
        {{ valid_json('mapping') }} as mapping,

        -- times
        {{ utc('fetched_at') }} as fetched_at
    from ranked
    where newest_rank = 1
)

select * from renamed
