{#- The grammar of amounts in folded text. Words stand in seeds; here is only how an amount, a
    currency and a range are written. -#}

{% macro pay_patterns() %}
    {%- set cents = "(?:[.,][0-9]{1,2})?" -%}
    {%- set number = "(?:[0-9]{1,3}[.][0-9]{4}|[0-9]{1,3}(?:[,.'][0-9]{3})+" ~ cents
        ~ "|[0-9]+" ~ cents ~ ")" -%}
    {%- set spaced_number = "(?:[0-9]{1,3}(?: [0-9]{3})+" ~ cents ~ "|" ~ number ~ ")" -%}
    {%- set thousand = "(?: ?k)?" -%}
    {%- set codes = "usd|euros?|eur|gbp|cad|aud|nzd|chf|sek|nok|dkk|pln|zl|czk|huf|inr|jpy|sgd|hkd"
        ~ "|brl|mxn|zar" -%}
    {%- set prefixes = "(?:(?:usd|cad|cdn|aud|nzd) ?|us|ca|c|au|a|nz|hk|sg)?" -%}
    {%- set sign = "(?:" ~ prefixes ~ "[$]|£|€|₹|(?:" ~ codes ~ ") ?[$€£₹]?)" -%}
    {%- set code_after = "(?:€|£|₹|(?:us|ca|c|au|a)?[$]|" ~ codes ~ "|dollars)" -%}
    {%- set per = "(?: ?(?:/|per|an?|p[.]) ?(?:year|yr|annum|hour|hr|month|week|day))?" -%}
    {%- set dash = " ?(?:-+|to|and|bis|a|through|und|et) ?(?:max(?:imum)?[.:]? ?|up to )?" -%}
    {%- set sign_first = sign ~ " ?" ~ number ~ thousand ~ "(?: ?(?:" ~ codes ~ "))?"
        ~ "(?:" ~ per ~ dash ~ sign ~ "? ?" ~ number ~ thousand ~ "(?: ?(?:" ~ codes ~ "))?)?" -%}
    {%- set sign_last = spaced_number ~ thousand ~ "(?: ?" ~ code_after ~ ")?" ~ per ~ dash
        ~ spaced_number ~ thousand ~ " ?" ~ code_after ~ "|"
        ~ spaced_number ~ thousand ~ " ?" ~ code_after -%}
    {{- return({
        'between': "(^|[^a-z])(between|zwischen|entre)( [a-z]+)? ?$",
        'prefilter': "[$€£₹]|(?:^|[^a-z])(?:" ~ codes ~ ")(?:$|[^a-z])",
        'amount': sign_first ~ "|" ~ sign_last,
        'number': spaced_number ~ thousand,
        'sign': prefixes ~ "[$]|£|€|₹|" ~ codes ~ "|dollars",
    }) -}}
{% endmacro %}

{#- A written number (folded, with or without k) as a double: separators of thousands are told from
    the decimal point by what follows them. Beyond twelve digits it is no amount. -#}
{% macro parse_amount(value) -%}
    {%- set digits = regex_replace(value, "[k ']", '') -%}
    case
        when {{ regex_test(digits, '^[0-9]{1,3}([.,][0-9]{3}){1,3}$') }}
            then cast({{ regex_replace(digits, '[.,]', '') }} as double)
        when {{ regex_test(digits, '^[0-9]{1,3}([.,][0-9]{3}){1,3}[.,][0-9]{1,2}$') }}
            then
                cast(
                    {{ regex_replace(regex_group(digits, '^(.*)[.,][0-9]{1,2}$', 1), '[.,]', '') }}
                    || '.' || {{ regex_group(digits, '([0-9]{1,2})$', 1) }} as double
                )
        when {{ regex_test(digits, '^[0-9]{1,9}([.,][0-9]{1,4})?$') }}
            then cast(replace({{ digits }}, ',', '.') as double)
    end
    * case when {{ value }} like '%k' then 1000 else 1 end
{%- endmacro %}

{#- The text right before a position, at most so many of the characters there are. -#}
{% macro text_before(value, position, available, most) -%}
    substr(
        {{ value }},
        {{ position }} - least({{ available }}, {{ most }}),
        least({{ available }}, {{ most }})
    )
{%- endmacro %}

{#- How far a term of so many words stands from the amount: of words before it the last one counts,
    of words after it the first. -#}
{% macro word_distance(n_words_of_term) -%}
    case
        when side in ('before', 'above') then n_words - word_no - {{ n_words_of_term }} + 2
        else word_no
    end
{%- endmacro %}
