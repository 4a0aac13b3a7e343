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

{#- In DuckDB: tables of the warehouse, or views on the files where raw lies on a path. A table that
    a build without the path made goes if it is empty. -#}
{% macro default__create_raw_tables(tables) %}
    {%- set path = raw_path() -%}
    {%- set emptied = [] if path is none else empty_raw_tables(tables, path) %}
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
    {%- set has_files = raw_has_files(files) %}
    {%- if table.identifier in emptied %}
    drop table raw.{{ table.identifier }};
    {%- endif %}
    create or replace view raw.{{ table.identifier }} as
    select
        {%- for column in table.columns.values() %}
        cast({{ adapter.quote(column.name) if has_files else 'null' }} as
            {{ raw_type(column.data_type) }}) as {{ adapter.quote(column.name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    {%- if has_files %}
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

{#- The raw tables of the warehouse, as far as they hold nothing. Records are never hidden behind a
    path: those go there by `make run`, which carries them over. -#}
{% macro empty_raw_tables(tables, path) -%}
    {%- set found = run_query(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).columns[0].values() -%}
    {%- set names = tables | map(attribute='identifier') | select('in', found) | list -%}
    {%- for name in names if run_query('select 1 from raw.' ~ name ~ ' limit 1') | length -%}
        {{- exceptions.raise_compiler_error(
            'raw.' ~ name ~ ' holds records in the warehouse, and raw is to be read from ' ~ path
            ~ ': make run carries them over.'
        ) -}}
    {%- endfor -%}
    {{- return(names) -}}
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
