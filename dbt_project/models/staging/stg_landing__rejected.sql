with

source as (
    select * from {{ source('raw', 'rejected') }}
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
        record_id,
        run_id,

        -- text, which may be of a record with contacts in it
        field,
        {{ mask_contacts('value') | indent(8) }} as value,
        {{ mask_contacts('body') | indent(8) }} as body,
        reason,
        request,

        -- times
        {{ utc('fetched_at') }} as seen_at
    from ranked
    where load_rank = 1
)

select * from renamed
