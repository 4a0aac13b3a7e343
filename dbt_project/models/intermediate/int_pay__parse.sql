{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}
{%- set patterns = pay_patterns() -%}
{%- set version = 'source, record_id, version_no' -%}
{%- set candidate = version ~ ', candidate_no' -%}

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

matches as (
    select
        {{ version }},
        description,
        description_folded,
        {{ regex_all('description_folded', patterns.amount) }} as amounts,
        {{ regex_gaps('description_folded', patterns.amount) }} as gaps
    from texts
    where {{ regex_test('description_folded', patterns.prefilter) }}
),

found as (
    select
        {{ version }},
        description,
        description_folded,
        amounts.item as amount_folded,
        amounts.item_no as candidate_no,
        {{ list_at('matches.gaps', 'amounts.item_no') }} as gap_before
    from matches
    cross join {{ unnest_list('matches.amounts', 'amounts') }}
),

positions as (
    select
        *,
        cast(
            sum(length(gap_before) + length(amount_folded)) over (
                partition by {{ version }}
                order by candidate_no
                rows between unbounded preceding and current row
            ) - length(amount_folded) + 1 as bigint
        ) as starts_at
    from found
),

contexts as (
    select
        {{ candidate }},
        amount_folded,
        starts_at,
        starts_at + length(amount_folded) as ends_at,
        substr(description, starts_at, length(amount_folded)) as text_raw,
        gap_before,
        substr(description, starts_at - least(length(gap_before), 60), least(length(gap_before), 60))
            as label_raw,
        substr(description_folded, starts_at - least(starts_at - 1, 120), least(starts_at - 1, 120))
            as text_before,
        substr(description_folded, starts_at + length(amount_folded), 100) as text_after,
        {{ regex_all('amount_folded', patterns.number) }} as numbers,
        {{ regex_all('amount_folded', patterns.sign) }} as signs
    from positions
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
        {{ regex_test('amount_folded', 'and') }} as is_joined_by_and,
        replace({{ list_at('signs', 1) }}, ' ', '') as currency_sign
    from contexts
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
        end as first_amount
    from numbers
),

-- the words round each amount, with their distance from it
sides as (
    select
        {{ candidate }},
        'before' as side,
        {{ text_parts(spaced_words('text_before'), ' ') }} as words
    from scaled
    union all
    select
        {{ candidate }},
        'after' as side,
        {{ text_parts(spaced_words('text_after'), ' ') }} as words
    from scaled
    union all
    select
        {{ candidate }},
        'inside' as side,
        {{ text_parts(spaced_words('amount_folded'), ' ') }} as words
    from scaled
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
        lag(word) over (partition by {{ candidate }}, side order by word_no) as previous_word
    from tokens
),

-- one and two words; the distance of two words before is that of the second, after that of the first
terms as (
    select
        {{ candidate }},
        side,
        word as term,
        previous_word,
        case side when 'before' then n_words - word_no + 1 else word_no end as distance
    from linked
    union all
    select
        {{ candidate }},
        side,
        word || ' ' || next_word as term,
        previous_word,
        case side when 'before' then n_words - word_no else word_no end as distance
    from linked
    where next_word is not null
),

meanings as (
    select
        terms.source,
        terms.record_id,
        terms.version_no,
        terms.candidate_no,
        min(case when side = 'before' and meaning = 'pay' then distance end) as pay_before,
        min(case when side = 'after' and meaning = 'pay' then distance end) as pay_after,
        min(case when side = 'before' and meaning = 'other' then distance end) as other_before,
        min(case when side = 'after' and meaning = 'other' then distance end) as other_after,
        min(
            case
                when side = 'before' and meaning = 'extra' and not is_linked then distance
            end
        ) as extra_before,
        min(
            case when side = 'after' and meaning = 'extra' and not is_linked then distance end
        ) as extra_after,
        min(case when side = 'after' and meaning = 'size' then distance end) as size_after
    from (
        select
            terms.*,
            pay_words.meaning,
            coalesce(
                terms.previous_word in ('+', '&')
                or links.term is not null,
                false
            ) as is_linked
        from terms
        inner join pay_words on terms.term = pay_words.term
        left join pay_words as links
            on terms.previous_word = links.term and links.meaning = 'link'
    ) as terms
    group by terms.source, terms.record_id, terms.version_no, terms.candidate_no
),

periods as (
    select
        terms.source,
        terms.record_id,
        terms.version_no,
        terms.candidate_no,
        max_by(
            period_words.period,
            case
                when terms.side = 'inside' then 0
                when terms.side = 'after' and terms.distance <= 3 then -terms.distance
            end
        ) as period_beside,
        min(case when terms.side = 'before' and terms.distance <= 10 then terms.distance end)
            as before_distance,
        min_by(
            period_words.period,
            case when terms.side = 'before' and terms.distance <= 10 then terms.distance end
        ) filter (where period_words.is_adjective) as period_before,
        count(
            distinct case
                when period_words.is_adjective and terms.side in ('before', 'after')
                    then period_words.period
            end
        ) as n_periods_near,
        max(
            case
                when period_words.is_adjective and terms.side in ('before', 'after')
                    then period_words.period
            end
        ) as period_near
    from terms
    inner join period_words on terms.term = period_words.term
    group by terms.source, terms.record_id, terms.version_no, terms.candidate_no
),

bounds as (
    select
        terms.source,
        terms.record_id,
        terms.version_no,
        terms.candidate_no,
        min_by(bound_words.bound, terms.distance) as bound
    from terms
    inner join bound_words on terms.term = bound_words.term
    where terms.side = 'before' and terms.distance = 1
    group by terms.source, terms.record_id, terms.version_no, terms.candidate_no
),

judged as (
    select
        scaled.*,
        periods.period_beside,
        coalesce(
            periods.period_beside,
            periods.period_before,
            case when periods.n_periods_near = 1 then periods.period_near end
        ) as period_stated,
        bounds.bound,
        case
            when scaled.first_amount is null then 'no_amount'
            when scaled.is_touched_before or scaled.is_touched_after then 'part_of_a_word'
            when meanings.size_after <= 1 then 'size_of_a_business'
            when meanings.other_after <= 3 then 'other_money'
            when meanings.extra_after <= 2 then 'extra_pay'
            when
                meanings.other_before <= 10
                and meanings.other_before < coalesce(meanings.pay_before, 99)
                then 'other_money'
            when
                meanings.extra_before <= 8
                and meanings.extra_before < coalesce(meanings.pay_before, 99)
                then 'extra_pay'
            when
                scaled.is_joined_by_and
                and not {{ regex_test('scaled.text_before', '(^|[^a-z])between( [a-z]+)? ?$') }}
                then 'a_list'
            when
                meanings.pay_before is null
                and coalesce(meanings.pay_after, 99) > 6
                and periods.period_beside is null
                then 'no_word_of_pay'
            when scaled.second_amount is not null and scaled.second_amount <= 0 then 'no_amount'
            when scaled.first_amount < 3 then 'too_small'
        end as refused_because
    from scaled
    left join meanings
        on
            scaled.source = meanings.source
            and scaled.record_id = meanings.record_id
            and scaled.version_no = meanings.version_no
            and scaled.candidate_no = meanings.candidate_no
    left join periods
        on
            scaled.source = periods.source
            and scaled.record_id = periods.record_id
            and scaled.version_no = periods.version_no
            and scaled.candidate_no = periods.candidate_no
    left join bounds
        on
            scaled.source = bounds.source
            and scaled.record_id = bounds.record_id
            and scaled.version_no = bounds.version_no
            and scaled.candidate_no = bounds.candidate_no
),

read_amounts as (
    select
        {{ version }},
        cast(candidate_no as bigint) as candidate_no,
        starts_at,
        text_raw,
        trim({{ regex_replace('label_raw', '^.*\n', '') }}, ' :\n') as label_raw,
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
        period_beside is not null as is_period_beside,
        refused_because is null as is_pay,
        refused_because
    from judged
)

select
    texts.source,
    texts.record_id,
    texts.version_no,
    coalesce(read_amounts.candidate_no, 0) as candidate_no,
    read_amounts.starts_at,
    read_amounts.text_raw,
    read_amounts.label_raw,
    read_amounts.amount_min,
    read_amounts.amount_max,
    read_amounts.currency_sign,
    read_amounts.period_stated,
    coalesce(read_amounts.is_period_beside, false) as is_period_beside,
    coalesce(read_amounts.is_pay, false) as is_pay,
    read_amounts.refused_because,
    '{{ rules_hash("int_pay__parse") }}' as rules_hash
from texts
left join read_amounts
    on
        texts.source = read_amounts.source
        and texts.record_id = read_amounts.record_id
        and texts.version_no = read_amounts.version_no
