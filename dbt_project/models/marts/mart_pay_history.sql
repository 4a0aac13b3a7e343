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

allowed_postings as (
    {{ rows_for_audience('postings') }}
),

allowed_statements as (
    {{ rows_for_audience('statements') }}
),

job_places as (
    {{ places_of_jobs(
        'allowed_postings', ['places.country_code', 'places.currency as country_currency']
    ) }}
),

counted as (
    select
        allowed_statements.pay_statement_key,
        allowed_statements.origin,
        allowed_statements.counted_job_key,
        coalesce(allowed_statements.company_key, allowed_statements.counted_job_key) as employer,
        job_places.country_code,
        job_places.country_currency as currency,
        {{ first_of_month('coalesce(postings.posted_on, postings.first_seen_on)') }} as month,
        {{ point_in_currency('allowed_statements', 'job_places.country_currency') | indent(4) }}
            as annual_point
    from allowed_statements
    inner join postings on allowed_statements.posting_key = postings.posting_key
    inner join job_places on allowed_statements.job_key = job_places.job_key
    left join rates
        on
            allowed_statements.rate_on = rates.rate_on
            and job_places.country_currency = rates.currency
    where allowed_statements.is_counted and not allowed_statements.is_one_sided
),

points as (
    {{ ranked_points('counted', ['origin', 'country_code', 'month']) }}
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
        {{ median_end('low') }} as median_low,
        {{ median_end('high') }} as median_high
    from points
    group by month, origin, country_code
),

judged as (
    select
        *,
        {{ is_small_cell('n_jobs', 'n_employers', 'origin') }} as is_suppressed
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
