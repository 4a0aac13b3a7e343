with

estimates as (
    select * from {{ ref('int_estimate__unite') }}
)

select
    {{ entity_key(['source', 'kind', 'record_id', 'item_key']) }} as pay_estimate_key,
    source,
    kind,
    country_code,
    occupation_code,
    category_raw,
    title_raw,
    location_raw,
    company_name,
    publisher,
    url,
    month,
    bucket_from,
    bucket_to,
    statistic,
    what,
    amount,
    currency,
    period,
    n,
    confidence,
    as_of
from estimates
