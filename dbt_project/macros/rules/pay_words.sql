{#- The words round an amount. -#}

{#- The columns of `hints`, beside the key. -#}
{% macro hint_columns() %}
    {{- return([
        'pay_before', 'pay_above', 'pay_after', 'pay_beyond', 'other_before', 'other_after',
        'extra_before', 'extra_after', 'extra_since', 'link_after', 'size_after', 'schedule_after',
        'bound', 'period_beside', 'period_before', 'period_near', 'period_after',
        'period_before_distance', 'gross_distance', 'net_distance', 'freelance_distance',
        'part_time_distance', 'total_distance', 'estimated_distance', 'employer_distance',
    ]) -}}
{% endmacro %}

{#- CTEs, the last of them `hints`: what the words round each amount say of it, one row an amount.
    Read from CTEs `amounts` (the columns of `key`, line_before, text_above, sentence_after, text_beyond,
    amount_folded, words_since), pay_words, period_words and bound_words. -#}
{% macro pay_hints(key) -%}
{%- set candidate = key | join(', ') -%}
{%- set sides = {
    'before': 'line_before', 'above': 'text_above', 'after': 'sentence_after',
    'beyond': 'text_beyond', 'inside': 'amount_folded',
} -%}
{%- set side_texts = [] -%}
{%- for column in sides.values() -%}
    {%- do side_texts.append(spaced_words('amounts.' ~ column)) -%}
{%- endfor -%}
sides as (
    select
        {%- for column in key %}
        amounts.{{ column }},
        {%- endfor %}
        amounts.words_since,
        case texts_of_sides.item_no
            {%- for side in sides %}
            when {{ loop.index }} then '{{ side }}'
            {%- endfor %}
        end as side,
        {{ text_parts('texts_of_sides.item', ' ') }} as words
    from amounts
    cross join {{ unnest_list(list_of(side_texts), 'texts_of_sides') }}
    where texts_of_sides.item is not null
),

tokens as (
    select
        {%- for column in key %}
        sides.{{ column }},
        {%- endfor %}
        sides.words_since,
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
        {%- for column in key %}
        linked.{{ column }},
        {%- endfor %}
        linked.words_since,
        linked.side,
        terms.item as term,
        terms.item_no as term_words,
        linked.previous_word,
        case
            when linked.side in ('before', 'above')
                then linked.n_words - linked.word_no - terms.item_no + 2
            else linked.word_no
        end as distance
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
        {%- for column in key %}
        terms.{{ column }},
        {%- endfor %}
        terms.side,
        terms.distance,
        -- of terms that begin together the longer one counts: "an hour" before the French "an"
        terms.distance * 4 - terms.term_words as rank,
        vocabulary.meaning,
        vocabulary.is_adjective,
        vocabulary.bound,
        -- "40 hours" and "13 weeks" are no period of pay
        case
            when
                terms.side = 'inside'
                or not coalesce({{ regex_test('terms.previous_word', '^[0-9]+x?$') }}, false)
                then vocabulary.period
        end as period,
        -- "plus bonus" adds to the pay before it
        coalesce(terms.previous_word in ('+', '&') or links.term is not null, false) as is_linked,
        coalesce(terms.side = 'before' and terms.distance <= terms.words_since, false) as is_since
    from terms
    inner join vocabulary on terms.term = vocabulary.term
    left join pay_words as links
        on terms.previous_word = links.term and links.meaning = 'link'
),

hints as (
    select
        {{ candidate }},
        {%- for meaning in ['pay', 'other', 'extra'] %}
        {%- for side in ['before', 'above', 'after', 'beyond'] %}
        {%- if meaning == 'pay' or side in ['before', 'after'] %}
        min(
            case
                when side = '{{ side }}' and meaning = '{{ meaning }}'
                    {{- ' and not is_linked' if meaning == 'extra' }} then distance
            end
        ) as {{ meaning }}_{{ side }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        -- "base 50k + bonus 10k": linked to the amount before
        min(case when meaning = 'extra' and is_linked and is_since then distance end)
            as extra_since,
        min(case when side = 'after' and meaning = 'link' then distance end) as link_after,
        min(case when side = 'after' and meaning = 'size' then distance end) as size_after,
        min(case when side = 'after' and meaning = 'schedule' then distance end) as schedule_after,
        min(
            case
                when period is null then null
                when side = 'inside' then 0
                when side = 'after' then distance
            end
        ) as period_after,
        min_by(period, case when side = 'inside' then 0 else rank end) filter (
            where period is not null and (side = 'inside' or (side = 'after' and distance <= 4))
        ) as period_beside,
        min_by(period, rank) filter (
            where period is not null and side = 'before' and is_adjective
        ) as period_before,
        min(case when side = 'before' and is_adjective and period is not null then distance end)
            as period_before_distance,
        case
            when
                count(distinct period) filter (
                    where is_adjective and side in ('above', 'after', 'beyond')
                ) = 1
                then
                    max(period) filter (
                        where is_adjective and side in ('above', 'after', 'beyond')
                    )
        end as period_near,
        min_by(bound, distance) filter (
            where
                side = 'before'
                -- "up to an impressive"
                and ((bound = 'min' and distance = 1) or (bound = 'max' and distance <= 3))
        ) as bound,
        {%- for meaning, reach in {
            'gross': 6, 'net': 4, 'freelance': 8, 'part_time': 8, 'total': 4, 'estimated': 4,
            'employer': 4,
        }.items() %}
        min(
            case
                when meaning = '{{ meaning }}' and side in ('before', 'after') and distance <= {{ reach }}
                    then distance
                when meaning = '{{ meaning }}' and side = 'inside' then 0
                {%- if meaning in ['gross', 'net', 'freelance', 'part_time'] %}
                when meaning = '{{ meaning }}' and side = 'beyond' and distance <= {{ reach }}
                    then 50
                {%- endif %}
            end
        ) as {{ meaning }}_distance{{ ',' if not loop.last }}
        {%- endfor %}
    from worded
    group by {{ candidate }}
)
{%- endmacro %}
