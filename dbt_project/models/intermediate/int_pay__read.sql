{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}
{%- set patterns = pay_patterns() -%}
{%- set version = ['source', 'record_id', 'version_no'] -%}
{%- set text = version + ['text_no'] -%}
{%- set candidate = text + ['candidate_no'] -%}

-- Each amount of money in a text as numbers and a currency, with what the words round it say.
-- Whether it is pay is judged in int_pay__parse.
with

found as (
    select * from {{ rule_rows(ref('int_pay__find')) }} as found
    {{ new_rows_only('found', 'int_pay__read') }}
),

pay_words as (
    select * from {{ ref('pay_words') }}
),

period_words as (
    select * from {{ ref('pay_period_words') }}
),

bound_words as (
    select * from {{ ref('pay_bound_words') }}
),

currency_signs as (
    select
        sign,
        min(unit_size) as unit_size
    from {{ ref('currency_signs') }}
    group by sign
),

-- the line an amount stands in, as far as it is this amount's; what goes before that line
lines as (
    select
        *,
        {{ text_parts('text_before', '\n') }} as lines_before,
        {{ list_at(text_parts(
            'substr(text_after, 1, cast(least(gap_after, 100) as bigint))', '\n'
        ), 1) }} as line_after,
        {{ regex_all('amount_folded', patterns.number) }} as numbers,
        {{ regex_group('amount_folded', patterns.sign_first, 1) }} as sign_first,
        {{ regex_group('amount_folded', patterns.sign_last, 1) }} as sign_last
    from found
    where candidate_no > 0
),

cut as (
    select
        *,
        {{ list_at('lines_before', list_length('lines_before')) }} as line_before,
        {{ list_at('lines_before', list_length('lines_before') ~ ' - 1') }} as line_above,
        -- up to the next amount, what stands behind a comma is said of that one
        {{ list_at(text_parts(
            "case when gap_after < length(line_after) + 1 then "
            ~ regex_replace('line_after', '[,;|] |[.] | - ', '. ')
            ~ ' else line_after end',
            '. '
        ), 1) }} as sentence_after,
        {{ list_at(text_parts('text_after', '\n'), 1) }} as rest_of_line,
        {{ list_at('numbers', 1) }} as first_number,
        {{ list_at('numbers', 2) }} as second_number,
        -- a code at the end says which dollar it is
        case
            when
                sign_last != ''
                and (sign_first = '' or sign_first like '%$')
                and not (sign_first != '' and {{ regex_test('sign_last', '^(?:dollars?|[$])$') }})
                then {{ regex_replace('sign_last', '[ .]', '') }}
            else {{ regex_replace('sign_first', '[ .]', '') }}
        end as sign_written
    from lines
),

numbers as (
    select
        *,
        coalesce(
            nullif({{ regex_group('sign_written', patterns.code, 1) }}, ''), sign_written
        ) as sign,
        {{ parse_amount('first_number') }} as first_stated,
        {{ parse_amount('second_number') }} as second_stated,
        {{ regex_test('first_number', patterns.scale) }} as is_first_scaled,
        {{ regex_test('second_number', patterns.scale) }} as is_second_scaled,
        {{ regex_test('amount_folded', patterns.joined_by_and) }}
        and not {{ regex_test('line_before', patterns.between) }} as is_list,
        gap_before < length(line_before) and candidate_no > 1 as has_amount_before,
        sign_first != '' and {{ regex_test('amount_folded', '[0-9].*[$€£₹]') }} as has_two_signs
    from cut
),

amounts as (
    select
        *,
        case
            -- "45-55k" and "45-55.000" are thousands at both ends
            when
                is_second_scaled and not is_first_scaled and first_stated < 1000
                then first_stated * {{ amount_scale('second_number') }}
            when
                first_stated < 1000 and second_stated >= 10000
                and first_stated * 1000 <= second_stated
                then first_stated * 1000
            else first_stated
        end as first_amount,
        -- "3.000 e 13 mensilita": the second is no amount
        case when not (is_list and not has_two_signs) then second_stated end as second_amount,
        -- a heading says what an amount under it is; so do several lines above a range
        case
            when second_number is not null
                then substr(text_before, 1, length(text_before) - length(line_before))
            when not {{ regex_test("coalesce(line_above, '')", '[0-9]') }} then line_above
        end as text_above,
        substr(rest_of_line, length(sentence_after) + 1) as text_beyond,
        case
            when has_amount_before
                then {{ list_length(text_parts(
                    spaced_words('substr(line_before, length(line_before) - cast(gap_before as bigint) + 1)'),
                    ' '
                )) }}
        end as words_since
    from numbers
),

{{ pay_hints(candidate) }}

select
    {%- for column in candidate %}
    found.{{ column }},
    {%- endfor %}
    found.starts_at,
    found.text_raw,
    found.label_raw,
    found.gap_before,
    amounts.first_amount,
    amounts.second_amount,
    nullif(amounts.sign, '') as currency_sign,
    currency_signs.sign is not null as has_currency,
    coalesce(amounts.is_first_scaled or amounts.is_second_scaled, false) as is_in_thousands,
    -- small units, such as kronor, count ten to one
    coalesce(amounts.second_amount, amounts.first_amount) / coalesce(currency_signs.unit_size, 1)
        as size,
    amounts.first_amount is null
    or (amounts.second_number is not null and amounts.second_stated is null) as is_unreadable,
    -- a word or another number touches it
    coalesce(
        (
            {{ regex_test('amounts.text_before', '[a-z0-9][.,-]?$') }}
            and {{ regex_test('amounts.amount_folded', '^[a-z0-9]') }}
        )
        or {{ regex_test('amounts.text_after', '^([0-9%]|[.,][0-9])') }}
        or (
            {{ regex_test('amounts.text_after', '^[a-z]') }}
            and not {{ regex_test('amounts.text_after', '^p(?:a|h|w|d|m|cm|/h)($|[^a-z])') }}
            and {{ regex_test('amounts.amount_folded', '[a-z0-9]$') }}
        ),
        false
    ) as is_touched,
    amounts.is_list and amounts.has_two_signs as is_list,
    amounts.has_amount_before,
    {{ regex_test('amounts.line_before', '^[^a-z0-9]*([a-z]+ ?){0,2}[^a-z0-9]*$') }} as is_heading,
    amounts.line_before = '' as is_first_of_line,
    coalesce({{ regex_test('amounts.text_after', '^([+]($|[^-])| [+]($|[^a-z0-9 ]))') }}, false)
        as is_and_more,
    amounts.words_since,
    -- what is said behind a comma is said of something else
    {{ list_length(text_parts(
        spaced_words(list_at(text_parts(regex_replace("coalesce(amounts.sentence_after, '')", '[;(|]', ','), ','), 1)),
        ' '
    )) }} as words_to_comma,
    {{ text_to_number(payments_in(
        "coalesce(amounts.line_before, '') || ' ' || coalesce("
        ~ "case when found.text_no > 0 then amounts.rest_of_line else amounts.sentence_after end, '')"
    )) | indent(4) }} as payments_counted,
    {{ regex_test(
        "' ' || coalesce(amounts.rest_of_line, '')",
        '13(?:th|e|eme|er|[.])? ?(?:mois|month|maand|monatslohn|monatsgehalt|gehalt|salary)'
        ~ '|(?:treizieme|dertiende|thirteenth) (?:mois|maand|month)|tredicesima'
    ) }} as has_thirteenth,
    {%- for name in hint_columns() %}
    hints.{{ name }},
    {%- endfor %}
    '{{ rules_hash("int_pay__read") }}' as rules_hash
from found
left join amounts
    on
    {%- for column in candidate %}
        {{ 'and ' if not loop.first }}found.{{ column }} = amounts.{{ column }}
    {%- endfor %}
left join hints
    on
    {%- for column in candidate %}
        {{ 'and ' if not loop.first }}found.{{ column }} = hints.{{ column }}
    {%- endfor %}
left join currency_signs on amounts.sign = currency_signs.sign
