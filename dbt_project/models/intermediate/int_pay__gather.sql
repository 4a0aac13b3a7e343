-- Pay statements of each posting's newest version, from fields and from text, with the currency and
-- the period they are in: what is stated first, else the country's currency for a bare sign, and a
-- period inferred from the size of the amount.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

parsed as (
    select * from {{ rule_rows(ref('int_pay__parse')) }}
),

posting_places as (
    select * from {{ ref('int_posting__place') }}
),

places as (
    select * from {{ ref('int_place__match') }}
),

titles as (
    select * from {{ ref('int_title__grade') }}
),

sources as (
    select * from {{ ref('source_terms') }}
),

currency_signs as (
    select * from {{ ref('currency_signs') }}
),

sizes as (
    select * from {{ ref('pay_period_sizes') }}
),

-- countries whose sizes are their own
sized_countries as (
    select distinct
        country_code,
        currency
    from sizes
),

currencies as (
    select
        country_code,
        currency
    from {{ ref('stg_reference__countries') }}
),

-- the country of the first place, else the country the source is at home in
place_countries as (
    select
        place_key,
        min(country_code) as country_code
    from places
    where place_key is not null
    group by place_key
),

countries as (
    select
        postings.posting_key,
        place_countries.country_code as place_country_code,
        coalesce(place_countries.country_code, sources.home_country_code) as country_code,
        -- of what the source states in the currency of the posting's country
        currencies.currency as country_currency
    from postings
    left join posting_places
        on postings.posting_key = posting_places.posting_key and posting_places.place_no = 1
    left join place_countries on posting_places.place_key = place_countries.place_key
    left join sources on postings.source = sources.source
    left join currencies
        on
            case
                when {{ regex_test('postings.country_raw', '^[A-Z]{2}$') }}
                    then postings.country_raw
                else place_countries.country_code
            end = currencies.country_code
),

-- what sources state in fields, one row an item
items as (
    select
        postings.posting_key,
        postings.source,
        postings.record_id,
        postings.version_no,
        items.item_no,
        {{ json_text('items.item', "'$.origin'") }} as origin,
        {{ json_text('items.item', "'$.text'") }} as text_raw,
        {{ json_text('items.item', "'$.scope'") }} as scope_raw,
        {{ json_text('items.item', "'$.what'") }} as what,
        {{ text_to_number(json_text('items.item', "'$.min'")) | indent(8) }} as amount_min,
        {{ text_to_number(json_text('items.item', "'$.max'")) | indent(8) }} as amount_max,
        {{ fold_name(json_text('items.item', "'$.currency'")) | indent(8) }} as currency_sign,
        {{ json_text('items.item', "'$.period'") }} as period,
        {{ text_to_number(json_text('items.item', "'$.payments_year'")) | indent(8) }}
            as payments_year,
        {{ json_text('items.item', "'$.tax_basis'") }} as tax_basis
    from postings
    cross join {{ unnest_list(json_items('postings.pay_raw'), 'items') }}
),

-- what a text leaves open is taken from the item it stands in
from_text as (
    select
        postings.posting_key,
        case when parsed.text_no > 0 then parsed.text_no - 1000 else 0 end as text_order,
        parsed.candidate_no as candidate_order,
        case
            when parsed.text_no = 0 then 'parsed'
            when items.origin in ('advertised', 'estimated')
                then coalesce(parsed.origin_stated, items.origin)
            else coalesce(items.origin, 'advertised')
        end as origin,
        parsed.text_raw,
        coalesce(items.scope_raw, nullif(parsed.label_raw, '')) as label_raw,
        parsed.amount_min,
        parsed.amount_max,
        -- an amount that is written without a currency is in the country's
        coalesce(parsed.currency_sign, items.currency_sign, 'country') as sign,
        parsed.period_stated,
        items.period as period_field,
        parsed.is_period_beside,
        coalesce(parsed.payments_year, items.payments_year) as payments_year,
        coalesce(parsed.tax_basis, items.tax_basis) as tax_basis,
        parsed.is_total or coalesce(items.what = 'total', false) as is_total,
        parsed.is_freelance,
        parsed.is_part_time
    from postings
    inner join parsed
        on
            postings.source = parsed.source
            and postings.record_id = parsed.record_id
            and postings.version_no = parsed.version_no
    left join items
        on postings.posting_key = items.posting_key and parsed.text_no = items.item_no
    where parsed.is_pay
),

-- fields hold numbers and codes already
from_fields as (
    select
        posting_key,
        item_no - 1000 as text_order,
        0 as candidate_order,
        origin,
        text_raw,
        scope_raw as label_raw,
        amount_min,
        amount_max,
        currency_sign as sign,
        cast(null as string) as period_stated,
        period as period_field,
        false as is_period_beside,
        payments_year,
        tax_basis,
        coalesce(what = 'total', false) as is_total,
        false as is_freelance,
        false as is_part_time
    from items
    where coalesce(amount_max, amount_min) > 0
),

united as (
    select * from from_text
    union all
    select * from from_fields
),

-- a sign that stands for several currencies is read in the country; three letters are a code
in_currency as (
    select
        united.*,
        countries.country_code,
        case when united.is_part_time then 'part_time' else titles.employment_type end
            as employment_type,
        case when united.is_freelance then 'freelance' else titles.contract end as contract,
        coalesce(
            case when united.sign = 'country' then countries.country_currency end,
            country_signs.currency,
            any_signs.currency,
            case
                when {{ regex_test('united.sign', '^[a-z]{3}$') }}
                    then {{ upper_code('united.sign') }}
            end
        ) as currency
    from united
    inner join countries on united.posting_key = countries.posting_key
    inner join titles on united.posting_key = titles.posting_key
    left join currency_signs as country_signs
        on
            united.sign = country_signs.sign
            and countries.country_code = country_signs.country_code
    -- with no country known, a bare sign of many currencies stays unread
    left join currency_signs as any_signs
        on
            united.sign = any_signs.sign
            and any_signs.country_code = '*'
            and (countries.country_code is not null or not any_signs.is_shared)
),

sized as (
    select
        in_currency.*,
        sizes.period as period_by_size,
        stated_sizes.period as period_stated_fits
    from in_currency
    left join sized_countries
        on
            in_currency.country_code = sized_countries.country_code
            and in_currency.currency = sized_countries.currency
    left join sizes
        on
            in_currency.currency = sizes.currency
            and coalesce(sized_countries.country_code, '*') = sizes.country_code
            and coalesce(in_currency.amount_max, in_currency.amount_min)
            between sizes.size_from and sizes.size_to
    left join sizes as stated_sizes
        on
            in_currency.currency = stated_sizes.currency
            and coalesce(sized_countries.country_code, '*') = stated_sizes.country_code
            and in_currency.period_stated = stated_sizes.period
            and coalesce(in_currency.amount_max, in_currency.amount_min)
            between stated_sizes.size_from and stated_sizes.size_to
),

-- a period word that stands apart is believed when the amount fits it
periodised as (
    select
        *,
        case
            when is_period_beside or period_stated_fits is not null then period_stated
        end as period_believed,
        coalesce(
            case
                when is_period_beside or period_stated_fits is not null then period_stated
            end,
            period_field,
            period_by_size
        ) as period
    from sized
    -- letters that are a currency in another country only, such as R
    where currency is not null or sign is null or sign = 'country' or sign like '%$'
),

-- the same amount said twice is one statement
numbered as (
    select
        *,
        row_number() over (
            partition by
                posting_key, origin, amount_min, amount_max, currency, period
            order by text_order nulls last, candidate_order nulls last
        ) as repeat_no
    from periodised
    -- what an ad's text leaves without a period, and its size does not tell, is not known to be pay
    where period is not null or origin != 'parsed'
)

select
    posting_key,
    origin,
    cast(
        row_number() over (
            partition by posting_key
            order by text_order nulls last, candidate_order nulls last, origin
        ) as bigint
    ) as statement_no,
    text_raw,
    case when count(*) over (partition by posting_key, origin) > 1 then label_raw end as scope_raw,
    amount_min,
    amount_max,
    currency,
    period,
    case
        when period_believed is not null then 'stated'
        when period_field is not null then 'field'
        when period_by_size is not null then 'inferred'
    end as period_basis,
    payments_year,
    tax_basis,
    is_total,
    country_code,
    employment_type,
    contract
from numbered
where repeat_no = 1
