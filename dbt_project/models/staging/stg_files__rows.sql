{%- set fields = file_fields() -%}
with

{{ staged_versions(
    fields, source('raw', 'files__rows'), ['source', 'record_id', 'version_no'], ['request']
) }},

renamed as (
    select
        -- ids
        source,
        record_id,
        version_no,

        -- text
        {{ payload_field(fields, 'origin') | indent(8) }} as pay_origin,
        {{ payload_field(fields, 'title') | indent(8) }} as title_raw,
        {{ payload_field(fields, 'company') | indent(8) }} as company_name_raw,
        {{ payload_field(fields, 'city') | indent(8) }} as city_raw,
        {{ payload_field(fields, 'region') | indent(8) }} as region_raw,
        {{ payload_field(fields, 'country') | indent(8) }} as country_raw,
        {{ payload_field(fields, 'seniority') | indent(8) }} as seniority_raw,
        {{ payload_field(fields, 'skills') | indent(8) }} as skills_raw,
        {{ payload_field(fields, 'employment_type') | indent(8) }} as employment_type,
        {{ payload_field(fields, 'url') | indent(8) }} as url_raw,

        -- pay: numbers are digits with a point
        {{ payload_field(fields, 'pay_text') | indent(8) }} as pay_text_raw,
        {{ text_to_number(payload_field(fields, 'pay_min')) | indent(8) }} as pay_min,
        {{ text_to_number(payload_field(fields, 'pay_max')) | indent(8) }} as pay_max,
        {{ payload_field(fields, 'currency') | indent(8) }} as pay_currency,
        {{ payload_field(fields, 'period') | indent(8) }} as pay_period,
        {{ text_to_count(payload_field(fields, 'payments_year')) | indent(8) }} as payments_year,
        {{ payload_field(fields, 'tax_basis') | indent(8) }} as tax_basis,

        -- times
        {{ iso_timestamp(payload_field(fields, 'posted_on')) | indent(8) }} as posted_at,
        {{ utc('fetched_at') }} as fetched_at,

        -- how it came
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.sheet'") }} as sheet_name,
        {{ json_text('request', "'$.line'") }} as line_raw,
        run_id,
        refused
    from refused
)

select * from renamed
