-- What could not be used: bodies that could not become a record, and fields that staging refused.
with

rejected as (
    select * from {{ ref('stg_landing__rejected') }}
),

sources as (
    select * from {{ ref('int_source__select') }}
),

refused as (
    {%- for source, endpoint in version_endpoints() %}
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
        'rejected' as found_by,
        source,
        endpoint,
        record_id,
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.line'") }} as line_raw,
        field,
        coalesce(value, substr(body, 1, 200)) as value,
        reason,
        md5(coalesce(body, '')) as body_hash,
        seen_at
    from rejected
    union all
    select
        'refused' as found_by,
        source,
        endpoint,
        record_id,
        cast(null as string) as file_name,
        cast(null as string) as line_raw,
        field,
        value,
        case
            when field = 'payload' then 'not_json: the payload that landed is no JSON'
            when expected = 'time' and found = 'text' then 'not_a_time: field ' || field
            else 'type_changed: field ' || field || ' is ' || found || ', was ' || expected
        end as reason,
        'version ' || version_no as body_hash,
        fetched_at as seen_at
    from refused_fields
),

-- the same fault met twice is two faults
numbered as (
    select
        *,
        row_number() over (
            partition by
                found_by, source, endpoint, record_id, file_name, line_raw, field, value, reason,
                body_hash
            order by seen_at
        ) as occurrence_no
    from united
)

select
    {{ entity_key([
        'numbered.found_by', 'numbered.source', 'numbered.endpoint', 'numbered.record_id',
        'numbered.file_name', 'numbered.line_raw', 'numbered.field', 'numbered.value',
        'numbered.reason', 'numbered.body_hash', 'numbered.occurrence_no',
    ]) }} as quarantine_key,
    numbered.found_by,
    numbered.source,
    numbered.endpoint,
    numbered.record_id,
    numbered.file_name,
    case
        when {{ regex_test('numbered.line_raw', '^[0-9]{1,9}$') }}
            then cast(numbered.line_raw as bigint)
    end as line_no,
    numbered.field,
    numbered.value,
    {{ trim_spaces(list_at(text_parts('numbered.reason', ':'), 1)) }} as reason_code,
    numbered.reason,
    numbered.seen_at
from numbered
-- faults of demo rows go with them once real records stand
left join sources on numbered.source = sources.source
where coalesce(sources.is_used, true) or sources.n_versions = 0
