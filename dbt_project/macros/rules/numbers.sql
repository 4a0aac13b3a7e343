{#- Half-up rounding that is the same on every engine. -#}
{% macro round_half_up(value, digits=2) -%}
    floor(({{ value }}) * 1e{{ digits }} + 0.5) / 1e{{ digits }}
{%- endmacro %}

{#- A ratio as a double, null where the whole is null or nothing. -#}
{% macro ratio(part, whole) -%}
    case when {{ whole }} > 0 then cast({{ part }} as double) / cast({{ whole }} as double) end
{%- endmacro %}

{#- The key of an entity: md5 of the parts, joined by a colon, nulls as empty text. -#}
{% macro entity_key(parts) -%}
    md5(
        {%- for part in parts %}
        coalesce(cast({{ part }} as string), ''){{ " || ':' ||" if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{#- The rank of the order statistic that bounds the 95 % interval of a median of n values: n/2 -+
    1.96 sqrt(n)/2, to the nearest rank, inside 1 to n. -#}
{% macro median_rank(n, end) -%}
    {%- if end == 'low' -%}
        greatest(1, cast(floor({{ n }} / 2e0 - 0.98 * sqrt({{ n }}) + 0.5) as bigint))
    {%- else -%}
        least({{ n }}, cast(floor(1 + {{ n }} / 2e0 + 0.98 * sqrt({{ n }}) + 0.5) as bigint))
    {%- endif -%}
{%- endmacro %}

{#- A code as words for people: first letter large, underscores as spaces. -#}
{% macro sentence_case(value) -%}
    upper(substr({{ value }}, 1, 1)) || replace(substr({{ value }}, 2), '_', ' ')
{%- endmacro %}

{#- A text of at most twelve digits, with at most one point, as a double, else null. -#}
{% macro text_to_number(value) -%}
    case
        when {{ regex_test(value, '^[0-9]{1,12}([.][0-9]{1,10})?$') }}
            then cast({{ value }} as double)
    end
{%- endmacro %}

{#- The same as a whole number: a cast would round in one engine and cut in another. -#}
{% macro text_to_count(value) -%}
    cast(floor({{ text_to_number(value) }} + 0.5) as bigint)
{%- endmacro %}

{#- A text of at most twelve digits before a point and fifteen behind it, with or without a minus, as
    a double, else null: a degree, say. -#}
{% macro text_to_signed_number(value) -%}
    case
        when {{ regex_test(value, '^-?[0-9]{1,12}([.][0-9]{1,17})?$') }}
            then cast({{ value }} as double)
    end
{%- endmacro %}
