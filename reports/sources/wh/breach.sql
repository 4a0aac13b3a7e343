-- One row per source, endpoint, field and kind; one row of nulls when every field came as declared.
select
    translate(coalesce(source.name, breach.source), '<>', '') as source_name,
    breach.endpoint,
    translate(breach.field, '<>', '') as field,
    breach.expected,
    breach.found,
    breach.n,
    breach.n_last_run,
    strftime(make_timestamp(epoch_us(breach.last_seen_at)), '%Y-%m-%dT%H:%M:%SZ') as last_seen_at
from (values (1)) as one (row_no)
left join read_parquet('published/mart_input_breach.parquet') as breach
    on true
left join read_parquet('published/dim_source.parquet') as source
    on breach.source = source.source
