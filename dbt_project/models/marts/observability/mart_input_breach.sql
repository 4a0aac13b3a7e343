-- Fields that did not come as the input contracts of the sources say. The records landed all the
-- same.
with

breaches as (
    select * from {{ ref('stg_landing__breaches') }}
),

runs as (
    select
        source,
        run_id,
        max(run_no) as run_no
    from {{ ref('stg_landing__slices') }}
    group by source, run_id
),

newest as (
    select
        source,
        max(run_no) as run_no
    from runs
    group by source
),

sources as (
    select * from {{ ref('int_source__select') }}
)

select
    breaches.source,
    breaches.endpoint,
    breaches.field,
    breaches.expected,
    breaches.found,
    cast(sum(breaches.records) as bigint) as n,
    cast(sum(case when runs.run_no = newest.run_no then breaches.records else 0 end) as bigint)
        as n_last_run,
    min(breaches.seen_at) as first_seen_at,
    max(breaches.seen_at) as last_seen_at
from breaches
inner join sources on breaches.source = sources.source and sources.is_used
left join runs on breaches.source = runs.source and breaches.run_id = runs.run_id
left join newest on breaches.source = newest.source
group by
    breaches.source, breaches.endpoint, breaches.field, breaches.expected, breaches.found
