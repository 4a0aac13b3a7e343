-- Employers under one key: the folded name. Attributes come from the sources' company lists.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

sources as (
    select * from {{ ref('int_source__select') }}
),

listed_versions as (
    {%- for source, endpoint in company_endpoints() %}
    select * from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

listed_ranked as (
    select
        listed_versions.*,
        row_number() over (
            partition by listed_versions.source, listed_versions.record_id
            order by listed_versions.version_no desc
        ) as newest_rank
    from listed_versions
    inner join sources on listed_versions.source = sources.source
    where sources.is_used
),

listed as (
    select
        source,
        record_id as company_id,
        company_name_raw,
        company_size_raw,
        {{ list_at(json_text_list('industries_raw', '$[*]'), 1) }} as industry_raw,
        url_raw
    from listed_ranked
    where newest_rank = 1
),

-- a posting takes its employer's name from its source's list only if it has none itself
named as (
    select
        postings.posting_key,
        postings.source,
        postings.company_id,
        coalesce(postings.company_name_raw, listed.company_name_raw) as company_name_raw
    from postings
    left join listed
        on postings.source = listed.source and postings.company_id = listed.company_id
    union all
    select
        cast(null as string) as posting_key,
        source,
        company_id,
        company_name_raw
    from listed
),

folded as (
    select
        named.posting_key,
        named.source,
        named.company_id,
        {{ trim_spaces(collapse_spaces('named.company_name_raw')) }} as company_name,
        {{ trim_spaces(fold_name(collapse_spaces('named.company_name_raw'))) }}
            as company_name_folded
    from named
),

keyed as (
    select
        folded.posting_key,
        folded.source,
        folded.company_id,
        folded.company_name,
        folded.company_name_folded,
        md5(folded.company_name_folded) as company_key,
        listed.company_size_raw,
        listed.industry_raw,
        listed.url_raw
    from folded
    left join listed
        on folded.source = listed.source and folded.company_id = listed.company_id
    where folded.company_name_folded != ''
)

select * from keyed
