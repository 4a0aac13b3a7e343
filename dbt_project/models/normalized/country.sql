with

countries as (
    select * from {{ ref('int_country__list') }}
)

select
    country_code,
    country_code_3,
    country_name,
    currency
from countries
