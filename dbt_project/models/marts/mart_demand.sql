-- Open jobs by country and occupation.
with

postings as (
    select * from {{ ref('fct_posting') }}
),

posting_places as (
    select * from {{ ref('bridge_posting_place') }}
),

places as (
    select * from {{ ref('dim_place') }}
),

occupations as (
    select * from {{ ref('dim_occupation') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

open_postings as (
    {{ rows_for_audience('postings', 'is_open') }}
),

job_countries as (
    {{ places_of_jobs(
        'open_postings', ['places.country_code', 'places.country_name']
    ) }}
),

jobs as (
    select
        job_key,
        min(occupation_code) as occupation_code,
        min(coalesce(company_key, job_key)) as employer,
        max(case when workplace = 'remote' then 1 else 0 end) as is_remote,
        max(case when has_pay then 1 else 0 end) as has_pay
    from open_postings
    group by job_key
)

select
    job_countries.country_code,
    max(job_countries.country_name) as country_name,
    occupations.occupation_code,
    max(occupations.occupation_name) as occupation_name,
    cast(count(*) as bigint) as n_jobs_open,
    cast(count(distinct jobs.employer) as bigint) as n_employers,
    {{ ratio('sum(jobs.is_remote)', 'count(*)') }} as share_remote,
    cast(sum(jobs.has_pay) as bigint) as n_jobs_with_pay
from jobs
inner join job_countries on jobs.job_key = job_countries.job_key
inner join occupations on jobs.occupation_code = occupations.occupation_code
group by job_countries.country_code, occupations.occupation_code
