{%- set periods = ['hour', 'day', 'week', 'month', 'year'] -%}
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
            when period = 'month' then coalesce(payments_year, 12)
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

-- the bands of a country and currency side by side
country_bands as (
    select
        country_code,
        currency,
        {%- for period in periods %}
        max(case when period = '{{ period }}' then band_min end) as {{ period }}_min,
        max(case when period = '{{ period }}' then band_max end) as {{ period }}_max,
        {%- endfor %}
        cast(count(*) as bigint) as n_periods
    from bands
    group by country_code, currency
),

-- those of the country itself go first
banded as (
    select
        converted.*,
        coalesce(converted.amount_min, converted.amount_max) as lower_end,
        coalesce(converted.amount_max, converted.amount_min) as upper_end,
        {%- for period in periods %}
        coalesce(own_bands.{{ period }}_min, any_bands.{{ period }}_min) as {{ period }}_min,
        coalesce(own_bands.{{ period }}_max, any_bands.{{ period }}_max) as {{ period }}_max,
        {%- endfor %}
        -- what else the same person or ad states, for a digit too many
        min(coalesce(converted.annual_max, converted.annual_min)) over (
            partition by converted.posting_key, converted.origin, converted.currency
        ) as annual_beside
    from converted
    left join country_bands as own_bands
        on
            converted.country_code = own_bands.country_code
            and converted.currency = own_bands.currency
    left join country_bands as any_bands
        on converted.currency = any_bands.currency and any_bands.country_code = '*'
),

fitted as (
    select
        *,
        case period
            {%- for period in periods %}
            when '{{ period }}' then {{ period }}_min
            {%- endfor %}
        end as band_min,
        case period
            {%- for period in periods %}
            when '{{ period }}' then {{ period }}_max
            {%- endfor %}
        end as band_max,
        upper_end between hour_min and hour_max as fits_hour,
        lower_end between month_min and month_max as fits_month,
        lower_end between year_min and year_max as fits_year
    from banded
),

-- of an amount out of its band: whether it would be in that of another period
compared as (
    select
        *,
        coalesce(period = 'year' and upper_end < band_min and fits_hour, false)
            as is_hourly_as_annual,
        coalesce(period = 'hour' and lower_end > band_max and fits_year, false)
            as is_annual_as_hourly,
        coalesce(
            (period = 'year' and upper_end < band_min and not fits_hour and fits_month)
            or (period in ('day', 'week', 'month') and lower_end > band_max and fits_year)
            or (period = 'hour' and lower_end > band_max and not fits_year and fits_month),
            false
        ) as is_swapped,
        coalesce(
            -- "80000 to 850000"; of the answers of one person, the higher one
            amount_max between amount_min * 9 and amount_min * 25
            or (
                origin = 'surveyed'
                and annual_max between annual_beside * 8 and annual_beside * 15
            ),
            false
        ) as has_extra_zero
    from fitted
),

flagged as (
    select
        *,
        -- in the order of the alphabet
        nullif(concat_ws(
            ',',
            case
                when amount_max > band_max and not is_annual_as_hourly and not is_swapped
                    then 'above_band'
            end,
            case when is_annual_as_hourly then 'annual_as_hourly' end,
            case
                when lower_end < band_min and not is_hourly_as_annual and not is_swapped
                    then 'below_band'
            end,
            case when has_extra_zero then 'extra_zero' end,
            case
                when contract = 'freelance' and period in ('day', 'hour') then 'freelance_rate'
            end,
            case when is_hourly_as_annual then 'hourly_as_annual' end,
            case when amount_min > amount_max then 'min_above_max' end,
            case when currency is null then 'no_currency' end,
            case when period is null then 'no_period' end,
            case when currency is not null and rate_on is null then 'no_rate' end,
            case when employment_type = 'part_time' then 'part_time' end,
            case when period = 'project' then 'project_amount' end,
            case when is_swapped then 'swapped_period' end
        ), '') as flags
    from compared
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
    flagged.is_total,
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
