{#- Lists: spelled differently on every engine. -#}

{#- A list of these expressions. -#}
{% macro list_of(items) %}{{ return(adapter.dispatch('list_of')(items)) }}{% endmacro %}
{% macro default__list_of(items) -%}
    [
        {{ items | join(',\n        ') }}
    ]
{%- endmacro %}
{% macro spark__list_of(items) -%}
    array(
        {{ items | join(',\n        ') }}
    )
{%- endmacro %}

{#- The element at a position (from 1), null outside. -#}
{% macro list_at(list, position) %}
    {{- return(adapter.dispatch('list_at')(list, position)) -}}
{% endmacro %}
{% macro default__list_at(list, position) -%}
    {#- from the end is what DuckDB counts with a position below 0 -#}
    {{ list }}[{{ position if modules.re.fullmatch('[0-9]+', position | string) else 'greatest(' ~ position ~ ', 0)' }}]
{%- endmacro %}
{% macro spark__list_at(list, position) -%}
    case
        when {{ position }} >= 1
            then try_element_at({{ list }}, cast({{ position }} as int))
    end
{%- endmacro %}

{% macro list_length(list) %}{{ return(adapter.dispatch('list_length')(list)) }}{% endmacro %}
{% macro default__list_length(list) -%}
    cast(coalesce(len({{ list }}), 0) as bigint)
{%- endmacro %}
{% macro spark__list_length(list) -%}
    cast(coalesce(array_size({{ list }}), 0) as bigint)
{%- endmacro %}

{#- A from-item that yields one row an element: columns `item` and `item_no` (from 1). -#}
{% macro unnest_list(list, alias, item='item', item_no='item_no') %}
    {{- return(adapter.dispatch('unnest_list')(list, alias, item, item_no)) -}}
{% endmacro %}
{% macro default__unnest_list(list, alias, item, item_no) -%}
    unnest({{ list }}) with ordinality as {{ alias }} ({{ item }}, {{ item_no }})
{%- endmacro %}
{% macro spark__unnest_list(list, alias, item, item_no) -%}
    lateral (
        select
            cast(pos + 1 as bigint) as {{ item_no }},
            col as {{ item }}
        from posexplode({{ list }})
    ) as {{ alias }}
{%- endmacro %}

{#- Distinct values as one text, sorted, with a separator; null where there is none. -#}
{% macro joined_distinct(value, separator=',') %}
    {{- return(adapter.dispatch('joined_distinct')(value, separator)) -}}
{% endmacro %}
{% macro default__joined_distinct(value, separator) -%}
    array_to_string(
        list_sort(list(distinct {{ value }}) filter (where {{ value }} is not null)),
        '{{ separator }}'
    )
{%- endmacro %}
{% macro spark__joined_distinct(value, separator) -%}
    case
        when count({{ value }}) > 0
            then array_join(sort_array(collect_set({{ value }})), '{{ separator }}')
    end
{%- endmacro %}
