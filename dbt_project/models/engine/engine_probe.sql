{%- set cases = probe_cases() -%}
-- What each macro of the engine layer yields for inputs on which engines tend to differ. The table
-- has to be the same on every engine.
with

inputs as (
    {{ probe_inputs() }}
),

-- one select of them all: each in one of its own would take minutes to plan
cases as (
    select
        {{ list_at('yields.macros', 'items.item_no') }} as macro,
        items.item_no as case_no,
        items.item as output
    from (
        select
            {{ list_of(probe_names(cases)) }} as macros,
            {{ list_of(cases | map(attribute=1) | list) }} as outputs
        from inputs
    ) as yields
    cross join {{ unnest_list('yields.outputs', 'items') }}
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
