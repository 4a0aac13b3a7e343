{#- The fields of a dropped file's row, as the mapping beside the file named them. -#}
{% macro file_fields() %}
    {%- set fields = [['posted_on', '$.fields.posted_on', ['time']]] -%}
    {%- for name in [
        'origin', 'title', 'company', 'pay_text', 'pay_min', 'pay_max', 'currency', 'period',
        'payments_year', 'tax_basis', 'employment_type', 'seniority', 'country', 'region', 'city',
        'skills', 'url',
    ] -%}
        {%- do fields.append([name, '$.fields.' ~ name, ['text']]) -%}
    {%- endfor -%}
    {{- return(fields) -}}
{% endmacro %}
