{%- set columns = posting_columns() | map(attribute=0) | list -%}
{%- do columns.remove('description_raw') -%}
-- The newest version of each record of the sources in use. Texts are left to int_text__clean.
with

versions as (
    select * from {{ ref('int_posting__unite') }}
),

ranked as (
    select
        source,
        record_id,
        version_no,
        fetched_at,
        record_kind,
        {{ columns | join(',\n        ') }},
        row_number() over (
            partition by source, record_id
            order by version_no desc
        ) as newest_rank,
        count(*) over (partition by source, record_id) as n_versions
    from versions
)

select
    {{ entity_key(['source', 'record_id']) }} as posting_key,
    source,
    record_id,
    version_no,
    n_versions,
    fetched_at,
    record_kind,
    {{ columns | join(',\n    ') }}
from ranked
where newest_rank = 1
