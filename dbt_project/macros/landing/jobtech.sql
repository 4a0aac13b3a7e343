{#- The label of a concept of JobTech; files of past years have a list of concepts where the stream
    has one. -#}
{% macro jobtech_label(fields, name) -%}
    coalesce(
        {{ json_text(payload_field(fields, name), "'$.label'") }},
        {{ json_text(payload_field(fields, name), "'$[0].label'") }}
    )
{%- endmacro %}
