{#- Shows raw as `raw.<table>`, whichever engine builds and wherever it landed, and makes every table
    that is declared in the sources and not there yet, so that the project builds on a fresh clone
    and with any subset of sources. Types are those of the landing contract. -#}
{% macro create_raw_tables() %}
    {%- if execute -%}
        {{- adapter.dispatch('create_raw_tables')(
            graph.sources.values() | selectattr('source_name', 'equalto', 'raw') | list
        ) -}}
    {%- endif -%}
{% endmacro %}

{#- In DuckDB: tables of the warehouse, or views on the files where raw lies on a path. -#}
{% macro default__create_raw_tables(tables) %}
    {%- set path = raw_path() -%}
    create schema if not exists raw;
    {%- for table in tables %}
    {%- if path is none %}
    create table if not exists raw.{{ table.identifier }} (
        {%- for column in table.columns.values() %}
        {{ adapter.quote(column.name) }} {{ raw_type(column.data_type) }}{{ ',' if not loop.last }}
        {%- endfor %}
    );
    {%- else %}
    {%- set files = path ~ '/' ~ table.identifier ~ '/*.parquet' %}
    create or replace view raw.{{ table.identifier }} as
    select
        {%- for column in table.columns.values() %}
        cast({{ adapter.quote(column.name) if raw_has_files(files) else 'null' }} as
            {{ raw_type(column.data_type) }}) as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if raw_has_files(files) %}
    from read_parquet('{{ files }}', union_by_name = true);
    {%- else %}
    where false;
    {%- endif %}
    {%- endif %}
    {%- endfor %}
{% endmacro %}

{% macro raw_has_files(files) -%}
    {{- return(run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] > 0) -}}
{%- endmacro %}

{#- In Spark: external tables on the folders, made anew so that no list of files is an old one. One
    statement at a time, for it takes no more. -#}
{% macro spark__create_raw_tables(tables) %}
    {%- do run_query('create schema if not exists raw') -%}
    {%- for table in tables -%}
        {%- set columns = [] -%}
        {%- for column in table.columns.values() -%}
            {%- do columns.append('`' ~ column.name ~ '` ' ~ raw_type(column.data_type)) -%}
        {%- endfor -%}
        {%- do run_query('drop table if exists raw.' ~ table.identifier) -%}
        {%- do run_query(
            'create table raw.' ~ table.identifier ~ ' (' ~ columns | join(', ')
            ~ ") using parquet location '" ~ raw_path() ~ '/' ~ table.identifier ~ "'"
        ) -%}
    {%- endfor -%}
{% endmacro %}
