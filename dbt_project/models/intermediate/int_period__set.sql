-- "Today" is the newest end of a slice of the sources in use, as a UTC day; figures cover the
-- twelve months to it.
with

slices as (
    select * from {{ ref('stg_landing__slices') }}
),

sources as (
    select * from {{ ref('int_source__select') }}
),

used as (
    select slices.ended_at
    from slices
    inner join sources on slices.source = sources.source
    where sources.is_used
),

newest as (
    select cast(max(ended_at) as date) as as_of
    from used
),

demo as (
    select coalesce(bool_or(is_demo), false) as is_demo
    from sources
    where is_used
)

select
    newest.as_of,
    {{ add_days(add_months('newest.as_of', -12), 1) }} as period_from,
    newest.as_of as period_to,
    demo.is_demo
from newest
cross join demo
