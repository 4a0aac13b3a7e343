{#- Creates every raw table that is declared in the sources and not there yet, so that the project
    builds on a fresh clone and with any subset of sources. Types are those of the landing contract. -#}
{% macro create_raw_tables() %}
    {%- if execute -%}
        {{- adapter.dispatch('create_raw_tables')(
            graph.sources.values() | selectattr('source_name', 'equalto', 'raw') | list
        ) -}}
    {%- endif -%}
{% endmacro %}

{% macro default__create_raw_tables(tables) %}
    create schema if not exists raw;
    {%- for table in tables %}
    create table if not exists raw.{{ table.identifier }} (
        {%- for column in table.columns.values() %}
        {{ adapter.quote(column.name) }} {{ raw_type(column.data_type) }}{{ ',' if not loop.last }}
        {%- endfor %}
    );
    {%- endfor %}
{% endmacro %}
