with

rates as (
    select * from {{ ref('int_rate__needed') }}
)

select
    currency,
    rate_on,
    per_eur
from rates
