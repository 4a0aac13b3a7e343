with

newest as (
    {{ newest_reference(source('raw', 'reference__countries'), ['country_code']) | indent(4) }}
),

renamed as (
    select
        -- ids
        country_code,
        iso3 as country_code_3,

        -- text
        name as country_name,
        nullif(currency, '') as currency
    from newest
    where key_rank = 1
)

select * from renamed
