{#- Engine spellings of types. Models use string, bigint, double, date, timestamp, boolean. -#}

{% macro raw_type(data_type) %}{{ return(adapter.dispatch('raw_type')(data_type)) }}{% endmacro %}

{#- A landing type, as declared in the sources, in the words of the engine. -#}
{% macro default__raw_type(data_type) -%}
    {%- do return({'text': 'varchar', 'timestamptz': 'timestamp with time zone'}.get(
        data_type, data_type
    )) -%}
{%- endmacro %}
{% macro spark__raw_type(data_type) -%}
    {%- do return({'text': 'string', 'timestamptz': 'timestamp'}.get(data_type, data_type)) -%}
{%- endmacro %}
