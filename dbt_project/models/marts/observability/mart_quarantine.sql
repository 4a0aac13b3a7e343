-- What was quarantined, a reason and field. Example values are made harmless and short.
with

quarantine as (
    select * from {{ ref('quarantine') }}
),

examples as (
    select
        *,
        row_number() over (
            partition by source, reason_code, coalesce(field, '')
            order by seen_at desc, quarantine_key asc
        ) as example_rank
    from quarantine
)

select
    source,
    reason_code,
    field,
    cast(count(*) as bigint) as n,
    min(seen_at) as first_seen_at,
    max(seen_at) as last_seen_at,
    max(
        case
            when example_rank = 1
                then substr({{ harmless_text('value') }}, 1, 80)
        end
    ) as example_value
from examples
group by source, reason_code, field
