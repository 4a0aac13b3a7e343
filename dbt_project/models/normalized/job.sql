-- A job is the opening behind one or more postings; until duplicates are matched, each posting is
-- one. The posting that stands for a job comes from the source first in precedence.
with

postings as (
    select * from {{ ref('posting') }}
),

sources as (
    select * from {{ ref('source') }}
),

ranked as (
    select
        postings.*,
        row_number() over (
            partition by postings.job_key
            order by sources.precedence, postings.first_seen_at, postings.posting_key
        ) as posting_rank
    from postings
    inner join sources on postings.source = sources.source
)

select
    job_key,
    max(case when posting_rank = 1 then posting_key end) as lead_posting_key,
    count(*) as n_postings,
    min(posted_at) as posted_at,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at,
    case when count(*) = count(closed_at) then max(closed_at) end as closed_at
from ranked
group by job_key
