-- How each source stands: its last run, what it has brought, how old it is. The age is measured
-- against the newest slice end of any source, not against a clock.
with

sources as (
    select * from {{ ref('dim_source') }}
),

terms as (
    select * from {{ ref('source_terms') }}
),

slices as (
    select * from {{ ref('stg_landing__slices') }}
),

runs as (
    select * from {{ ref('stg_landing__runs') }}
),

versions as (
    select * from {{ ref('int_record__count') }}
),

quarantine as (
    select * from {{ ref('quarantine') }}
),

postings as (
    select * from {{ ref('fct_posting') }}
),

slice_runs as (
    select
        source,
        run_id,
        max(run_no) as run_no,
        max(ended_at) as ended_at,
        bool_and(is_complete) as is_complete,
        sum(records) as n_records
    from slices
    group by source, run_id
),

last_runs as (
    select
        source,
        run_id,
        ended_at,
        is_complete,
        n_records,
        row_number() over (partition by source order by run_no desc, run_id desc) as newest_rank
    from slice_runs
),

-- the reason of the first slice, by scope, that did not complete; "planned" says the least
last_reasons as (
    select
        slices.source,
        min_by(
            slices.reason,
            case when slices.reason = 'planned' then 'b' else 'a' end
            || ':' || slices.endpoint || ':' || slices.scope || ':' || slices.slice
        ) as reason
    from slices
    inner join last_runs
        on
            slices.source = last_runs.source
            and slices.run_id = last_runs.run_id
            and last_runs.newest_rank = 1
    where not slices.is_complete and slices.reason is not null
    group by slices.source
),

run_counts as (
    select
        source,
        count(distinct run_id) as n_runs,
        max(case when is_complete then ended_at end) as last_complete_at,
        max(case when is_complete or n_records > 0 then ended_at end) as last_useful_at
    from slice_runs
    group by source
),

last_steps as (
    select
        source,
        max(ended_at) as last_step_at
    from runs
    group by source
),

quarantine_counts as (
    select
        source,
        count(*) as n_quarantined
    from quarantine
    group by source
),

posting_counts as (
    select
        source,
        count(*) as n_open_postings
    from postings
    where is_open
    group by source
),

newest as (
    select max(ended_at) as newest_at
    from slices
)

select
    sources.source,
    sources.name,
    coalesce(last_runs.ended_at, last_steps.last_step_at) as last_run_at,
    run_counts.last_complete_at,
    case
        when last_runs.source is null then 'never'
        when last_runs.is_complete then 'complete'
        when last_runs.n_records > 0 then 'partial'
        else 'failed'
    end as last_status,
    last_reasons.reason as last_reason,
    cast(coalesce(run_counts.n_runs, 0) as bigint) as n_runs,
    cast(coalesce(versions.n_records, 0) as bigint) as n_records,
    cast(coalesce(versions.n_versions, 0) as bigint) as n_versions,
    cast(coalesce(quarantine_counts.n_quarantined, 0) as bigint) as n_quarantined,
    cast(coalesce(posting_counts.n_open_postings, 0) as bigint) as n_open_postings,
    case
        when run_counts.last_useful_at is null then 'never'
        when
            {{ hours_between('run_counts.last_useful_at', 'newest.newest_at') }}
            > coalesce(terms.max_age_hours, 24 * 365)
            then 'stale'
        else 'fresh'
    end as freshness,
    terms.max_age_hours
from sources
left join terms on sources.source = terms.source
left join last_runs on sources.source = last_runs.source and last_runs.newest_rank = 1
left join last_reasons on sources.source = last_reasons.source
left join run_counts on sources.source = run_counts.source
left join last_steps on sources.source = last_steps.source
left join versions on sources.source = versions.source
left join quarantine_counts on sources.source = quarantine_counts.source
left join posting_counts on sources.source = posting_counts.source
cross join newest
