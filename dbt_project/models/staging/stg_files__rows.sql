{%- set names = [
    'origin', 'title', 'company', 'pay_text', 'pay_min', 'pay_max', 'currency', 'period',
    'payments_year', 'tax_basis', 'employment_type', 'seniority', 'country', 'region', 'city',
    'skills', 'posted_on', 'url',
] -%}
{%- set fields = [] -%}
{%- for name in names -%}
    {%- do fields.append([name, '$.fields.' ~ name, ['time' if name == 'posted_on' else 'text']]) -%}
{%- endfor -%}
with

landed as (
    {{ landed_versions(source('raw', 'files__rows'), ['source', 'record_id', 'version_no']) | indent(4) }}
),

fields as (
    select
        source,
        record_id,
        version_no,
        request,
        fetched_at,
        run_id,
        {{ payload_fields(fields) }}
    from landed
    where landed_rank = 1
),

refused as (
    select
        *,
        {{ refused_fields(fields) | indent(8) }} as refused
    from fields
),

texts as (
    select
        source,
        record_id,
        version_no,
        request,
        fetched_at,
        run_id,
        refused
        {%- for name in names %},
        {{ payload_field(fields, name) | indent(8) }} as {{ name }}
        {%- endfor %}
    from refused
),

renamed as (
    select
        -- ids
        source,
        record_id,
        version_no,

        -- text
        origin as pay_origin,
        title as title_raw,
        company as company_name_raw,
        city as city_raw,
        region as region_raw,
        country as country_raw,
        seniority as seniority_raw,
        skills as skills_raw,
        employment_type,
        url as url_raw,

        -- pay: numbers as digits with a point
        pay_text as pay_text_raw,
        {{ text_to_number('pay_min') }} as pay_min,
        {{ text_to_number('pay_max') }} as pay_max,
        currency as pay_currency,
        period as pay_period,
        cast({{ text_to_number('payments_year') }} as bigint) as payments_year,
        tax_basis,

        -- times
        {{ iso_timestamp('posted_on') }} as posted_at,
        {{ utc('fetched_at') }} as fetched_at,

        -- how it came
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.sheet'") }} as sheet_name,
        {{ json_text('request', "'$.line'") }} as line_raw,
        run_id,
        refused
    from texts
)

select * from renamed
