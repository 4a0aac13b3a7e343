{#- Masking of e-mail addresses and telephone numbers on the way from raw to staging. Amounts look
    like numbers that one can call ("35 000 - 42 000"), so every pattern asks for what an amount has
    not: a plus with a country's code, a leading zero, groups of four at the end, a word before it. -#}

{#- A text with addresses as [email] and numbers as [phone]. Few texts have any: two plain searches
    go before the costly ones. -#}
{% macro mask_contacts(value) -%}
    case
        when {{ regex_test(value, seven_digits()) }}
            then {{ mask_phones(mask_emails(value)) | indent(12) }}
        else {{ mask_emails(value) | indent(8) }}
    end
{%- endmacro %}

{% macro mask_emails(value) -%}
    {%- set letters = 'A-Za-z0-9\u00c0-\u024f' -%}
    {%- set at = "(?:@|&#64;|&#x40;|&commat;|%40| ?" ~ odd_at() ~ " ?)" -%}
    {%- set local = '[' ~ letters ~ '._%+-]+' -%}
    {%- set host = '[' ~ letters ~ '-]+(?:[.][' ~ letters ~ '-]+)*[.][A-Za-z]{2,24}' -%}
    case
        when {{ regex_test(value, '@|&#64;|&#x40;|&commat;|%40|' ~ odd_at()) }}
            then {{ regex_replace(
                value, local ~ at ~ '(?:' ~ host ~ '|[' ~ letters ~ '.-]*\u2026)', '[email]'
            ) | indent(12) }}
        else {{ value }}
    end
{%- endmacro %}

{#- "(at)" in brackets of any kind. -#}
{% macro odd_at() -%}
    {{- return("[^A-Za-z0-9 .,_'/<>;-](?:at|AT)[^A-Za-z0-9 .,_'/<>;&-]") -}}
{%- endmacro %}

{#- Between two digits of a number. -#}
{% macro phone_gap() -%}
    {{- return('(?:[ ./()\u00a0\u2009\u202f\u2011\u2013-]|&nbsp;|&#160;)') -}}
{%- endmacro %}

{% macro seven_digits() -%}
    {{- return('[0-9](?:' ~ phone_gap() ~ '{0,4}[0-9]){6}') -}}
{%- endmacro %}

{% macro mask_phones(value) -%}
    {%- set ns = namespace(masked=value) -%}
    {%- for pattern in phone_patterns() -%}
        {%- set ns.masked = regex_keep_group(ns.masked, pattern, '[phone]') -%}
    {%- endfor -%}
    {{- return(ns.masked) -}}
{%- endmacro %}

{#- Patterns whose first group is what stands before the number and stays. -#}
{% macro phone_patterns() -%}
    {%- set gap = phone_gap() -%}
    {%- set space = '(?:[ \u00a0\u202f]|&nbsp;)' -%}
    {#- before a number of a country itself: no digit, and no digit and a space or a point, which
        would make it the rest of an amount -#}
    {%- set before = '(^|[^0-9 .,\u00a0\u202f]|(?:^|[^0-9])[ .,\u00a0\u202f])' -%}
    {#- codes of countries; those of one digit have numbers of a fixed length -#}
    {%- set country =
        '(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1-689][0-9]|3[578][0-9]'
        ~ '|42[0-9]|5[09][0-9]|6[789][0-9]|8[0578][0-9]|9[679][0-9])' -%}
    {%- set rest = country ~ '(?:' ~ gap ~ '{0,2}0)?' ~ gap ~ '{0,3}[1-9](?:' ~ gap ~ '{0,3}[0-9]){5,12}' -%}
    {%- set american = '[(]?[2-9][0-9]{2}[)]?' ~ gap ~ '{0,2}[2-9][0-9]{2}' ~ gap ~ '?[0-9]{4}' -%}
    {%- set russian = '[0-9]{3}' ~ gap ~ '{0,2}[0-9]{3}' ~ gap ~ '?[0-9]{2}' ~ gap ~ '?[0-9]{2}' -%}
    {%- set words =
        '[Tt][Ee\u00c9\u00e9][Ll]|T\u00c9L|[Pp]hone|PHONE|[Ff]ax|FAX|[Mm]obil|MOBIL|[Mm][\u00f3o]vil|[Hh]andy'
        ~ '|[Gg][Ss][Mm]|[Ww]hats[Aa]pp|[Cc]ell|[Ff]on|[Kk]om[\u00f3o]rk' -%}
    {{- return([
        '(^|[^0-9A-Za-z])(?:[+]|&#43;|%2B)[(]?(?:' ~ rest
            ~ '|1' ~ gap ~ '{0,2}' ~ american
            ~ '|7' ~ gap ~ '{0,2}' ~ russian ~ ')',
        '((?:^|[^A-Za-z\u00c0-\u024f])(?:' ~ words ~ ')[a-z\u00e0-\u024f]{0,9}'
            ~ '(?: (?:[Nn]r|[Nn]o|n\u00b0|[Nn]umber|[Nn]um[\u00e9e]ro|[Nn]ummer))?[ .:=()\u00a0-]{0,5})'
            ~ '[0-9](?:' ~ gap ~ '{0,3}[0-9]){6,14}',
        '(^|[^0-9])0[1-9](?:[0-9]{8,12}|(?:' ~ space ~ '{1,2}[0-9]{2}){4}|(?:[.][0-9]{2}){4}'
            ~ '|(?:-[0-9]{2}){4}|(?: [.-] [0-9]{2}){4}|(?:/[0-9]{2}){4})',
        before ~ '(?:00' ~ rest
            ~ '|[(]?0[1-9][0-9](?:' ~ gap ~ '{0,3}[0-9]){6,10}'
            ~ '|0[1-9]' ~ gap ~ '{1,3}(?:[0-9]{6,8}|[0-9]{3}' ~ gap ~ '[0-9]{2,4}(?:' ~ gap ~ '[0-9]{2,4})?|[0-9]{4} [0-9]{4})'
            ~ '|0[1-9]-[0-9]{2} [0-9]{2} [0-9]{2}'
            ~ '|(?:1[ .-])?[(][2-9][0-9]{2}[)] ?[2-9][0-9]{2}[ .-]?[0-9]{4}'
            ~ '|(?:1[ .-])?[2-9][0-9]{2}[ .-][2-9][0-9]{2}[.-][0-9]{4}'
            ~ '|[(][1-9][0-9][)] ?9?[0-9]{4}-[0-9]{4}'
            ~ '|[5-9][0-9]{2} [0-9]{3} [0-9]{2}[1-9]|[5-9][0-9]{2}-[0-9]{3}-[0-9]{2}[1-9]'
            ~ '|[1-9][0-9] [0-9]{2}[1-9] [0-9]{2} [0-9]{2})',
    ]) -}}
{%- endmacro %}
