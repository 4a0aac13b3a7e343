with

companies as (
    select * from {{ ref('company') }}
)

select
    company_key,
    company_name,
    company_size_raw as company_size,
    industry_raw as industry,
    url
from companies
