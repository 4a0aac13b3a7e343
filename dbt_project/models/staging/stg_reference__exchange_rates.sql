with

newest as (
    {{ newest_reference(
        source('raw', 'reference__exchange_rates'), ['rate_on', 'currency']
    ) | indent(4) }}
),

renamed as (
    select
        -- ids
        currency,

        -- numbers
        per_eur,

        -- times
        rate_on
    from newest
    where key_rank = 1 and per_eur > 0
)

select * from renamed
