{#- The grammar of amounts in folded text. Words stand in seeds; here is only how an amount, a
    currency and a range are written.

    amount: an amount or range with a currency, or in thousands ("35-40k") · label: the same, or a
    bare number, for texts that are about pay alone · number: one number with what multiplies it ·
    sign_first, sign_last: the currency at either end of an amount · prefilter: what a text that
    holds an amount has. -#}
{% macro pay_patterns() %}
    {%- set codes = "usd|eur|gbp|cad|aud|nzd|chf|sek|nok|dkk|pln|czk|huf|ron|bgn|inr|jpy|cny|sgd|hkd"
        ~ "|brl|mxn|zar|cop|pen|clp|ars|aed|sar|krw|twd|php|myr|thb|idr|vnd|isk" -%}
    {%- set names = "euros?|dollars?|pounds?(?: sterling)?|kronor|kroner|kronur|francs?|franken"
        ~ "|reais|pesos?|soles|rupees|rand|zloty(?:ch)?|lei|forint|yen" -%}
    {%- set symbols = "£€₹¥₽₺₪₩₫₱" -%}
    {%- set dollar = "(?:(?:usd|cad|cdn|aud|nzd|sgd|hkd|mxn|cop|clp|ars) ?|us|ca|c|au|a|nz|hk|sg|s|r|mx"
        ~ "|nt)?[$]" -%}
    {%- set cents = "(?:[.,][0-9]{1,2})?" -%}
    {%- set thousands = "[0-9]{1,3}(?:[ .,'][0-9]{3})+" -%}
    {%- set digits = "(?:[0-9]{1,3}[.][0-9]{4}|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|" ~ thousands
        ~ cents ~ "|[0-9]+" ~ cents ~ ")" -%}
    {%- set times = "tsd[.]?|tausend|thousand|duizend|tusen|mila?|lakhs?|lacs?|lpa" -%}
    {#- "2.850,-", "28 000:-" -#}
    {%- set plain = digits ~ "(?:[,.]-+)?" -%}
    {%- set number = plain ~ "(?: ?(?:" ~ times ~ "|k))?" -%}
    {#- not the codes that end common words: environ, mars, risk -#}
    {%- set codes_first = codes | replace('|ron|', '|') | replace('|ars|', '|') | replace('|isk', '')
        | replace('|pen|', '|') -%}
    {%- set sign_first = dollar ~ "|[" ~ symbols ~ "]|(?:" ~ codes_first ~ "|euros?) ?[$€£₹]?|kr[.]?"
        ~ "|sfr[.]?|fr[.]|s/[.]?|rs[.]" -%}
    {%- set sign_last = "[" ~ symbols ~ "]|" ~ dollar ~ "(?: ?(?:" ~ codes ~ "))?|t ?(?:€|eur)|t(?:kr"
        ~ "|sek|chf|nok|dkk)|keur(?:os?)?|ke|(?:" ~ names ~ ")|(?:" ~ codes ~ ")|kr[.]?|fr[.]|zl|kc|ft|:-" -%}
    {%- set beside = "(?: (?:brut[aeos]*|brutt?o|gross|base|lordi|nett?o?))?"
        ~ "(?: ?(?:/|per|an?|p[.]|pro|par|por|al) ?[a-z]{1,7}[.]?)?" -%}
    {%- set to = beside ~ " ?(?:-+|/|to|and|&|bis|a|al|ate|through|und|et|y|e|en|och|og|til|till|tot"
        ~ "|hasta|fino a) ?(?:max(?:imum)?[.:]? ?|up to |bis )?" -%}
    {#- "$45k USD": a sign before and a code behind, but not the sign of the next amount -#}
    {%- set code = "(?: ?(?:usd|cad|aud|nzd|eur|gbp|chf|sgd|hkd|mxn|cop|clp|ars|brl|inr|dollars|euros?))?" -%}
    {%- set first = "(?:" ~ sign_first ~ ") ?" ~ number ~ code ~ "(?:" ~ to ~ "(?:" ~ sign_first
        ~ ")? ?" ~ number ~ code ~ ")?" -%}
    {#- "kronor" and "kr" before what is counted in thousands -#}
    {%- set end = plain ~ "(?: ?(?:" ~ sign_last ~ ")| ?(?:" ~ times ~ "|k) ?(?:" ~ sign_last ~ "))" -%}
    {%- set last = "(?:" ~ end ~ to ~ end ~ "|" ~ number ~ to ~ end ~ "|" ~ end ~ ")" -%}
    {%- set rand = "rm?" ~ thousands ~ cents ~ "(?:" ~ to ~ "(?:rm?)? ?" ~ thousands ~ cents ~ ")?" -%}
    {%- set many = digits ~ "(?: ?(?:k|lakhs?|lacs?|lpa))?(?:" ~ to ~ digits ~ ")? ?(?:k|lakhs?|lacs?"
        ~ "|lpa)" -%}
    {%- set with_sign = first ~ "|" ~ rand ~ "|" ~ last ~ "|" ~ many -%}
    {{- return({
        'prefilter': "[$" ~ symbols ~ "]|[0-9] ?(?:k|lpa|lakhs?|:-)(?:$|[^a-z0-9])"
            ~ "|[0-9-] ?(?:(?:" ~ times ~ "|k|t) ?)?(?:eur|" ~ names ~ "|kr|zl|kc|ft|ke|" ~ codes
            ~ ")(?:$|[^a-z])|(?:" ~ codes_first ~ "|euros?|kr[.]?|sfr|fr[.]|s/[.]?|rs[.]) ?[0-9]"
            ~ "|(?:^|[^a-z])rm?[0-9]",
        'amount': with_sign,
        'label': with_sign ~ "|" ~ number ~ "(?:" ~ to ~ number ~ ")?",
        'number': digits ~ "(?:[,.]-+)?(?: ?(?:" ~ times ~ "|kr|kc|kes|krw|ke|k|t ?(?:€|eur)|t(?:kr|sek"
            ~ "|chf|nok|dkk)))?",
        'scale': "(?:^|[0-9 -])(?:" ~ times ~ "|ke?|t ?(?:€|eur)|t(?:kr|sek|chf|nok|dkk))$",
        'sign_first': "^(" ~ sign_first ~ "|rm?) ?[0-9]",
        'sign_last': "(" ~ sign_last ~ ")$",
        'code': "^(?:[$kt]|[a-z]{3})?(" ~ codes ~ ")(?:[$]|os?)?$",
        'joined_by_and': "[^a-z](?:&|and|und|et|y|e|en|och|og) ",
        'between': "(?:^|[^a-z])(?:between|zwischen|entre|tra|fra|tussen|mellan|mellom|mellem)"
            ~ "(?: [a-z]+)? ?$",
    }) -}}
{% endmacro %}

{#- A written number (folded, with what multiplies it) as a double: separators of thousands are told
    from the decimal point by what follows them. Beyond twelve digits it is no amount. -#}
{% macro parse_amount(value) -%}
    {%- set digits = regex_replace(value, "[^0-9.,]|[.,][^0-9]*$", '') -%}
    case
        when {{ regex_test(digits, '^[0-9]{1,3}([.,][0-9]{3}){1,3}$') }}
            then cast({{ regex_replace(digits, '[.,]', '') }} as double)
        when {{ regex_test(digits, '^[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}$') }}
            then cast({{ regex_replace(digits, ',', '') }} as double)
        when {{ regex_test(digits, '^[0-9]{1,3}([.,][0-9]{3}){1,3}[.,][0-9]{1,2}$') }}
            then
                cast(
                    {{ regex_replace(regex_group(digits, '^(.*)[.,][0-9]{1,2}$', 1), '[.,]', '') }}
                    || '.' || {{ regex_group(digits, '([0-9]{1,2})$', 1) }} as double
                )
        when {{ regex_test(digits, '^[0-9]{1,12}([.,][0-9]{1,4})?$') }}
            then cast(replace({{ digits }}, ',', '.') as double)
    end
    * {{ amount_scale(value) }}
{%- endmacro %}

{#- What a written number is multiplied by: a thousand for k and its like, a lakh in India. -#}
{% macro amount_scale(value) -%}
    case
        when {{ regex_test(value, 'l(?:akhs?|acs?|pa)$') }} then 100000
        when {{ regex_test(value, pay_patterns().scale) }} then 1000
        else 1
    end
{%- endmacro %}

{#- The text right before a position, at most so many of the characters there are. -#}
{% macro text_before(value, position, available, most) -%}
    substr(
        {{ value }},
        {{ position }} - least({{ available }}, {{ most }}),
        least({{ available }}, {{ most }})
    )
{%- endmacro %}

{#- Payments a year that a text counts ("sur 13 mois", "14 pagas", "14x"), as digits; else null. -#}
{% macro payments_in(value) -%}
    {%- set number = "(1[2-6](?:[.,][0-9]+)?)" -%}
    {%- set counted = " ?(?:x(?:[^a-z0-9]|$)|pagas|mensilita|mensualites|mensualidades|payments|times"
        ~ "|(?:monats)?gehalter|salarios|salaries|pagamentos)" -%}
    {%- set over = "(?:^|[^a-z])(?:sur|over|uber|en|em|su|op|x) ?" -%}
    replace(
        coalesce(
            nullif({{ regex_group(value, '(?:^|[^0-9.,])' ~ number ~ counted, 1) }}, ''),
            nullif({{ regex_group(value, over ~ number ~ '(?: (?:mois|mes|maand|manad|monat)|$)', 1) }}, '')
        ),
        ',',
        '.'
    )
{%- endmacro %}
