with

newest as (
    {{ newest_reference(source('raw', 'reference__regions'), ['region_code']) | indent(4) }}
),

renamed as (
    select
        -- ids
        region_code,
        country_code,

        -- text
        name as region_name
    from newest
    where key_rank = 1
)

select * from renamed
