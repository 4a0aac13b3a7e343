-- One amount of a currency in a country tells one period at most.
select
    lower_sizes.country_code,
    lower_sizes.currency,
    lower_sizes.period as lower_period,
    upper_sizes.period as upper_period
from {{ ref('pay_period_sizes') }} as lower_sizes
inner join {{ ref('pay_period_sizes') }} as upper_sizes
    on
        lower_sizes.country_code = upper_sizes.country_code
        and lower_sizes.currency = upper_sizes.currency
        and lower_sizes.period != upper_sizes.period
        and lower_sizes.size_from <= upper_sizes.size_from
        and upper_sizes.size_from <= lower_sizes.size_to
