with

overview as (
    select * from {{ ref('mart_overview') }}
),

facts as (
    select
        count(*) as n_postings,
        count(distinct postings.job_key) as n_jobs,
        count(case when postings.is_open then 1 end) as n_postings_open
    from {{ ref('fct_posting') }} as postings
    inner join {{ ref('dim_source') }} as sources on postings.source = sources.source
    where {{ in_audience('sources') }}
)

select
    overview.n_postings,
    facts.n_postings as n_postings_of_facts
from overview
cross join facts
where
    overview.n_postings != facts.n_postings
    or overview.n_jobs != facts.n_jobs
    or overview.n_postings_open != facts.n_postings_open
