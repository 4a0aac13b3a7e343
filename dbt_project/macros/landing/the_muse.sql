{#- Staging of jobs in the shape of The Muse's API, for the API itself and for the demo. -#}
{% macro stage_muse_jobs(source, relation) -%}
{%- set fields = [
    ['id', '$.id', ['number', 'text']],
    ['name', '$.name', ['text']],
    ['contents', '$.contents', ['text']],
    ['publication_date', '$.publication_date', ['time']],
    ['landing_page', '$.refs.landing_page', ['text']],
    ['company_id', '$.company.id', ['number', 'text']],
    ['company_name', '$.company.name', ['text']],
    ['company', '$.company', ['object']],
    ['refs', '$.refs', ['object']],
    ['locations', '$.locations', ['list']],
    ['categories', '$.categories', ['list']],
    ['levels', '$.levels', ['list']],
    ['tags', '$.tags', ['list']],
] -%}
{{ stage_postings(source, relation, fields, {
    'company_id': payload_field(fields, 'company_id'),
    'title_raw': payload_field(fields, 'name'),
    'description_raw': payload_field(fields, 'contents'),
    'company_name_raw': payload_field(fields, 'company_name'),
    'url_raw': payload_field(fields, 'landing_page'),
    'locations_raw': payload_names(fields, 'locations'),
    'categories_raw': payload_names(fields, 'categories'),
    'levels_raw': payload_names(fields, 'levels'),
    'tags_raw': payload_names(fields, 'tags'),
    'posted_at': iso_timestamp(payload_field(fields, 'publication_date')),
}) }}
{%- endmacro %}

{#- Staging of companies in the shape of The Muse's API. -#}
{% macro stage_muse_companies(source, relation) -%}
{%- set fields = [
    ['id', '$.id', ['number', 'text']],
    ['name', '$.name', ['text']],
    ['publication_date', '$.publication_date', ['time']],
    ['landing_page', '$.refs.landing_page', ['text']],
    ['size', '$.size.name', ['text']],
    ['locations', '$.locations', ['list']],
    ['industries', '$.industries', ['list']],
] %}
with

{{ staged_versions(fields, relation) }},

renamed as (
    select
        -- ids
        '{{ source }}' as source,
        record_id,
        version_no,

        -- text
        {{ mask_contacts(payload_field(fields, 'name')) | indent(8) }} as company_name_raw,
        {{ payload_field(fields, 'size') | indent(8) }} as company_size_raw,
        {{ payload_field(fields, 'landing_page') | indent(8) }} as url_raw,

        -- lists, as JSON lists of texts
        {{ payload_names(fields, 'locations') | indent(8) }}
            as locations_raw,
        {{ payload_names(fields, 'industries') | indent(8) }}
            as industries_raw,

        -- times
        {{ iso_timestamp(payload_field(fields, 'publication_date')) | indent(8) }} as published_at,
        {{ utc('fetched_at') }} as fetched_at,

        -- how it came
        run_id,
        refused
    from refused
)

select * from renamed
{%- endmacro %}
