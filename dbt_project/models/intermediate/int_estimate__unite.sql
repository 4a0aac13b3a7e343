{%- set statistics = [
    ('min', 'salary'), ('median', 'salary'), ('max', 'salary'),
    ('min', 'base_salary'), ('median', 'base_salary'), ('max', 'base_salary'),
    ('min', 'additional_pay'), ('median', 'additional_pay'), ('max', 'additional_pay'),
] -%}
-- What sources publish about many: a row a statistic, of the newest version of each record. It is
-- no pay of a posting, and no figure of pay reads it.
with

sources as (
    select * from {{ ref('int_source__select') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

categories as (
    select * from {{ ref('category_occupations') }}
),

histograms as (
    select
        records.*,
        row_number() over (
            partition by records.record_id order by records.version_no desc
        ) as newest_rank
    from {{ ref('stg_adzuna__histogram') }} as records
),

histories as (
    select
        records.*,
        row_number() over (
            partition by records.record_id order by records.version_no desc
        ) as newest_rank
    from {{ ref('stg_adzuna__history') }} as records
),

leaderboards as (
    select
        records.*,
        row_number() over (
            partition by records.record_id order by records.version_no desc
        ) as newest_rank
    from {{ ref('stg_adzuna__top_companies') }} as records
),

locations as (
    select
        records.*,
        row_number() over (
            partition by records.record_id order by records.version_no desc
        ) as newest_rank
    from {{ ref('stg_adzuna__geodata') }} as records
),

titles as (
    {%- for endpoint in ['estimated_salary', 'company_salary'] %}
    select
        '{{ endpoint }}' as kind,
        source,
        record_id,
        title_raw,
        location_raw,
        publisher_raw,
        company_name_raw,
        url_raw,
        confidence_raw,
        period_raw,
        currency_raw,
        {%- for statistic, what in statistics %}
        {{ statistic }}_{{ what }},
        {%- endfor %}
        n_salaries,
        updated_at,
        fetched_at,
        row_number() over (partition by record_id order by version_no desc) as newest_rank
    from {{ ref('stg_jsearch__' ~ endpoint) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

-- members of an object in the order of their names, which are amounts of one length or months
buckets as (
    select
        histograms.source,
        histograms.record_id,
        histograms.country_raw,
        histograms.what_raw,
        histograms.where_raw,
        histograms.category_raw,
        histograms.fetched_at,
        names.item as bucket_raw,
        {{ text_to_number('names.item') }} as bucket_from,
        {{ text_to_count(json_text('histograms.histogram_raw', "'$.' || names.item")) }} as n
    from histograms
    cross join {{ unnest_list(json_names('histograms.histogram_raw'), 'names') }}
    where
        histograms.newest_rank = 1
        and {{ regex_test('names.item', '^[0-9]{1,9}$') }}
),

months as (
    select
        histories.source,
        histories.record_id,
        histories.country_raw,
        histories.what_raw,
        histories.where_raw,
        histories.category_raw,
        histories.fetched_at,
        names.item as month,
        {{ text_to_number(json_text('histories.months_raw', "'$.' || names.item")) }} as amount
    from histories
    cross join {{ unnest_list(json_names('histories.months_raw'), 'names') }}
    where
        histories.newest_rank = 1
        and {{ regex_test('names.item', '^20[0-9]{2}-(0[1-9]|1[0-2])$') }}
),

-- one shape: what the statistic is of, then the statistic
adzuna as (
    select
        source,
        'histogram' as kind,
        record_id,
        bucket_raw as item_key,
        country_raw,
        what_raw,
        where_raw,
        category_raw,
        cast(null as string) as company_name,
        cast(null as string) as month,
        bucket_from,
        lead(bucket_from) over (
            partition by record_id order by bucket_from nulls last, bucket_raw nulls last
        ) as bucket_to,
        'count' as statistic,
        cast(null as double) as amount,
        n,
        fetched_at
    from buckets
    where n is not null
    union all
    select
        source,
        'history' as kind,
        record_id,
        month as item_key,
        country_raw,
        what_raw,
        where_raw,
        category_raw,
        cast(null as string) as company_name,
        month,
        cast(null as double) as bucket_from,
        cast(null as double) as bucket_to,
        'mean' as statistic,
        amount,
        cast(null as bigint) as n,
        fetched_at
    from months
    where amount > 0
    union all
    select
        leaderboards.source,
        'top_companies' as kind,
        leaderboards.record_id,
        cast(items.item_no as string) as item_key,
        leaderboards.country_raw,
        leaderboards.what_raw,
        leaderboards.where_raw,
        leaderboards.category_raw,
        {{ trim_spaces("coalesce(" ~ json_text('items.item', "'$.display_name'") ~ ", "
            ~ json_text('items.item', "'$.canonical_name'") ~ ")") | indent(8) }} as company_name,
        cast(null as string) as month,
        cast(null as double) as bucket_from,
        cast(null as double) as bucket_to,
        'mean' as statistic,
        nullif({{ text_to_number(json_text('items.item', "'$.average_salary'")) }}, 0) as amount,
        {{ text_to_count(json_text('items.item', "'$.count'")) }} as n,
        leaderboards.fetched_at
    from leaderboards
    cross join {{ unnest_list(json_items('leaderboards.leaderboard_raw'), 'items') }}
    where leaderboards.newest_rank = 1
    union all
    select
        locations.source,
        'geodata' as kind,
        locations.record_id,
        cast(items.item_no as string) as item_key,
        locations.country_raw,
        cast(null as string) as what_raw,
        coalesce(
            {{ json_text('items.item', "'$.location.display_name'") }}, locations.where_raw
        ) as where_raw,
        locations.category_raw,
        cast(null as string) as company_name,
        cast(null as string) as month,
        cast(null as double) as bucket_from,
        cast(null as double) as bucket_to,
        'count' as statistic,
        cast(null as double) as amount,
        {{ text_to_count(json_text('items.item', "'$.count'")) }} as n,
        locations.fetched_at
    from locations
    cross join {{ unnest_list(json_items('locations.locations_raw'), 'items') }}
    where locations.newest_rank = 1
),

-- country is the last part of a place where it is a code of two letters that we know
jsearch as (
    {%- for statistic, what in statistics %}
    select
        source,
        kind,
        record_id,
        '{{ statistic }} {{ what }}' as item_key,
        title_raw,
        location_raw,
        publisher_raw,
        company_name_raw,
        url_raw,
        confidence_raw,
        period_raw,
        currency_raw,
        '{{ statistic }}' as statistic,
        '{{ what }}' as what,
        {{ statistic }}_{{ what }} as amount,
        n_salaries as n,
        updated_at,
        fetched_at
    from titles
    where newest_rank = 1 and {{ statistic }}_{{ what }} > 0
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

united as (
    select
        source,
        kind,
        record_id,
        item_key,
        {{ upper_code('country_raw') }} as country_code,
        category_raw,
        what_raw as title_raw,
        where_raw as location_raw,
        company_name,
        cast(null as string) as publisher,
        cast(null as string) as url_raw,
        month,
        bucket_from,
        bucket_to,
        statistic,
        'salary' as what,
        amount,
        cast(null as string) as currency_raw,
        'year' as period,
        n,
        cast(null as string) as confidence,
        cast(fetched_at as date) as as_of
    from adzuna
    union all
    select
        source,
        kind,
        record_id,
        item_key,
        cast(null as string) as country_code,
        cast(null as string) as category_raw,
        title_raw,
        location_raw,
        company_name_raw as company_name,
        publisher_raw as publisher,
        url_raw,
        cast(null as string) as month,
        cast(null as double) as bucket_from,
        cast(null as double) as bucket_to,
        statistic,
        what,
        amount,
        currency_raw,
        {{ period_of_code('period_raw') | indent(8) }} as period,
        n,
        {{ code_of('confidence_raw') }} as confidence,
        cast(coalesce(updated_at, fetched_at) as date) as as_of
    from jsearch
)

select
    united.source,
    united.kind,
    united.record_id,
    united.item_key,
    countries.country_code,
    categories.occupation_code,
    nullif(united.category_raw, '') as category_raw,
    nullif(united.title_raw, '') as title_raw,
    nullif(united.location_raw, '') as location_raw,
    nullif(united.company_name, '') as company_name,
    united.publisher,
    case when united.url_raw like 'https://%' then united.url_raw end as url,
    united.month,
    united.bucket_from,
    united.bucket_to,
    united.statistic,
    united.what,
    united.amount,
    -- never a currency by default: the source's code, else that of the country it was asked about
    coalesce(
        case
            when {{ regex_test('united.currency_raw', '^[A-Z]{3}$') }} then united.currency_raw
        end,
        countries.currency
    ) as currency,
    united.period,
    united.n,
    united.confidence,
    united.as_of
from united
inner join sources on united.source = sources.source
left join countries on united.country_code = countries.country_code
left join categories
    on
        united.source = categories.scheme
        and {{ fold_name('united.category_raw') }} = categories.category_folded
where sources.is_used
