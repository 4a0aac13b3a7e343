-- Pay of the jobs posted in a month, an origin and a country.
with

postings as (
    select * from {{ ref('fct_posting') }}
),

statements as (
    select * from {{ ref('fct_pay_statement') }}
),

posting_places as (
    select * from {{ ref('bridge_posting_place') }}
),

places as (
    select * from {{ ref('dim_place') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

rates as (
    select * from {{ ref('exchange_rate') }}
),

period as (
    select * from {{ ref('reporting_period') }}
),

job_places as (
    select distinct
        postings.job_key,
        places.country_code,
        places.currency as country_currency
    from postings
    inner join sources on postings.source = sources.source
    inner join posting_places on postings.posting_key = posting_places.posting_key
    inner join places on posting_places.place_key = places.place_key
    where {{ in_audience('sources') }}
),

counted as (
    select
        statements.pay_statement_key,
        statements.origin,
        statements.counted_job_key,
        coalesce(statements.company_key, statements.counted_job_key) as employer,
        job_places.country_code,
        job_places.country_currency as currency,
        {{ first_of_month('coalesce(postings.posted_on, postings.first_seen_on)') }} as month,
        case
            when statements.currency = job_places.country_currency then statements.annual_point
            else {{ round_half_up('statements.annual_point_eur * rates.per_eur') }}
        end as annual_point
    from statements
    inner join sources on statements.source = sources.source
    inner join postings on statements.posting_key = postings.posting_key
    inner join job_places on statements.job_key = job_places.job_key
    left join rates
        on
            statements.rate_on = rates.rate_on
            and job_places.country_currency = rates.currency
    where statements.is_counted and not statements.is_one_sided and {{ in_audience('sources') }}
),

points as (
    select
        *,
        row_number() over (
            partition by origin, country_code, month
            order by annual_point nulls last, pay_statement_key
        ) as point_no,
        count(*) over (partition by origin, country_code, month) as n_points
    from counted
    where annual_point is not null
),

cells as (
    select
        month,
        origin,
        country_code,
        max(currency) as currency,
        count(*) as n_jobs,
        count(distinct employer) as n_employers,
        percentile_cont(0.5) within group (order by annual_point) as annual_median,
        max(case when point_no = {{ median_rank('n_points', 'low') }} then annual_point end)
            as median_low,
        max(case when point_no = {{ median_rank('n_points', 'high') }} then annual_point end)
            as median_high
    from points
    group by month, origin, country_code
),

judged as (
    select
        *,
        n_jobs < 10 or (n_employers < 5 and origin != 'surveyed') as is_suppressed
    from cells
)

select
    judged.month,
    judged.origin,
    judged.country_code,
    judged.currency,
    cast(judged.n_jobs as bigint) as n_jobs,
    cast(judged.n_employers as bigint) as n_employers,
    {%- for amount in ['annual_median', 'median_low', 'median_high'] %}
    case
        when not judged.is_suppressed then {{ round_half_up('judged.' ~ amount) }}
    end as {{ amount }},
    {%- endfor %}
    judged.is_suppressed,
    judged.month as period_from,
    least(
        {{ add_days(add_months('judged.month', 1), -1) }}, greatest(period.as_of, judged.month)
    ) as period_to
from judged
cross join period
