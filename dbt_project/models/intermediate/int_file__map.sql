{#- our field, and the text it stands for -#}
{%- set fields = [
    'title', 'company', 'location', 'city', 'region', 'country', 'posted_at', 'url', 'description',
    'category', 'level', 'employment_type', 'contract', 'workplace', 'language', 'pay', 'pay_min',
    'pay_max', 'currency', 'period', 'payments_year', 'tax_basis', 'year',
] -%}
-- Rows of dropped files in our words: each field is the column that the mapping names for it, or
-- else the mapping's default.
with

file_rows as (
    select * from {{ ref('stg_files__rows') }}
),

mappings as (
    select * from {{ ref('stg_files__mappings') }}
),

mapped as (
    select
        file_rows.source,
        file_rows.record_id,
        file_rows.version_no,
        file_rows.fetched_at,
        coalesce({{ json_text('mappings.mapping', "'$.kind'") }}, 'postings') as mapping_kind,
        {{ json_text('mappings.mapping', "'$.origin'") }} as pay_origin
        {%- for field in fields %},
        coalesce(
            nullif(trim({{ json_text(
                'file_rows.payload',
                "'$.\"' || " ~ json_text('mappings.mapping', "'$.columns." ~ field ~ "'") ~ " || '\"'"
            ) }}), ''),
            {{ json_text('mappings.mapping', "'$.defaults." ~ field ~ "'") }}
        ) as field_{{ field }}
        {%- endfor %}
    from file_rows
    inner join mappings on file_rows.source = mappings.source
),

renamed as (
    select
        -- ids
        source,
        record_id,
        version_no,

        -- what it is
        case mapping_kind when 'survey' then 'survey' else 'posting' end as record_kind,
        coalesce(
            pay_origin, case mapping_kind when 'survey' then 'surveyed' else 'advertised' end
        ) as pay_origin,

        -- text
        field_title as title_raw,
        field_description as description_raw,
        field_company as company_name_raw,
        case when field_url like 'http%' then field_url end as url_raw,
        field_employment_type as employment_type_raw,
        field_contract as contract_raw,
        field_workplace as workplace_raw,
        field_language as language_raw,

        -- lists, as JSON lists of texts
        case
            when coalesce(field_location, field_city, field_region, field_country) is null then '[]'
            else
                '[' || {{ json_quote(
                    "coalesce(field_location, nullif(concat_ws(', ', field_city, field_region, field_country), ''))"
                ) }} || ']'
        end as locations_raw,
        case
            when field_category is null then '[]' else '[' || {{ json_quote('field_category') }} || ']'
        end as categories_raw,
        case
            when field_level is null then '[]' else '[' || {{ json_quote('field_level') }} || ']'
        end as levels_raw,

        -- pay, as text
        field_pay as pay_text_raw,
        field_pay_min as pay_min_raw,
        field_pay_max as pay_max_raw,
        upper(field_currency) as pay_currency_raw,
        field_period as pay_period_raw,
        field_payments_year as payments_year_raw,
        field_tax_basis as tax_basis_raw,
        case when {{ regex_test('field_year', '^[0-9]{4}$') }} then cast(field_year as bigint) end
            as paid_year,

        -- times
        {{ iso_timestamp('field_posted_at') }} as posted_at,
        cast(null as timestamp) as expires_at,
        fetched_at
    from mapped
)

select * from renamed
