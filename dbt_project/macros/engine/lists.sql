{#- Lists: spelled differently on every engine. -#}

{#- The element at a position (from 1), null outside. -#}
{% macro list_at(list, position) %}
    {{- return(adapter.dispatch('list_at')(list, position)) -}}
{% endmacro %}
{% macro default__list_at(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}

{% macro list_length(list) %}{{ return(adapter.dispatch('list_length')(list)) }}{% endmacro %}
{% macro default__list_length(list) -%}
    cast(coalesce(len({{ list }}), 0) as bigint)
{%- endmacro %}

{#- A from-item that yields one row an element: columns `item` and `item_no` (from 1). -#}
{% macro unnest_list(list, alias, item='item', item_no='item_no') %}
    {{- return(adapter.dispatch('unnest_list')(list, alias, item, item_no)) -}}
{% endmacro %}
{% macro default__unnest_list(list, alias, item, item_no) -%}
    unnest({{ list }}) with ordinality as {{ alias }} ({{ item }}, {{ item_no }})
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
