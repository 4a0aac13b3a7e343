{#- JSON: payloads are text. Values are taken as text, with the kind beside them, and guarded
    before any cast. -#}

{#- The payload where it is valid JSON, else null. -#}
{% macro valid_json(payload) %}{{ return(adapter.dispatch('valid_json')(payload)) }}{% endmacro %}
{% macro default__valid_json(payload) -%}
    case when json_valid({{ payload }}) then {{ payload }} end
{%- endmacro %}
{#- Spark's parser stops behind the first value: the bracket round the text makes it read on. -#}
{% macro spark__valid_json(payload) -%}
    case
        when array_size({{ spark_json_list("'[' || " ~ payload ~ " || ']'") }}) = 1
            then {{ payload }}
    end
{%- endmacro %}
{% macro spark_json_list(payload) -%}
    try_variant_get(try_parse_json({{ payload }}), '$', 'array<variant>')
{%- endmacro %}

{#- A list of the values at the paths, as text; objects and lists as JSON text. One parse. -#}
{% macro json_texts(payload, paths) %}
    {{- return(adapter.dispatch('json_texts')(payload, paths)) -}}
{% endmacro %}
{% macro default__json_texts(payload, paths) -%}
    json_extract_string({{ payload }}, ['{{ paths | join("', '") }}'])
{%- endmacro %}
{% macro spark__json_texts(payload, paths) -%}
    array(
        {%- for path in paths %}
        {{ spark__json_text(payload, "'" ~ path ~ "'") }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
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
{% macro spark__json_kinds(payload, paths) -%}
    array(
        {%- for path in paths %}
        case
            regexp_extract(
                schema_of_variant(variant_get(try_parse_json({{ payload }}), '{{ path }}')), '^[A-Z]+', 0
            )
            when 'STRING' then 'text'
            when 'BIGINT' then 'number'
            when 'DECIMAL' then 'number'
            when 'DOUBLE' then 'number'
            when 'BOOLEAN' then 'boolean'
            when 'ARRAY' then 'list'
            when 'OBJECT' then 'object'
            when 'VOID' then 'null'
        end{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The value at one path, as text. The path may be a column expression. -#}
{% macro json_text(payload, path) %}
    {{- return(adapter.dispatch('json_text')(payload, path)) -}}
{% endmacro %}
{% macro default__json_text(payload, path) -%}
    json_extract_string({{ payload }}, {{ path }})
{%- endmacro %}
{% macro spark__json_text(payload, path) -%}
    {{ spark_json_number('get_json_object(' ~ payload ~ ', ' ~ path ~ ')') }}
{%- endmacro %}

{#- Spark writes a number anew, with an exponent from 1E7 on and below 1E-3: here as DuckDB does,
    without an exponent from 1E-6 to 1E20, else with a small e and no needless zero. -#}
{% macro spark_json_number(value) -%}
    case
        {%- for exponents, digits in [('([7-9]|1[0-9]|20)', 15), ('-[4-6]', 32)] %}
        when {{ value }} rlike '^-?[0-9][.][0-9]+E{{ exponents }}$'
            then
                regexp_replace(
                    cast(cast({{ value }} as decimal(38, {{ digits }})) as string),
                    '([.][0-9]+?)0+$',
                    '$1'
                )
        {%- endfor %}
        when {{ value }} rlike '^-?[0-9][.][0-9]+E-?[0-9]+$'
            then lower(replace({{ value }}, '.0E', 'E'))
        else {{ value }}
    end
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
{% macro spark__json_text_list(payload, path) -%}
    {%- set rest = path.removeprefix('$[*]') -%}
    coalesce(
        filter(
            {%- if rest %}
            {#- an element's text alone does not tell an object from a text that looks like one #}
            zip_with(
                from_json({{ payload }}, 'array<string>'),
                {{ spark_json_list(payload) }},
                (item, value) -> case
                    when schema_of_variant(value) like 'OBJECT%'
                        then get_json_object(item, '${{ rest }}')
                end
            ),
            {%- else %}
            from_json({{ payload }}, 'array<string>'),
            {%- endif %}
            item -> item is not null
        ),
        cast(array() as array<string>)
    )
{%- endmacro %}

{#- A JSON list of texts from a list of texts. -#}
{% macro json_from_list(list) %}{{ return(adapter.dispatch('json_from_list')(list)) }}{% endmacro %}
{% macro default__json_from_list(list) -%}
    cast(to_json({{ list }}) as varchar)
{%- endmacro %}
{% macro spark__json_from_list(list) -%}
    to_json({{ list }})
{%- endmacro %}

{#- A text as a JSON string, quotes and escapes included. -#}
{% macro json_quote(value) %}{{ return(adapter.dispatch('json_quote')(value)) }}{% endmacro %}
{% macro default__json_quote(value) -%}
    cast(to_json(cast({{ value }} as varchar)) as varchar)
{%- endmacro %}
{#- The one string of a list, without the list. -#}
{% macro spark__json_quote(value) -%}
    case
        when {{ value }} is not null
            then
                substr(
                    to_json(array({{ value }})), 2, length(to_json(array({{ value }}))) - 2
                )
    end
{%- endmacro %}

{#- A list of JSON objects, as text each, from a JSON list held as text. -#}
{% macro json_items(payload) %}{{ return(adapter.dispatch('json_items')(payload)) }}{% endmacro %}
{% macro default__json_items(payload) -%}
    coalesce(cast(json_extract({{ payload }}, '$[*]') as varchar[]), cast([] as varchar[]))
{%- endmacro %}
{% macro spark__json_items(payload) -%}
    coalesce(from_json({{ payload }}, 'array<string>'), cast(array() as array<string>))
{%- endmacro %}

{#- What an expression makes of each `item` of a JSON list, joined by commas: the inside of another
    JSON list. Null where it makes nothing. Items are JSON as text; with `texts` those of a list of
    texts, without quotes. A list within a list takes another name than `item`. -#}
{% macro json_list_map(payload, expression, item='item', texts=false) %}
    {%- set items = json_text_list(payload, '$[*]') if texts else json_items(payload) -%}
    {{- return(adapter.dispatch('json_list_map')(items, expression, item)) -}}
{% endmacro %}
{% macro default__json_list_map(items, expression, item) -%}
    nullif(
        array_to_string(
            list_transform({{ items | indent(12) }}, lambda {{ item }}: {{ expression | indent(12) }}), ','
        ),
        ''
    )
{%- endmacro %}
{% macro spark__json_list_map(items, expression, item) -%}
    nullif(
        array_join(
            transform({{ items | indent(12) }}, {{ item }} -> {{ expression | indent(12) }}), ','
        ),
        ''
    )
{%- endmacro %}

{#- The names of an object's members, as a list in the order of the alphabet; empty where it is none. -#}
{% macro json_names(payload) %}{{ return(adapter.dispatch('json_names')(payload)) }}{% endmacro %}
{% macro default__json_names(payload) -%}
    coalesce(list_sort(json_keys({{ payload }})), cast([] as varchar[]))
{%- endmacro %}
{% macro spark__json_names(payload) -%}
    coalesce(array_sort(json_object_keys({{ payload }})), cast(array() as array<string>))
{%- endmacro %}

{#- A JSON object of the values that are not null; null where none is. `values` is {name: SQL of a
    text}. -#}
{% macro json_object_of(values) %}{{ return(adapter.dispatch('json_object_of')(values)) }}{% endmacro %}
{% macro default__json_object_of(values) -%}
    nullif(
        '{' || concat_ws(
            ','
            {%- for name, value in values.items() %},
            '"{{ name }}":' || {{ json_quote(value) | indent(12) }}
            {%- endfor %}
        ) || '}',
        '{}'
    )
{%- endmacro %}
{#- Each value stands once, or texts of values of values of values would be the length of a book. -#}
{% macro spark__json_object_of(values) -%}
    nullif(
        to_json(
            named_struct(
                {%- for name, value in values.items() %}
                '{{ name }}', cast({{ value | indent(16) }} as string){{ ',' if not loop.last }}
                {%- endfor %}
            )
        ),
        '{}'
    )
{%- endmacro %}

{#- A JSON list that holds one text, or none where it is null. -#}
{% macro json_list_of_one(value) -%}
    coalesce('[' || {{ json_quote(value) }} || ']', '[]')
{%- endmacro %}
