{{ config(materialized='view') }}

-- Versions of postings of all sources in use, in one shape. Lists are JSON lists of texts.
with

sources as (
    select * from {{ ref('int_source__select') }}
),

the_muse as (
    select * from {{ ref('stg_the_muse__jobs') }}
),

demo as (
    select * from {{ ref('stg_demo__jobs') }}
),

file_rows as (
    select * from {{ ref('stg_files__rows') }}
),

united as (
    {%- for relation in ['the_muse', 'demo'] %}
    select
        source,
        record_id,
        version_no,
        fetched_at,
        'posting' as record_kind,
        title_raw,
        description_html as description_raw,
        company_id,
        company_name_raw,
        url_raw,
        locations_raw,
        categories_raw,
        levels_raw,
        cast(null as string) as employment_type_raw,
        cast(null as string) as contract_raw,
        cast(null as string) as workplace_raw,
        cast(null as string) as language_raw,
        posted_at,
        cast(null as timestamp) as expires_at
    from {{ relation }}
    union all
    {%- endfor %}
    select
        source,
        record_id,
        version_no,
        fetched_at,
        case when pay_origin = 'surveyed' then 'survey' else 'posting' end as record_kind,
        title_raw,
        cast(null as string) as description_raw,
        cast(null as string) as company_id,
        company_name_raw,
        url_raw,
        {{ json_list_of_one("nullif(concat_ws(', ', city_raw, region_raw, country_raw), '')") }}
            as locations_raw,
        '[]' as categories_raw,
        {{ json_list_of_one('seniority_raw') }} as levels_raw,
        employment_type as employment_type_raw,
        cast(null as string) as contract_raw,
        cast(null as string) as workplace_raw,
        cast(null as string) as language_raw,
        posted_at,
        cast(null as timestamp) as expires_at
    from file_rows
)

select united.*
from united
inner join sources on united.source = sources.source
where sources.is_used
