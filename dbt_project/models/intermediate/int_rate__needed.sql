-- Exchange rates of the days on which a pay statement was converted.
with

rates as (
    select * from {{ ref('stg_reference__exchange_rates') }}
),

statements as (
    select * from {{ ref('int_pay__annualise') }}
),

days as (
    select distinct rate_on
    from statements
    where rate_on is not null
)

select
    rates.currency,
    rates.rate_on,
    rates.per_eur
from rates
inner join days on rates.rate_on = days.rate_on
union all
select
    'EUR' as currency,
    rate_on,
    cast(1 as double) as per_eur
from days
