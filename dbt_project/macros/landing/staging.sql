{#- The newest state of every landed version of a record. A record met again in a run keeps that
    run's version, and seq rises within a run: the last one holds. Rows that a crash loaded twice
    have the same seq, so one of them is left. -#}
{% macro landed_versions(relation, keys=['record_id', 'version_no']) -%}
    select
        *,
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by seq desc, run_id desc, row_id desc
        ) as landed_rank
    from {{ relation }}
{%- endmacro %}

{#- A payload is taken apart once: `fields` is the list of [name, path, kinds], the kinds being those
    of json_kinds, or `time` for a text that has to be an ISO 8601 date or time. -#}

{#- The first CTEs of a staging model, which goes on from `refused`: the newest state of each version,
    its fields, and what was refused of them. `ids` tell versions apart, `others` are kept. -#}
{% macro staged_versions(fields, relation, ids=['record_id', 'version_no'], others=[]) -%}
landed as (
    {{ landed_versions(relation, ids) | indent(4) }}
),

fields as (
    select
        {{ (ids + others + ['fetched_at', 'run_id']) | join(',\n        ') }},
        {{ payload_fields(fields) }}
    from landed
    where landed_rank = 1
),

refused as (
    select
        {{ (ids + others + ['fetched_at', 'run_id']) | join(',\n        ') }},
        {{- payload_columns(fields) }}
        {{ refused_fields(fields) | indent(8) }} as refused
    from fields
)
{%- endmacro %}

{#- Columns of a CTE over landed rows, for the macros below. -#}
{% macro payload_fields(fields) -%}
        {{ json_texts(valid_json('payload'), fields | map(attribute=1) | list) }} as field_texts,
        {{ json_kinds(valid_json('payload'), fields | map(attribute=1) | list) }} as field_kinds,
        substr(payload, 1, 200) as payload_start
{%- endmacro %}

{#- A field as text where it is of the expected kind, else null: a column of the CTE `refused`. -#}
{% macro payload_field(fields, name) -%}
    {%- if name not in fields | map(attribute=0) -%}
        {{ exceptions.raise_compiler_error(name ~ ' is no field of the payload') }}
    {%- endif -%}
    field_{{ name }}
{%- endmacro %}

{#- Columns of `refused`, by the names that payload_field gives: each is made once, however often a
    model takes it. -#}
{% macro payload_columns(fields) -%}
    {%- for name, path, kinds in fields %}
        case
            when {{ list_at('field_kinds', loop.index) }} in ({{ quoted_kinds(kinds) }})
                then {{ list_at('field_texts', loop.index) }}
        end as field_{{ name }},
    {%- endfor %}
{%- endmacro %}

{#- A field that is a list of {"name": …}, as a JSON list of the names. -#}
{% macro payload_names(fields, name) -%}
    {{ payload_list(fields, name, '$[*].name') }}
{%- endmacro %}

{#- A field that is a list, as a JSON list of the texts at a path in it. -#}
{% macro payload_list(fields, name, path='$[*]') -%}
    {{ json_from_list(json_text_list(payload_field(fields, name), path)) }}
{%- endmacro %}

{#- A field that is a number, as a double. -#}
{% macro payload_number(fields, name) -%}
    {{ text_to_signed_number(payload_field(fields, name)) }}
{%- endmacro %}

{#- What becomes of a field that says yes or no, in either spelling. -#}
{% macro if_true(value, then) -%}
    case when {{ value }} = 'true' then {{ then }} end
{%- endmacro %}

{#- The period of an amount as the codes of the sources call it, as one of ours; null for what is no
    plain period, such as two weeks. -#}
{% macro period_of_code(value) -%}
    {%- set code = code_of(value) -%}
    case
        when {{ code }} in ('year', 'yearly', 'annual', 'annually', '1_year', 'per_year_salary')
            then 'year'
        when {{ code }} in ('month', 'monthly', '1_month', 'per_month_salary') then 'month'
        when {{ code }} in ('week', 'weekly', '1_week', 'per_week_salary') then 'week'
        when {{ code }} in ('day', 'daily', '1_day', 'per_day_wage') then 'day'
        when {{ code }} in ('hour', 'hourly', '1_hour', 'per_hour_wage') then 'hour'
    end
{%- endmacro %}

{% macro quoted_kinds(kinds) -%}
    {%- for kind in kinds -%}
        '{{ 'text' if kind == 'time' else kind }}'{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What was refused of a payload: a JSON list of {"field", "expected", "found", "value"}, null where
    all is well. A field that is absent or null is not refused. -#}
{% macro refused_fields(fields) -%}
    nullif(
        '[' || concat_ws(
            ',',
            case
                when field_kinds is null
                    then {{ refused_field('payload', 'json', "'text'", 'payload_start') }}
            end
            {%- for name, path, kinds in fields %},
            case
                when {{ list_at('field_kinds', loop.index) }} not in ({{ quoted_kinds(kinds) }}, 'null')
                    then {{ refused_field(
                        name, kinds | join(' or '), list_at('field_kinds', loop.index),
                        'substr(' ~ list_at('field_texts', loop.index) ~ ', 1, 200)'
                    ) | indent(20) }}
                {%- if 'time' in kinds %}
                when
                    {{ list_at('field_kinds', loop.index) }} = 'text'
                    and {{ iso_timestamp(list_at('field_texts', loop.index)) | indent(20) }} is null
                    then {{ refused_field(
                        name, 'time', "'text'",
                        'substr(' ~ list_at('field_texts', loop.index) ~ ', 1, 200)'
                    ) | indent(20) }}
                {%- endif %}
            end
            {%- endfor %}
        ) || ']',
        '[]'
    )
{%- endmacro %}

{% macro refused_field(name, expected, found, value) -%}
    '{"field":"{{ name }}","expected":"{{ expected }}","found":"' || {{ found }}
    || '","value":' || {{ json_quote(value) }} || '}'
{%- endmacro %}
