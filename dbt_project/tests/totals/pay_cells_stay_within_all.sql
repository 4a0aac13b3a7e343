-- No cell of a country holds more jobs than the country does, and occupations and seniorities, of
-- which a job has at most one, together hold no more either.
with

cells as (
    select * from {{ ref('mart_pay') }}
),

totals as (
    select * from cells
    where dimension = 'all'
),

parts as (
    select
        origin,
        country_code,
        dimension,
        sum(n_jobs) as n_jobs,
        sum(n_jobs_in_scope) as n_jobs_in_scope,
        max(n_jobs) as most_jobs
    from cells
    where dimension != 'all'
    group by origin, country_code, dimension
)

select
    parts.origin,
    parts.country_code,
    parts.dimension,
    parts.n_jobs,
    totals.n_jobs as n_jobs_of_country
from parts
left join totals on parts.origin = totals.origin and parts.country_code = totals.country_code
where
    coalesce(parts.most_jobs > totals.n_jobs, true)
    or (parts.dimension in ('occupation', 'seniority') and parts.n_jobs > totals.n_jobs)
