{#- dbt-spark writes a seed's texts into its statement as they are; quotes and backslashes of ours
    end them. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model['config'].get('column_types', {}) -%}
    {%- for chunk in agate_table.rows | batch(2000) %}
    {%- set statement -%}
        insert into {{ this }} values
        {%- for row in chunk %}
        (
            {%- for column in agate_table.columns -%}
            {%- set value = row[column.name] -%}
            {%- set type = types.get(
                column.name, adapter.convert_type(agate_table, loop.index0)
            ) -%}
            {%- if value is none -%}
                cast(null as {{ type }})
            {%- else -%}
                cast('{{ value | string | replace("\\", "\\\\") | replace("'", "\\'") }}' as {{ type }})
            {%- endif -%}
            {{ ', ' if not loop.last }}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {%- endfor %}
    {%- endset -%}
    {%- do adapter.add_query(statement, abridge_sql_log=true) -%}
    {%- endfor %}
    {{- return('-- inserted') -}}
{% endmacro %}
