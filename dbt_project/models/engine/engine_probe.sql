-- What each macro of the engine layer yields for inputs on which engines tend to differ. The table
-- has to be the same on every engine.
with

inputs as (
    {{ probe_inputs() }}
),

cases as (
    {%- for macro, expression in probe_cases() %}
    select
        '{{ macro }}' as macro,
        cast({{ loop.index }} as bigint) as case_no,
        {{ expression }} as output
    from inputs
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

grouped as (
    select
        'joined_distinct' as macro,
        cast(1001 as bigint) as case_no,
        {{ joined_distinct('item') }} as output
    from {{ unnest_list(text_parts("'b,a,É,b,a '", ','), 'items') }}
    union all
    select
        'joined_distinct' as macro,
        cast(1002 as bigint) as case_no,
        {{ joined_distinct("nullif(item, '')") }} as output
    from {{ unnest_list(text_parts("''", ','), 'items') }}
    union all
    select
        'unnest_list' as macro,
        cast(1010 as bigint) + item_no as case_no,
        item as output
    from {{ unnest_list(text_parts("'x,,z'", ','), 'items') }}
)

select * from cases
union all
select * from grouped
