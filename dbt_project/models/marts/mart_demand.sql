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
    select postings.*
    from postings
    inner join sources on postings.source = sources.source
    where postings.is_open and {{ in_audience('sources') }}
),

job_countries as (
    select
        open_postings.job_key,
        places.country_code,
        max(places.country_name) as country_name
    from open_postings
    inner join posting_places on open_postings.posting_key = posting_places.posting_key
    inner join places on posting_places.place_key = places.place_key
    group by open_postings.job_key, places.country_code
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
