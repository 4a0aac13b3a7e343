{%- set paths = [] -%}
{%- for name in file_fields() %}{% do paths.append('$.fields.' ~ name) %}{% endfor -%}
-- Fields were read when the file landed and are of the kind we wrote, so only a payload that is no
-- JSON can be refused.
with

landed as (
    {{ landed_versions(source('raw', 'files__rows'), ['source', 'record_id', 'version_no'])
        | indent(4) }}
),

checked as (
    select
        source,
        record_id,
        version_no,
        request,
        fetched_at,
        run_id,
        {{ valid_json('payload') }} as payload,
        substr(payload, 1, 200) as payload_start
    from landed
    where landed_rank = 1
),

fields as (
    select
        *,
        {{ json_texts('payload', paths) }} as field_texts
    from checked
),

renamed as (
    select
        -- ids
        source,
        record_id,
        version_no,

        -- text
        {{ file_field('origin') }} as pay_origin,
        {{ mask_contacts(file_field('title')) | indent(8) }} as title_raw,
        {{ mask_contacts(file_field('description')) | indent(8) }} as description_raw,
        {{ mask_contacts(file_field('company')) | indent(8) }} as company_name_raw,
        {{ file_field('city') }} as city_raw,
        {{ file_field('region') }} as region_raw,
        {{ file_field('country') }} as country_raw,
        {{ file_field('location') }} as location_raw,
        {{ file_field('seniority') }} as seniority_raw,
        {{ file_field('category') }} as category_raw,
        {{ file_field('language') }} as language_raw,
        {{ file_field('employment_type') }} as employment_type,
        {{ file_field('contract') }} as contract,
        {{ file_field('workplace') }} as workplace,
        {{ file_field('url') }} as url_raw,

        -- lists, as JSON lists of texts
        coalesce({{ file_field('skills') }}, '[]') as skills_raw,

        -- pay: numbers are digits with a point
        coalesce(
            {{ mask_contacts(file_field('pay_text')) | indent(12) }},
            {{ file_field('pay') }},
            nullif(
                concat_ws(' - ', {{ file_field('pay_min') }}, {{ file_field('pay_max') }}), ''
            )
        ) as pay_text_raw,
        {{ text_to_number('coalesce(' ~ file_field('pay_min') ~ ', ' ~ file_field('pay') ~ ')')
            | indent(8) }} as pay_min,
        {{ text_to_number('coalesce(' ~ file_field('pay_max') ~ ', ' ~ file_field('pay') ~ ')')
            | indent(8) }} as pay_max,
        {{ file_field('currency') }} as pay_currency,
        {{ file_field('period') }} as pay_period,
        {{ text_to_number(file_field('payments_year')) | indent(8) }} as payments_year,
        {{ file_field('tax_basis') }} as tax_basis,

        -- numbers
        {{ file_coordinate('latitude') | indent(8) }} as latitude_raw,
        {{ file_coordinate('longitude') | indent(8) }} as longitude_raw,

        -- times
        {{ iso_timestamp(file_field('posted_on')) | indent(8) }} as posted_at,
        {{ iso_timestamp(file_field('expires_on')) | indent(8) }} as expires_at,
        {{ utc('fetched_at') }} as fetched_at,

        -- how it came
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.sheet'") }} as sheet_name,
        {{ json_text('request', "'$.line'") }} as line_raw,
        run_id,
        case
            when payload is null
                then
                    '[' || {{ refused_field('payload', 'json', "'text'", 'payload_start') }} || ']'
        end as refused
    from fields
)

select * from renamed
