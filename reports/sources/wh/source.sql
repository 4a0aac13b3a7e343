-- One row per source: its terms, and how its last runs went; one row of nulls when there is none.
select
    source.source,
    translate(source.name, '<>', '') as name,
    source.kind,
    case when source.url like 'https://%' then source.url end as url,
    translate(source.attribution, '<>', '') as attribution,
    translate(source.licence, '<>', '') as licence,
    source.may_publish_aggregates,
    source.may_redistribute,
    source.retention_days,
    coalesce(source.is_demo, false) as is_demo,
    coalesce(source.is_used, false) as is_used,
    strftime(make_timestamp(epoch_us(state.last_run_at)), '%Y-%m-%dT%H:%M:%SZ') as last_run_at,
    strftime(make_timestamp(epoch_us(state.last_complete_at)), '%Y-%m-%dT%H:%M:%SZ') as last_complete_at,
    state.last_status,
    translate(state.last_reason, '<>', '') as last_reason,
    coalesce(state.n_runs, 0) as n_runs,
    coalesce(state.n_records, 0) as n_records,
    coalesce(state.n_versions, 0) as n_versions,
    coalesce(state.n_quarantined, 0) as n_quarantined,
    coalesce(state.n_open_postings, 0) as n_open_postings,
    coalesce(state.freshness, 'never') as freshness,
    state.max_age_hours
from (values (1)) as one (row_no)
left join read_parquet('published/dim_source.parquet') as source
    on true
left join read_parquet('published/mart_source_state.parquet') as state
    on source.source = state.source
