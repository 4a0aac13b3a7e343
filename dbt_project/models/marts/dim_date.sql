-- Every day from the first that a posting names to the last.
with

postings as (
    select * from {{ ref('posting') }}
),

period as (
    select * from {{ ref('reporting_period') }}
),

ends as (
    select
        least(
            min(coalesce(cast(postings.posted_at as date), period.as_of)),
            min(cast(postings.first_seen_at as date))
        ) as first_on,
        greatest(
            max(coalesce(cast(postings.posted_at as date), period.as_of)),
            max(period.as_of)
        ) as last_on
    from postings
    cross join period
),

days as (
    select cast(days.item as date) as date_on
    from ends
    cross join {{ unnest_list(date_list('ends.first_on', 'ends.last_on'), 'days') }}
)

select
    date_on,
    cast(extract(year from date_on) as bigint) as year_no,
    cast(extract(quarter from date_on) as bigint) as quarter_no,
    cast(extract(month from date_on) as bigint) as month_no,
    {{ first_of_month('date_on') }} as month,
    {{ date_text('date_on', '%B') }} as month_name,
    {{ iso_weekday('date_on') }} as weekday_no,
    {{ date_text('date_on', '%A') }} as weekday_name
from days
