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

{#- A field of a payload that was taken apart by json_texts and json_kinds (columns field_texts and
    field_kinds): its text where it is of the expected kind, else null.
    `fields` is the list of [name, path, kinds]. -#}
{% macro payload_field(fields, name) -%}
    {%- set names = fields | map(attribute=0) | list -%}
    {%- set field_no = names.index(name) + 1 -%}
    case
        when {{ list_at('field_kinds', field_no) }} in ('{{ fields[field_no - 1][2] | join("', '") }}')
            then {{ list_at('field_texts', field_no) }}
    end
{%- endmacro %}

{% macro payload_texts(fields) -%}
    {{ json_texts(valid_json('payload'), fields | map(attribute=1) | list) }}
{%- endmacro %}

{% macro payload_kinds(fields) -%}
    {{ json_kinds(valid_json('payload'), fields | map(attribute=1) | list) }}
{%- endmacro %}

{#- What was refused of a payload: a JSON list of {"field", "found", "expected", "value"}, null where
    all is well. A field that is absent or null is not refused. -#}
{% macro refused_fields(fields) -%}
    nullif(
        '[' || concat_ws(
            ','
            {%- for name, path, kinds in fields %},
            case
                when {{ list_at('field_kinds', loop.index) }} not in ('{{ kinds | join("', '") }}', 'null')
                    then
                        '{"field":"{{ name }}","expected":"{{ kinds | join(" or ") }}","found":"'
                        || {{ list_at('field_kinds', loop.index) }}
                        || '","value":'
                        || {{ json_quote('substr(' ~ list_at('field_texts', loop.index) ~ ', 1, 200)') }}
                        || '}'
            end
            {%- endfor %}
        ) || ']',
        '[]'
    )
{%- endmacro %}
