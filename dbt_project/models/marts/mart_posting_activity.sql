with

postings as (
    select * from {{ ref('fct_posting') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

dated as (
    select
        postings.source,
        postings.job_key,
        postings.has_pay,
        {{ first_of_month('coalesce(postings.posted_on, postings.first_seen_on)') }} as month
    from postings
    inner join sources on postings.source = sources.source
    where {{ in_audience('sources') }}
)

select
    month,
    source,
    cast(count(*) as bigint) as n_postings_posted,
    cast(count(distinct job_key) as bigint) as n_jobs_posted,
    cast(count(case when has_pay then 1 end) as bigint) as n_with_pay
from dated
group by month, source
