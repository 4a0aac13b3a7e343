with

parts as (
    select coalesce(sum(n_postings), 0) as n
    from {{ ref('job') }}
),

total as (
    select count(*) as n
    from {{ ref('posting') }}
)

select
    parts.n as n_in_jobs,
    total.n as n_postings
from parts
cross join total
where parts.n != total.n
