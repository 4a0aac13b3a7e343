{{ config(materialized='view') }}
{%- set columns = posting_columns() | map(attribute=0) | list -%}
{%- set file_columns = {
    'title_raw': 'title_raw',
    'description_raw': 'description_raw',
    'company_name_raw': 'company_name_raw',
    'url_raw': 'url_raw',
    'employment_type_raw': 'employment_type',
    'contract_raw': 'contract',
    'workplace_raw': 'workplace',
    'language_raw': 'language_raw',
    'country_raw': 'country_raw',
    'latitude_raw': 'latitude_raw',
    'longitude_raw': 'longitude_raw',
    'locations_raw': json_list_of_one(
        "coalesce(location_raw, nullif(concat_ws(', ', city_raw, region_raw, country_raw), ''))"
    ),
    'categories_raw': json_list_of_one('category_raw'),
    'levels_raw': json_list_of_one('seniority_raw'),
    'pay_raw': 'pay_raw',
    'traits_raw': "coalesce('[' || " ~ json_list_map(
        'skills_raw', trait_item('skill', {'name': 'item'}), texts=true
    ) ~ " || ']', '[]')",
    'posted_at': 'posted_at',
    'expires_at': 'expires_at',
} %}

-- Versions of postings of all sources in use, in one shape. Lists are JSON lists.
with

sources as (
    select * from {{ ref('int_source__select') }}
),

file_rows as (
    select * from {{ ref('stg_files__rows') }}
),

-- pay that a file's row states, in numbers or as text
file_pay as (
    select
        *,
        {{ json_list([pay_item({
            'origin': 'pay_origin',
            'text': "coalesce(pay_text_raw, nullif(concat_ws(' - ', " ~ number_text('pay_min')
                ~ ', ' ~ number_text('pay_max') ~ "), ''))",
            'min': number_text('pay_min'),
            'max': number_text('pay_max'),
            'currency': 'pay_currency',
            'period': 'pay_period',
            'payments_year': number_text('payments_year'),
            'tax_basis': 'tax_basis',
        })]) | indent(8) }} as pay_raw
    from file_rows
),

united as (
    {%- for source, endpoint in posting_endpoints() %}
    select
        source,
        record_id,
        version_no,
        fetched_at,
        'posting' as record_kind,
        {{ columns | join(',\n        ') }}
    from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    union all
    {%- endfor %}
    select
        source,
        record_id,
        version_no,
        fetched_at,
        case when pay_origin = 'surveyed' then 'survey' else 'posting' end as record_kind,
        {{ all_posting_columns(file_columns) | indent(4) }}
    from file_pay
)

select united.*
from united
inner join sources on united.source = sources.source
where sources.is_used
