{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}
{%- set text = ['source', 'record_id', 'version_no', 'text_no'] -%}
{%- set candidate = text + ['candidate_no'] -%}
{%- set by_text = 'partition by ' ~ text | join(', ') ~ ' order by candidate_no' -%}

-- Which amounts of money in texts are pay, and what is said of them. Every amount is kept;
-- candidate 0 says that a text holds none. Currency and period are left as the text states them.
with

found as (
    select * from {{ rule_rows(ref('int_pay__read')) }} as found
    {{ new_rows_only('found', 'int_pay__parse') }}
),

-- a period word after hours of work is none of pay: "40 hours per week"
timed as (
    select
        *,
        text_no > 0 as is_label,
        coalesce(second_amount, first_amount) as amount,
        case when coalesce(schedule_after, 99) > period_after then period_beside end
            as period_stated_beside
    from found
    where candidate_no > 0
),

told as (
    select
        *,
        -- the size that pay of the period beside it has, at least
        coalesce(
            case period_stated_beside
                when 'hour' then size >= 3
                when 'day' then size >= 80
                when 'week' then size >= 150
                when 'month' then size >= 600
                when 'year' then size >= 8000
                when 'project' then size >= 100
            end,
            false
        ) as is_sized_as_pay,
        -- a range with a currency, of the size of a year's pay and as wide as such ranges are
        coalesce(
            has_currency and second_amount between first_amount and first_amount * 2.5
            and size between 18000 and 400000,
            false
        ) as is_sized_as_range
    from timed
),

weighed as (
    select
        *,
        case when is_sized_as_range then 4 when is_sized_as_pay then 6 else 12 end
            as words_that_count
    from told
),

judged as (
    select
        *,
        case
            when is_unreadable then 'no_amount'
            when is_touched then 'part_of_a_word'
            when size_after <= 1 then 'size_of_a_business'
            when currency_sign is null and first_amount = 401000 then 'other_money'
            when
                other_after <= least(4, words_to_comma)
                and coalesce(link_after, 99) > other_after
                and coalesce(pay_after, 99) > other_after
                then 'other_money'
            when
                extra_after <= 2
                and coalesce(link_after, 99) > extra_after
                and not (is_sized_as_range and size * first_amount / second_amount >= 25000)
                then 'extra_pay'
            -- the nearest word counts; one far off says little of an amount that looks like pay
            when other_before <= least(coalesce(pay_before, 99), words_that_count)
                then 'other_money'
            when extra_before < coalesce(pay_before, 99) and extra_before <= words_that_count
                then 'extra_pay'
            when extra_since <= 3 and coalesce(pay_before, 99) > extra_since then 'extra_pay'
            when is_list then 'a_list'
            when amount <= 0 or first_amount < 3 then 'too_small'
            when period_stated_beside = 'year' and size < 2000 then 'too_small'
            when period_stated_beside = 'month' and size < 100 then 'too_small'
            when has_currency or is_label then null
            -- thousands without a currency: only right beside a word of pay
            when
                coalesce(pay_before, 99) > 4 and coalesce(pay_after, 99) > 2
                and coalesce(period_stated_beside, '') != 'year'
                then 'no_word_of_pay'
        end as refused_for_certain,
        case
            when is_label then null
            when coalesce(pay_before, pay_above) is not null then null
            when pay_after <= 6 or is_sized_as_pay then null
            when pay_beyond is not null and size >= 1000 then null
            -- what begins a line: "up to 70k", "3.000 - 4.000 euro", "R$ 2.500 + bonus"
            when
                has_currency and is_heading and other_after is null and extra_before is null
                and (
                    (size between 18000 and 400000 and (is_in_thousands or bound is not null))
                    or (
                        is_first_of_line and size between 800 and 400000
                        and (
                            second_amount between first_amount and first_amount * 2.5
                            or link_after = 1
                        )
                    )
                )
                then null
            when
                is_sized_as_range
                and coalesce(other_after, 99) > 6 and coalesce(extra_before, 99) > 6
                then null
            else 'no_word_of_pay'
        end as refused_for_want
    from weighed
),

-- amounts of one line that follow each other closely and are of one size say one thing
neighbours as (
    select
        *,
        coalesce(
            refused_for_certain is null
            and has_amount_before
            and gap_before <= 80
            and coalesce(currency_sign, '')
            = coalesce(lag(currency_sign) over ({{ by_text }}), '')
            and lag(refused_for_certain) over ({{ by_text }}) is null
            and amount between lag(amount) over ({{ by_text }}) / 4
            and lag(amount) over ({{ by_text }}) * 4,
            false
        ) as follows
    from judged
),

grouped as (
    select
        *,
        sum(case when follows then 0 else 1 end) over (
            {{ by_text }} rows between unbounded preceding and current row
        ) as group_no
    from neighbours
),

shared as (
    select
        *,
        min(case when refused_for_want is null then 0 else 1 end) over (
            partition by {{ text | join(', ') }}, group_no
        ) as is_unwanted,
        max(period_stated_beside)
            over (partition by {{ text | join(', ') }}, group_no)
            as period_shared,
        sum(case when has_currency then 1 else 0 end) over (partition by {{ text | join(', ') }})
            as n_with_currency
    from grouped
),

decided as (
    select
        *,
        case
            when refused_for_certain is not null then refused_for_certain
            when refused_for_want is not null and is_unwanted = 1 then refused_for_want
            -- a label's bare number: when it holds nothing better, and is no year or small count
            when
                is_label and not has_currency and (
                    n_with_currency > 0
                    or (amount < 100 and coalesce(period_stated_beside, '') != 'hour')
                    or (
                        amount between 1900 and 2100 and not is_first_of_line
                        and period_stated_beside is null and period_before is null
                    )
                )
                then 'no_word_of_pay'
        end as refused_because
    from shared
),

read_amounts as (
    select
        {{ candidate | join(', ') }},
        starts_at,
        text_raw,
        {{ trim_characters(regex_replace('label_raw', '^.*\n', ''), "' :' || chr(10)") }}
            as label_raw,
        case when second_amount is null and bound = 'max' then null else first_amount end
            as amount_min,
        case
            when second_amount is not null then second_amount
            when bound = 'min' then null
            when bound = 'max' then first_amount
            when is_and_more then null
            else first_amount
        end as amount_max,
        currency_sign,
        coalesce(period_stated_beside, period_before, period_shared, period_near) as period_stated,
        -- "hourly rate of $20" says it as plainly as "$20 an hour"
        period_stated_beside is not null
        or coalesce(period_before_distance <= 3, false) as is_period_beside,
        coalesce(payments_counted, case when has_thirteenth then 13 end) as payments_year,
        case
            when gross_distance < coalesce(net_distance, 99) then 'gross'
            when net_distance is not null then 'net'
        end as tax_basis,
        total_distance is not null as is_total,
        freelance_distance is not null as is_freelance,
        part_time_distance is not null as is_part_time,
        case
            when employer_distance is not null then 'advertised'
            when estimated_distance is not null then 'estimated'
        end as origin_stated,
        bound,
        second_amount is not null as is_range,
        gap_before,
        refused_because
    from decided
),

followed as (
    select
        *,
        lead(bound) over ({{ by_text }}) as next_bound,
        lead(is_range) over ({{ by_text }}) as next_is_range,
        lead(gap_before) over ({{ by_text }}) as next_gap,
        lead(currency_sign) over ({{ by_text }}) as next_sign,
        lead(amount_max) over ({{ by_text }}) as next_max,
        lead(refused_because) over ({{ by_text }}) as next_refused
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
            and next_gap <= 40
            and currency_sign = next_sign,
            false
        ) as has_pair
    from followed
),

ends as (
    select
        *,
        coalesce(lag(has_pair) over ({{ by_text }}), false) as is_pair
    from paired
)

select
    {%- for column in candidate %}
    found.{{ column }},
    {%- endfor %}
    ends.starts_at,
    ends.text_raw,
    ends.label_raw,
    ends.amount_min,
    case when ends.has_pair then ends.next_max else ends.amount_max end as amount_max,
    ends.currency_sign,
    ends.period_stated,
    coalesce(ends.is_period_beside, false) as is_period_beside,
    ends.payments_year,
    ends.tax_basis,
    coalesce(ends.is_total, false) as is_total,
    coalesce(ends.is_freelance, false) as is_freelance,
    coalesce(ends.is_part_time, false) as is_part_time,
    ends.origin_stated,
    ends.candidate_no is not null and ends.refused_because is null and not ends.is_pair as is_pay,
    case when ends.is_pair then 'end_of_a_range' else ends.refused_because end as refused_because,
    '{{ rules_hash("int_pay__parse") }}' as rules_hash
from found
left join ends
    on
    {%- for column in candidate %}
        {{ 'and ' if not loop.first }}found.{{ column }} = ends.{{ column }}
    {%- endfor %}
