{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}
{%- set patterns = pay_patterns() -%}
{%- set version = 'source, record_id, version_no' -%}
{%- set text = version ~ ', text_no' -%}

-- Amounts of money in descriptions and in the pay that sources give as text: where each stands and
-- what is written round it. Candidate 0 says that a text holds none.
with

cleaned as (
    select * from {{ rule_rows(ref('int_text__clean')) }} as cleaned
    {{ new_rows_only('cleaned', 'int_pay__find') }}
),

versions as (
    select * from {{ ref('int_posting__unite') }} as versions
    {{ new_rows_only('versions', 'int_pay__find') }}
),

labels as (
    select
        {{ version }},
        items.item_no as text_no,
        {{ collapse_spaces(json_text('items.item', "'$.text'")) | indent(8) }} as text_plain
    from versions
    cross join {{ unnest_list(json_items('versions.pay_raw'), 'items') }}
    where
        {{ json_text('items.item', "'$.min'") }} is null
        and {{ json_text('items.item', "'$.max'") }} is null
        and {{ json_text('items.item', "'$.text'") }} is not null
),

texts as (
    select
        {{ version }},
        cast(0 as bigint) as text_no,
        description as text_plain,
        description_folded as text_folded
    from cleaned
    union all
    select
        {{ text }},
        text_plain,
        {{ fold_name('text_plain') }} as text_folded
    from labels
),

-- each amount in the marks of a text, found in one pass
marked as (
    select
        {{ text }},
        case
            when text_no > 0
                then {{ regex_mark('text_folded', patterns.label, '[0-9]') | indent(16) }}
            when {{ regex_test('text_folded', patterns.prefilter) }}
                then {{ regex_mark('text_folded', patterns.amount, '[0-9]') | indent(16) }}
        end as text_marked
    from texts
),

-- an amount and the gap that follows it; piece 0 is the gap before the first amount
pieces as (
    select
        {{ text }},
        pieces.item_no - 1 as piece_no,
        case
            when pieces.item_no > 1
                then {{ list_at(text_parts('pieces.item', match_marks()[1]), 1) }}
        end as amount_folded,
        length(pieces.item) - case when pieces.item_no > 1 then 1 else 0 end as piece_length
    from marked
    cross join {{ unnest_list(text_parts('marked.text_marked', match_marks()[0]), 'pieces') }}
),

-- without the texts, which are joined again below: with them in every piece this is a heavy sort
positions as (
    select
        {{ text }},
        piece_no as candidate_no,
        amount_folded,
        piece_length - coalesce(length(amount_folded), 0) as gap_after,
        lag(piece_length - coalesce(length(amount_folded), 0)) over (
            partition by {{ text }} order by piece_no
        ) as gap_before,
        cast(
            sum(piece_length) over (
                partition by {{ text }}
                order by piece_no
                rows between unbounded preceding and 1 preceding
            ) + 1 as bigint
        ) as starts_at
    from pieces
)

select
    texts.source,
    texts.record_id,
    texts.version_no,
    texts.text_no,
    cast(coalesce(positions.candidate_no, 0) as bigint) as candidate_no,
    positions.starts_at,
    substr(texts.text_plain, positions.starts_at, length(positions.amount_folded)) as text_raw,
    {{ text_before('texts.text_plain', 'positions.starts_at', 'positions.gap_before', 60) }}
        as label_raw,
    positions.amount_folded,
    positions.gap_before,
    positions.gap_after,
    {{ text_before('texts.text_folded', 'positions.starts_at', 'positions.starts_at - 1', 160) }}
        as text_before,
    substr(texts.text_folded, positions.starts_at + length(positions.amount_folded), 120)
        as text_after,
    '{{ rules_hash("int_pay__find") }}' as rules_hash
from texts
left join positions
    on
        texts.source = positions.source
        and texts.record_id = positions.record_id
        and texts.version_no = positions.version_no
        and texts.text_no = positions.text_no
        and positions.candidate_no > 0
