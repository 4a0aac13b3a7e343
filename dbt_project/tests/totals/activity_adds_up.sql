-- The months of a source hold each of its postings once, as far as the audience may see them.
with

parts as (
    select
        source,
        sum(n_postings_posted) as n
    from {{ ref('mart_posting_activity') }}
    group by source
),

total as (
    select
        postings.source,
        count(*) as n
    from {{ ref('fct_posting') }} as postings
    inner join {{ ref('dim_source') }} as sources on postings.source = sources.source
    where {{ in_audience('sources') }}
    group by postings.source
)

select
    total.source,
    parts.n as n_in_months,
    total.n as n_postings
from total
left join parts on total.source = parts.source
where coalesce(parts.n, 0) != total.n
