{#- The schema of a model is its layer, with no prefix: staging, intermediate, normalized, marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
