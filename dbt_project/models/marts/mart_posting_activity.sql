with

postings as (
    select * from {{ ref('fct_posting') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

allowed_postings as (
    {{ rows_for_audience('postings') }}
),

dated as (
    select
        source,
        job_key,
        has_pay,
        {{ first_of_month('coalesce(posted_on, first_seen_on)') }} as month
    from allowed_postings
)

select
    month,
    source,
    cast(count(*) as bigint) as n_postings_posted,
    cast(count(distinct job_key) as bigint) as n_jobs_posted,
    cast(count(case when has_pay then 1 end) as bigint) as n_with_pay
from dated
group by month, source
