-- One row per source, reason and field; one row of nulls when nothing is quarantined.
select
    translate(coalesce(source.name, quarantine.source), '<>', '') as source_name,
    quarantine.reason_code,
    quarantine.field,
    quarantine.n,
    strftime(make_timestamp(epoch_us(quarantine.first_seen_at)), '%Y-%m-%dT%H:%M:%SZ') as first_seen_at,
    strftime(make_timestamp(epoch_us(quarantine.last_seen_at)), '%Y-%m-%dT%H:%M:%SZ') as last_seen_at,
    translate(quarantine.example_value, '<>', '‹›') as example_value
from (values (1)) as one (row_no)
left join read_parquet('published/mart_quarantine.parquet') as quarantine
    on true
left join read_parquet('published/dim_source.parquet') as source
    on quarantine.source = source.source
