with

parts as (
    select coalesce(sum(n), 0) as n
    from {{ ref('mart_quarantine') }}
),

total as (
    select count(*) as n
    from {{ ref('quarantine') }}
)

select
    parts.n as n_in_parts,
    total.n as n_in_total
from parts
cross join total
where parts.n != total.n
