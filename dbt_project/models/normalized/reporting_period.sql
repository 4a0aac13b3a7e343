with

period as (
    select * from {{ ref('int_period__set') }}
)

select
    as_of,
    period_from,
    period_to,
    is_demo
from period
