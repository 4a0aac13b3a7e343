{#- The pay in one component of a job at Ashby, `item`; null where the component is a bonus, equity or
    the like. -#}
{% macro ashby_salary(scope) -%}
    case
        when {{ json_text('item', "'$.compensationType'") }} = 'Salary'
            then {{ pay_item({
                'origin': "'advertised'",
                'text': "coalesce(" ~ json_text('item', "'$.summary'") ~ ", " ~ amounts_text(
                    json_text('item', "'$.minValue'"), json_text('item', "'$.maxValue'")
                ) ~ ")",
                'min': json_text('item', "'$.minValue'"),
                'max': json_text('item', "'$.maxValue'"),
                'currency': json_text('item', "'$.currencyCode'"),
                'period': period_of_code(json_text('item', "'$.interval'")),
                'scope': scope,
            }) }}
    end
{%- endmacro %}
