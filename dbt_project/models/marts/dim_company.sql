with

companies as (
    select * from {{ ref('company') }}
)

select
    company_key,
    {{ plain_label('company_name') }} as company_name,
    {{ plain_label('company_size_raw') }} as company_size,
    {{ plain_label('industry_raw') }} as industry,
    url
from companies
