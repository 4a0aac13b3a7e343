{%- set staged = [
    ('the_muse', 'jobs'), ('the_muse', 'companies'), ('demo', 'jobs'), ('demo', 'companies'),
    ('files', 'rows'),
] -%}
-- What could not be used: bodies that could not become a record, and fields that staging refused.
with

rejected as (
    select * from {{ ref('stg_landing__rejected') }}
),

sources as (
    select * from {{ ref('int_source__select') }}
),

refused as (
    {%- for source, endpoint in staged %}
    select
        source,
        '{{ endpoint }}' as endpoint,
        record_id,
        version_no,
        refused,
        fetched_at
    from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    where refused is not null
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

refused_fields as (
    select
        refused.source,
        refused.endpoint,
        refused.record_id,
        refused.version_no,
        refused.fetched_at,
        {{ json_text('items.item', "'$.field'") }} as field,
        {{ json_text('items.item', "'$.expected'") }} as expected,
        {{ json_text('items.item', "'$.found'") }} as found,
        {{ json_text('items.item', "'$.value'") }} as value
    from refused
    cross join {{ unnest_list(json_items('refused.refused'), 'items') }}
),

united as (
    select
        'rejected' as origin,
        row_id,
        source,
        endpoint,
        record_id,
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.line'") }} as line_raw,
        field,
        coalesce(value, substr(body, 1, 200)) as value,
        reason,
        seen_at
    from rejected
    union all
    select
        'refused' as origin,
        source || ':' || endpoint || ':' || record_id || ':' || version_no as row_id,
        source,
        endpoint,
        record_id,
        cast(null as string) as file_name,
        cast(null as string) as line_raw,
        field,
        value,
        'type_changed: field ' || field || ' is ' || found || ', was ' || expected as reason,
        fetched_at as seen_at
    from refused_fields
)

select
    united.origin,
    united.row_id,
    united.source,
    united.endpoint,
    united.record_id,
    united.file_name,
    case when {{ regex_test('united.line_raw', '^[0-9]{1,9}$') }} then cast(united.line_raw as bigint) end
        as line_no,
    united.field,
    united.value,
    trim({{ list_at(text_parts('united.reason', ':'), 1) }}) as reason_code,
    united.reason,
    united.seen_at
from united
-- a source that landed nothing but faults has no row here and stays; demo beside real ones goes
left join sources on united.source = sources.source
where coalesce(sources.is_used, true) or sources.n_versions = 0
