{#- The fields of a dropped file's row: canonical ones, read when it landed. All are texts but
    `skills`, a list of texts. -#}
{% macro file_fields() %}
    {{- return([
        'origin', 'title', 'description', 'company', 'url', 'employment_type', 'contract',
        'workplace', 'seniority', 'category', 'language', 'country', 'region', 'city', 'location',
        'latitude', 'longitude', 'skills', 'pay_text', 'pay', 'pay_min', 'pay_max', 'currency',
        'period', 'payments_year', 'tax_basis', 'posted_on', 'expires_on',
    ]) -}}
{% endmacro %}

{#- One of them, out of the list `field_texts`. -#}
{% macro file_field(name) -%}
    {{ list_at('field_texts', file_fields().index(name) + 1) }}
{%- endmacro %}

{#- A coordinate, which may be below zero. -#}
{% macro file_coordinate(name) -%}
    {{ text_to_number("replace(" ~ file_field(name) ~ ", '-', '')") }}
    * case when {{ file_field(name) }} like '-%' then -1 else 1 end
{%- endmacro %}
