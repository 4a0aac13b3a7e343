{#- The folder or bucket that holds a folder of Parquet files a raw table; none where raw stands in
    DuckDB. Relative paths are taken from the repository root, one folder above this project. -#}
{% macro raw_path() %}
    {%- set raw = env_var('WAGEHOUSE_RAW', '').rstrip('/') -%}
    {%- if '://' in raw -%}
        {#- a bucket by itself is no folder that a dataset can be -#}
        {{- return(raw if '/' in raw.split('://')[1] else raw ~ '/raw') -}}
    {%- elif raw -%}
        {{- return(from_root(raw)) -}}
    {%- elif target.type == 'duckdb' -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set data = (env_var('WAGEHOUSE_DATA', '') or 'data').rstrip('/') -%}
    {%- set folder = '/dev/raw' if env_var('WAGEHOUSE_ENV', '') == 'dev' else '/raw' -%}
    {{- return(from_root(data ~ folder)) -}}
{% endmacro %}

{% macro from_root(path) %}
    {{- return(path if path.startswith('/') else flags.PROJECT_DIR ~ '/../' ~ path) -}}
{% endmacro %}
