-- Pay in a year of full-time work, in the stated currency, in euros and in dollars; and what speaks
-- against an amount. Nothing is mended: what is out of the plausible band is flagged.
with

statements as (
    select * from {{ ref('int_pay__gather') }}
),

postings as (
    select * from {{ ref('int_posting__current') }}
),

sightings as (
    select * from {{ ref('int_sighting__spans') }}
),

full_time_hours as (
    select * from {{ ref('full_time_hours') }}
),

bands as (
    select * from {{ ref('pay_bands') }}
),

rates as (
    select * from {{ ref('stg_reference__exchange_rates') }}
),

dated as (
    select
        statements.*,
        postings.source,
        postings.record_id,
        postings.record_kind,
        cast(coalesce(postings.posted_at, sightings.first_seen_at) as date) as stated_on,
        coalesce(full_time_hours.hours_week, 40) * 52 as full_time_hours_year
    from statements
    inner join postings on statements.posting_key = postings.posting_key
    inner join sightings
        on postings.source = sightings.source and postings.record_id = sightings.record_id
    left join full_time_hours on statements.country_code = full_time_hours.country_code
),

factored as (
    select
        *,
        case
            when employment_type = 'part_time' and period != 'year' then null
            when contract = 'freelance' and period in ('day', 'hour') then null
            when period = 'year' then 1.0
            when period = 'month' then cast(coalesce(payments_year, 12) as double)
            when period = 'week' then 52.0
            when period = 'day' then 260.0
            when period = 'hour' then full_time_hours_year
        end as year_factor
    from dated
),

annual as (
    select
        *,
        {{ round_half_up('amount_min * year_factor') }} as annual_min,
        {{ round_half_up('amount_max * year_factor') }} as annual_max
    from factored
),

-- the last business day up to the day of the statement, and the rates of exactly that day
business_days as (
    select
        rate_on,
        lead(rate_on) over (order by rate_on) as next_rate_on
    from rates
    group by rate_on
),

statement_days as (
    select distinct stated_on
    from annual
),

rate_days as (
    select
        statement_days.stated_on,
        max(business_days.rate_on) as rate_on
    from statement_days
    inner join business_days
        on
            statement_days.stated_on >= business_days.rate_on
            and (
                business_days.next_rate_on is null
                or statement_days.stated_on < business_days.next_rate_on
            )
    group by statement_days.stated_on
),

converted as (
    select
        annual.*,
        case
            when annual.currency = 'EUR' or own_rates.per_eur is not null then rate_days.rate_on
        end as rate_on,
        case when annual.currency = 'EUR' then 1.0 else own_rates.per_eur end as per_eur,
        dollar_rates.per_eur as usd_per_eur
    from annual
    left join rate_days on annual.stated_on = rate_days.stated_on
    left join rates as own_rates
        on rate_days.rate_on = own_rates.rate_on and annual.currency = own_rates.currency
    left join rates as dollar_rates
        on rate_days.rate_on = dollar_rates.rate_on and dollar_rates.currency = 'USD'
),

banded as (
    select
        converted.*,
        bands.band_min,
        bands.band_max,
        coalesce(
            converted.period = 'year'
            and coalesce(converted.amount_max, converted.amount_min) < bands.band_min
            and coalesce(converted.amount_max, converted.amount_min)
            between hour_bands.band_min and hour_bands.band_max,
            false
        ) as is_hourly_as_annual,
        coalesce(
            converted.period in ('hour', 'day', 'week', 'month')
            and coalesce(converted.amount_min, converted.amount_max) > bands.band_max
            and coalesce(converted.amount_min, converted.amount_max)
            between year_bands.band_min and year_bands.band_max,
            false
        ) as is_annual_as_hourly
    from converted
    left join bands on converted.currency = bands.currency and converted.period = bands.period
    left join bands as hour_bands
        on converted.currency = hour_bands.currency and hour_bands.period = 'hour'
    left join bands as year_bands
        on converted.currency = year_bands.currency and year_bands.period = 'year'
),

flagged as (
    select
        *,
        -- in the order of the alphabet
        nullif(concat_ws(
            ',',
            case when amount_max > band_max and not is_annual_as_hourly then 'above_band' end,
            case when is_annual_as_hourly then 'annual_as_hourly' end,
            case
                when coalesce(amount_min, amount_max) < band_min and not is_hourly_as_annual
                    then 'below_band'
            end,
            case
                when contract = 'freelance' and period in ('day', 'hour') then 'freelance_rate'
            end,
            case when is_hourly_as_annual then 'hourly_as_annual' end,
            case when amount_min > amount_max then 'min_above_max' end,
            case when currency is null then 'no_currency' end,
            case when period is null then 'no_period' end,
            case when currency is not null and rate_on is null then 'no_rate' end,
            case when employment_type = 'part_time' then 'part_time' end,
            case when period = 'project' then 'project_amount' end
        ), '') as flags
    from banded
),

flag_codes as (
    select
        flagged.posting_key,
        flagged.statement_no,
        bool_or(pay_flags.is_plausibility) as is_implausible
    from flagged
    cross join {{ unnest_list(text_parts('flagged.flags', ','), 'codes', item='flag') }}
    inner join {{ ref('pay_flags') }} as pay_flags on codes.flag = pay_flags.flag
    group by flagged.posting_key, flagged.statement_no
)

select
    flagged.posting_key,
    flagged.source,
    flagged.record_id,
    flagged.record_kind,
    flagged.origin,
    flagged.statement_no,
    flagged.text_raw,
    flagged.scope_raw,
    flagged.amount_min,
    flagged.amount_max,
    flagged.currency,
    flagged.period,
    flagged.period_basis,
    flagged.payments_year,
    flagged.tax_basis,
    case when flagged.period = 'hour' then flagged.year_factor end as hours_basis,
    flagged.annual_min,
    flagged.annual_max,
    {{ round_half_up('flagged.annual_min / flagged.per_eur') }} as annual_min_eur,
    {{ round_half_up('flagged.annual_max / flagged.per_eur') }} as annual_max_eur,
    {{ round_half_up('flagged.annual_min / flagged.per_eur * flagged.usd_per_eur') }}
        as annual_min_usd,
    {{ round_half_up('flagged.annual_max / flagged.per_eur * flagged.usd_per_eur') }}
        as annual_max_usd,
    flagged.stated_on,
    flagged.rate_on,
    flagged.flags,
    coalesce(flagged.amount_min, flagged.amount_max) is not null
    and flagged.currency is not null
    and flagged.period is not null
    and coalesce(flagged.employment_type, '') != 'part_time'
    and not coalesce(flag_codes.is_implausible, false) as is_usable
from flagged
left join flag_codes
    on
        flagged.posting_key = flag_codes.posting_key
        and flagged.statement_no = flag_codes.statement_no
