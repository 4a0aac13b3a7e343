with

companies as (
    select * from {{ ref('int_company__unite') }}
),

-- of several spellings the commonest, then the first in the alphabet
names as (
    select
        company_key,
        company_name,
        row_number() over (
            partition by company_key
            order by count(*) desc, company_name
        ) as name_rank
    from companies
    group by company_key, company_name
)

select
    companies.company_key,
    names.company_name,
    min(companies.company_name_folded) as company_name_folded,
    min(companies.company_size_raw) as company_size_raw,
    min(companies.industry_raw) as industry_raw,
    min(case when companies.url_raw like 'https://%' then companies.url_raw end) as url
from companies
inner join names on companies.company_key = names.company_key and names.name_rank = 1
group by companies.company_key, names.company_name
