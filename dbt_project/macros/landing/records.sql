{#- Staging of records that are no postings: what a source publishes about many, and its codes. -#}

{#- A staging model: the columns, by name, as SQL over what `fields` yields; a bare name is the field
    of that name as text. Contacts in texts are masked. -#}
{% macro stage_records(source_name, relation, fields, columns, others=[]) -%}
with

{{ staged_versions(fields, relation, others=others) }},

renamed as (
    select
        -- ids
        '{{ source_name }}' as source,
        record_id,
        version_no,

        -- the record
        {%- for name, value in columns.items() %}
        {{ (payload_field(fields, value) if value in fields | map(attribute=0) else value)
            | indent(8) }} as {{ name }},
        {%- endfor %}

        -- how it came
        {{ utc('fetched_at') }} as fetched_at,
        run_id,
        {{ mask_contacts('refused') | indent(8) }} as refused
    from refused
)

select * from renamed
{%- endmacro %}

{#- One of Adzuna's statistics: one record a country, words, place and category asked for. `column`
    is what it states, an object or a list, as JSON text. -#}
{% macro stage_adzuna_statistic(endpoint, column, path, kind) -%}
{{ stage_records('adzuna', source('raw', 'adzuna__' ~ endpoint), [
    ['country', '$.country', ['text']],
    ['what', '$.what', ['text']],
    ['where', '$.where', ['text']],
    ['category', '$.category', ['text']],
    ['statistic', path, [kind]],
], {
    'country_raw': 'country',
    'what_raw': 'what',
    'where_raw': 'where',
    'category_raw': 'category',
    column: 'statistic',
}) }}
{%- endmacro %}

{#- JSearch's estimates of a title's pay: one record a publisher, title, place and, where that was
    asked for, employer. -#}
{% macro stage_jsearch_estimates(endpoint) -%}
{%- set fields = [
    ['title', '$.job_title', ['text']],
    ['company', '$.company', ['text']],
    ['location', '$.location', ['text']],
    ['asked_title', '$.query.job_title', ['text']],
    ['asked_location', '$.query.location', ['text']],
    ['asked_company', '$.query.company', ['text']],
    ['publisher', '$.publisher_name', ['text']],
    ['url', '$.publisher_link', ['text']],
    ['period', '$.salary_period', ['text']],
    ['currency', '$.salary_currency', ['text']],
    ['count', '$.salary_count', ['number']],
    ['confidence', '$.confidence', ['text']],
    ['updated', '$.salaries_updated_at', ['time']],
] -%}
{%- set columns = {
    'title_raw': "coalesce(" ~ payload_field(fields, 'title') ~ ", "
        ~ payload_field(fields, 'asked_title') ~ ")",
    'company_name_raw': "coalesce(" ~ payload_field(fields, 'company') ~ ", "
        ~ payload_field(fields, 'asked_company') ~ ")",
    'location_raw': "coalesce(" ~ payload_field(fields, 'location') ~ ", "
        ~ payload_field(fields, 'asked_location') ~ ")",
    'asked_location_raw': 'asked_location',
    'publisher_raw': 'publisher',
    'url_raw': 'url',
    'period_raw': 'period',
    'currency_raw': 'currency',
    'confidence_raw': 'confidence',
    'n_salaries': text_to_count(payload_field(fields, 'count')),
    'updated_at': iso_timestamp(payload_field(fields, 'updated')),
} -%}
{%- for what in ['salary', 'base_salary', 'additional_pay'] -%}
    {%- for statistic in ['min', 'median', 'max'] -%}
        {%- set name = statistic ~ '_' ~ what -%}
        {%- do fields.append([name, '$.' ~ name, ['number']]) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for name, path, kinds in fields if kinds == ['number'] and name != 'count' -%}
    {%- do columns.update({name: text_to_number(payload_field(fields, name))}) -%}
{%- endfor -%}
{{ stage_records('jsearch', source('raw', 'jsearch__' ~ endpoint), fields, columns) }}
{%- endmacro %}
