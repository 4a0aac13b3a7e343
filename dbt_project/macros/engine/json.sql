{#- JSON: payloads are text. Values are taken as text, with the kind beside them, and guarded
    before any cast. -#}

{#- The payload where it is valid JSON, else null. -#}
{% macro valid_json(payload) %}{{ return(adapter.dispatch('valid_json')(payload)) }}{% endmacro %}
{% macro default__valid_json(payload) -%}
    case when json_valid({{ payload }}) then {{ payload }} end
{%- endmacro %}

{#- A list of the values at the paths, as text; objects and lists as JSON text. One parse. -#}
{% macro json_texts(payload, paths) %}
    {{- return(adapter.dispatch('json_texts')(payload, paths)) -}}
{% endmacro %}
{% macro default__json_texts(payload, paths) -%}
    json_extract_string({{ payload }}, ['{{ paths | join("', '") }}'])
{%- endmacro %}

{#- A list of the kinds at the paths: text, number, boolean, list, object, 'null', or null where
    the path is absent. One parse. -#}
{% macro json_kinds(payload, paths) %}
    {{- return(adapter.dispatch('json_kinds')(payload, paths)) -}}
{% endmacro %}
{% macro default__json_kinds(payload, paths) -%}
    list_transform(
        json_type({{ payload }}, ['{{ paths | join("', '") }}']),
        lambda kind: case kind
            when 'VARCHAR' then 'text'
            when 'BIGINT' then 'number'
            when 'UBIGINT' then 'number'
            when 'HUGEINT' then 'number'
            when 'UHUGEINT' then 'number'
            when 'DOUBLE' then 'number'
            when 'BOOLEAN' then 'boolean'
            when 'ARRAY' then 'list'
            when 'OBJECT' then 'object'
            when 'NULL' then 'null'
        end
    )
{%- endmacro %}

{#- The value at one path, as text. The path may be a column expression. -#}
{% macro json_text(payload, path) %}
    {{- return(adapter.dispatch('json_text')(payload, path)) -}}
{% endmacro %}
{% macro default__json_text(payload, path) -%}
    json_extract_string({{ payload }}, {{ path }})
{%- endmacro %}

{#- The texts at a wildcard path ('$[*].name') as a list; empty where there is none. -#}
{% macro json_text_list(payload, path) %}
    {{- return(adapter.dispatch('json_text_list')(payload, path)) -}}
{% endmacro %}
{% macro default__json_text_list(payload, path) -%}
    coalesce(
        list_filter(
            json_extract_string({{ payload }}, '{{ path }}'), lambda item: item is not null
        ),
        cast([] as varchar[])
    )
{%- endmacro %}

{#- A JSON list of texts from a list of texts. -#}
{% macro json_from_list(list) %}{{ return(adapter.dispatch('json_from_list')(list)) }}{% endmacro %}
{% macro default__json_from_list(list) -%}
    cast(to_json({{ list }}) as varchar)
{%- endmacro %}

{#- A text as a JSON string, quotes and escapes included. -#}
{% macro json_quote(value) %}{{ return(adapter.dispatch('json_quote')(value)) }}{% endmacro %}
{% macro default__json_quote(value) -%}
    cast(to_json(cast({{ value }} as varchar)) as varchar)
{%- endmacro %}

{#- A list of JSON objects, as text each, from a JSON list held as text. -#}
{% macro json_items(payload) %}{{ return(adapter.dispatch('json_items')(payload)) }}{% endmacro %}
{% macro default__json_items(payload) -%}
    coalesce(cast(json_extract({{ payload }}, '$[*]') as varchar[]), cast([] as varchar[]))
{%- endmacro %}

{#- A JSON list that holds one text, or none where it is null. -#}
{% macro json_list_of_one(value) -%}
    coalesce('[' || {{ json_quote(value) }} || ']', '[]')
{%- endmacro %}
