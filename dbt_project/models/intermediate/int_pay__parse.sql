{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}
{%- set patterns = pay_patterns() -%}
{%- set version = 'source, record_id, version_no' -%}
{%- set candidate = version ~ ', candidate_no' -%}
{%- set sides = ['before', 'above', 'after', 'inside'] -%}
{%- set side_texts = [
    spaced_words('scaled.line_before'), spaced_words('scaled.text_above'),
    spaced_words('scaled.line_after'), spaced_words('scaled.amount_folded'),
] -%}

-- Amounts of money in descriptions, and which of them are pay. Every amount is kept as a candidate;
-- candidate 0 says that a version holds none. Currency and period are left as the text states them.
with

texts as (
    select * from {{ rule_rows(ref('int_text__clean')) }} as texts
    {{ new_rows_only('texts', 'int_pay__parse') }}
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

-- each amount in the marks of a text, found in one pass
marked as (
    select
        {{ version }},
        case
            when {{ regex_test('description_folded', patterns.prefilter) }}
                then {{ regex_mark('description_folded', patterns.amount, '[0-9]') | indent(16) }}
        end as description_marked
    from texts
),

-- an amount and the gap that follows it; piece 0 is the gap before the first amount
pieces as (
    select
        {{ version }},
        pieces.item_no - 1 as piece_no,
        case
            when pieces.item_no > 1
                then {{ list_at(text_parts('pieces.item', match_marks()[1]), 1) }}
        end as amount_folded,
        length(pieces.item) - case when pieces.item_no > 1 then 1 else 0 end as piece_length
    from marked
    cross join
        {{ unnest_list(text_parts('marked.description_marked', match_marks()[0]), 'pieces') }}
),

-- without the texts, which are joined again below: with them in every piece this is a heavy sort
positions as (
    select
        {{ version }},
        piece_no as candidate_no,
        amount_folded,
        lag(piece_length - coalesce(length(amount_folded), 0)) over (
            partition by {{ version }} order by piece_no
        ) as gap_length,
        cast(
            sum(piece_length) over (
                partition by {{ version }}
                order by piece_no
                rows between unbounded preceding and 1 preceding
            ) + 1 as bigint
        ) as starts_at
    from pieces
),

contexts as (
    select
        positions.source,
        positions.record_id,
        positions.version_no,
        positions.candidate_no,
        positions.amount_folded,
        positions.gap_length,
        positions.starts_at,
        substr(texts.description, positions.starts_at, length(positions.amount_folded))
            as text_raw,
        {{ text_before(
            'texts.description', 'positions.starts_at', 'positions.gap_length', 60
        ) | indent(8) }} as label_raw,
        {{ text_before(
            'texts.description_folded', 'positions.starts_at', 'positions.starts_at - 1', 160
        ) | indent(8) }} as text_before,
        substr(
            texts.description_folded, positions.starts_at + length(positions.amount_folded), 100
        ) as text_after,
        {{ regex_all('positions.amount_folded', patterns.number) }} as numbers,
        {{ regex_all('positions.amount_folded', patterns.sign) }} as signs
    from positions
    inner join texts
        on
            positions.source = texts.source
            and positions.record_id = texts.record_id
            and positions.version_no = texts.version_no
    where positions.candidate_no > 0
),

-- the line an amount stands in, and what goes before that line
lines as (
    select
        *,
        {{ text_parts('text_before', '\n') }} as lines_before,
        {{ list_at(text_parts(list_at(text_parts('text_after', '\n'), 1), '. '), 1) }} as line_after
    from contexts
),

-- an amount is no amount when a word or another number touches it
amounts as (
    select
        *,
        {{ regex_test('text_before', '[a-z0-9][.,-]?$') }}
        and {{ regex_test('amount_folded', '^[a-z0-9]') }} as is_touched_before,
        {{ regex_test('text_after', '^([a-z0-9%]|[.,][0-9])') }} as is_touched_after,
        {{ list_at('numbers', 1) }} as first_number,
        {{ list_at('numbers', 2) }} as second_number,
        {{ regex_test('amount_folded', ' (and|und|et) ') }} as is_joined_by_and,
        replace({{ list_at('signs', 1) }}, ' ', '') as currency_sign,
        {{ list_at('lines_before', list_length('lines_before')) }} as line_before,
        {{ list_at('lines_before', list_length('lines_before') ~ ' - 1') }} as line_above
    from lines
),

numbers as (
    select
        *,
        {{ parse_amount('first_number') }} as first_stated,
        {{ parse_amount('second_number') }} as second_amount
    from amounts
),

scaled as (
    select
        *,
        -- in "45-55k" the first end is in thousands too
        case
            when
                second_number like '%k' and first_number not like '%k' and first_stated < 1000
                then first_stated * 1000
            else first_stated
        end as first_amount,
        -- a heading says what an amount under it is; so do several lines above a range
        case
            when second_number is not null
                then substr(text_before, 1, length(text_before) - length(line_before))
            when not {{ regex_test("coalesce(line_above, '')", '[0-9]') }} then line_above
        end as text_above
    from numbers
),

-- the words round each amount
sides as (
    select
        scaled.source,
        scaled.record_id,
        scaled.version_no,
        scaled.candidate_no,
        case texts_of_sides.item_no
            {%- for side in sides %}
            when {{ loop.index }} then '{{ side }}'
            {%- endfor %}
        end as side,
        {{ text_parts('texts_of_sides.item', ' ') }} as words
    from scaled
    cross join {{ unnest_list(list_of(side_texts), 'texts_of_sides') }}
    where texts_of_sides.item is not null
),

tokens as (
    select
        sides.source,
        sides.record_id,
        sides.version_no,
        sides.candidate_no,
        sides.side,
        words.item as word,
        words.item_no as word_no,
        {{ list_length('sides.words') }} as n_words
    from sides
    cross join {{ unnest_list('sides.words', 'words') }}
    where words.item != ''
),

linked as (
    select
        *,
        lead(word) over (partition by {{ candidate }}, side order by word_no) as next_word,
        lead(word, 2) over (partition by {{ candidate }}, side order by word_no) as third_word,
        lag(word) over (partition by {{ candidate }}, side order by word_no) as previous_word
    from tokens
),

-- one to three words; the distance of words before is that of the last, after that of the first
terms as (
    select
        linked.source,
        linked.record_id,
        linked.version_no,
        linked.candidate_no,
        linked.side,
        terms.item as term,
        linked.previous_word,
        {{ word_distance('terms.item_no') }} as distance
    from linked
    cross join {{ unnest_list(list_of([
        'linked.word',
        "linked.word || ' ' || linked.next_word",
        "linked.word || ' ' || linked.next_word || ' ' || linked.third_word",
    ]), 'terms') }}
    where terms.item is not null
),

-- what a term says, as far as any list of words has it: all lists in one, so that the words of a
-- text are made once, not once a list
vocabulary as (
    select
        term,
        meaning,
        cast(null as string) as period,
        cast(null as boolean) as is_adjective,
        cast(null as string) as bound
    from pay_words
    union all
    select
        term,
        cast(null as string) as meaning,
        period,
        is_adjective,
        cast(null as string) as bound
    from period_words
    union all
    select
        term,
        cast(null as string) as meaning,
        cast(null as string) as period,
        cast(null as boolean) as is_adjective,
        bound
    from bound_words
),

worded as (
    select
        terms.source,
        terms.record_id,
        terms.version_no,
        terms.candidate_no,
        terms.side,
        terms.distance,
        vocabulary.meaning,
        vocabulary.period,
        vocabulary.is_adjective,
        vocabulary.is_adjective and terms.side in ('above', 'after') as is_near,
        vocabulary.bound,
        -- "plus bonus" adds to the pay before it
        coalesce(terms.previous_word in ('+', '&') or links.term is not null, false) as is_linked
    from terms
    inner join vocabulary on terms.term = vocabulary.term
    left join pay_words as links
        on terms.previous_word = links.term and links.meaning = 'link'
),

-- what the words round an amount say of it
hints as (
    select
        {{ candidate }},
        min(case when side = 'before' and meaning = 'pay' then distance end) as pay_before,
        min(case when side = 'above' and meaning = 'pay' then distance end) as pay_above,
        min(case when side = 'after' and meaning = 'pay' then distance end) as pay_after,
        min(case when side = 'before' and meaning = 'other' then distance end) as other_before,
        min(case when side = 'after' and meaning = 'other' then distance end) as other_after,
        min(case when side = 'before' and meaning = 'extra' and not is_linked then distance end)
            as extra_before,
        min(case when side = 'after' and meaning = 'extra' and not is_linked then distance end)
            as extra_after,
        min(case when side = 'after' and meaning = 'size' then distance end) as size_after,
        min_by(
            period, case when side = 'inside' then 0 when side = 'after' then distance end
        ) filter (
            where period is not null and (side = 'inside' or (side = 'after' and distance <= 3))
        ) as period_beside,
        min_by(period, distance) filter (
            where period is not null and side = 'before' and is_adjective
        ) as period_before,
        min(case when side = 'before' and is_adjective then distance end) as before_distance,
        case
            when count(distinct period) filter (where is_near) = 1
                then max(period) filter (where is_near)
        end as period_near,
        min_by(bound, distance) filter (
            where bound is not null and side = 'before' and distance = 1
        ) as bound
    from worded
    group by {{ candidate }}
),

judged as (
    select
        scaled.*,
        -- "hourly rate of $20" says it as plainly as "$20 an hour"
        hints.period_beside is not null
        or coalesce(hints.before_distance <= 3, false) as is_period_beside,
        coalesce(hints.period_beside, hints.period_before, hints.period_near)
            as period_stated,
        hints.bound,
        case
            when
                scaled.first_amount is null
                or (scaled.second_number is not null and scaled.second_amount is null)
                then 'no_amount'
            when scaled.is_touched_before or scaled.is_touched_after then 'part_of_a_word'
            when hints.size_after <= 1 then 'size_of_a_business'
            when hints.other_after <= 4 then 'other_money'
            when hints.extra_after <= 2 then 'extra_pay'
            when hints.other_before < coalesce(hints.pay_before, 99) then 'other_money'
            when hints.extra_before < coalesce(hints.pay_before, 99) then 'extra_pay'
            when
                scaled.is_joined_by_and
                and not {{ regex_test('scaled.text_before', patterns.between) }}
                then 'a_list'
            when
                hints.pay_before is null
                and hints.pay_above is null
                and coalesce(hints.pay_after, 99) > 6
                and coalesce(hints.period_beside, '') not in ('hour', 'year')
                then 'no_word_of_pay'
            when scaled.second_amount is not null and scaled.second_amount <= 0 then 'no_amount'
            when scaled.first_amount < 3 then 'too_small'
        end as refused_because
    from scaled
    left join hints
        on
            scaled.source = hints.source
            and scaled.record_id = hints.record_id
            and scaled.version_no = hints.version_no
            and scaled.candidate_no = hints.candidate_no
),

read_amounts as (
    select
        {{ version }},
        cast(candidate_no as bigint) as candidate_no,
        starts_at,
        text_raw,
        {{ trim_characters(regex_replace('label_raw', '^.*\n', ''), "' :' || chr(10)") }}
            as label_raw,
        case
            when second_amount is not null then first_amount
            when bound = 'max' then null
            else first_amount
        end as amount_min,
        case
            when second_amount is not null then second_amount
            when bound = 'min' or {{ regex_test('text_after', '^ ?[+]( |$|[^a-z0-9 ])') }} then null
            else first_amount
        end as amount_max,
        currency_sign,
        period_stated,
        is_period_beside,
        bound,
        second_amount is not null as is_range,
        gap_length,
        refused_because
    from judged
),

neighbours as (
    select
        *,
        lead(bound) over (partition by {{ version }} order by candidate_no) as next_bound,
        lead(is_range) over (partition by {{ version }} order by candidate_no) as next_is_range,
        lead(gap_length) over (partition by {{ version }} order by candidate_no) as next_gap_length,
        lead(currency_sign) over (partition by {{ version }} order by candidate_no) as next_sign,
        lead(amount_max) over (partition by {{ version }} order by candidate_no) as next_max,
        lead(refused_because) over (partition by {{ version }} order by candidate_no)
            as next_refused
    from read_amounts
),

-- "Minimum: $50,000" and "Maximum: $60,000" one after the other are the two ends of a range
paired as (
    select
        *,
        coalesce(
            refused_because is null and next_refused is null
            and bound = 'min' and not is_range
            and next_bound = 'max' and not next_is_range
            and next_gap_length <= 40
            and currency_sign = next_sign,
            false
        ) as has_pair
    from neighbours
),

ends as (
    select
        *,
        coalesce(
            lag(has_pair) over (partition by {{ version }} order by candidate_no), false
        ) as is_pair
    from paired
)

select
    texts.source,
    texts.record_id,
    texts.version_no,
    coalesce(ends.candidate_no, 0) as candidate_no,
    ends.starts_at,
    ends.text_raw,
    ends.label_raw,
    ends.amount_min,
    case when ends.has_pair then ends.next_max else ends.amount_max end as amount_max,
    ends.currency_sign,
    ends.period_stated,
    coalesce(ends.is_period_beside, false) as is_period_beside,
    ends.candidate_no is not null and ends.refused_because is null and not ends.is_pair as is_pay,
    case when ends.is_pair then 'end_of_a_range' else ends.refused_because end as refused_because,
    '{{ rules_hash("int_pay__parse") }}' as rules_hash
from texts
left join ends
    on
        texts.source = ends.source
        and texts.record_id = ends.record_id
        and texts.version_no = ends.version_no
