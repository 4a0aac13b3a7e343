-- A source's terms: ours from the seed, a dropped file's from its mapping. By default nothing of a
-- file enters a public release.
with

terms as (
    select * from {{ ref('source_terms') }}
),

used as (
    select * from {{ ref('int_source__select') }}
),

file_terms as (
    select * from {{ ref('int_file__terms') }}
),

united as (
    select
        used.source,
        used.is_used,
        used.is_demo,
        coalesce(terms.name, file_terms.name, used.source) as name,
        coalesce(terms.kind, 'file') as kind,
        coalesce(terms.url, file_terms.url) as url,
        coalesce(terms.attribution, file_terms.attribution) as attribution,
        coalesce(terms.attribution_url, file_terms.attribution_url) as attribution_url,
        coalesce(terms.licence, file_terms.licence) as licence,
        coalesce(terms.may_show_listing, file_terms.may_show_listing, false) as may_show_listing,
        coalesce(terms.must_show_all, file_terms.must_show_all, false) as must_show_all,
        coalesce(terms.may_publish_aggregates, file_terms.may_publish_aggregates, false)
            as may_publish_aggregates,
        coalesce(terms.may_redistribute, file_terms.may_redistribute, false) as may_redistribute,
        coalesce(terms.retention_days, file_terms.retention_days) as retention_days,
        coalesce(terms.precedence, 70) as precedence
    from used
    left join terms on used.source = terms.source
    left join file_terms on used.source = file_terms.source
)

select
    {{ entity_key(['source']) }} as source_key,
    source,
    name,
    kind,
    case when url like 'https://%' then url end as url,
    attribution,
    case when attribution_url like 'https://%' then attribution_url end as attribution_url,
    licence,
    may_show_listing,
    must_show_all,
    may_publish_aggregates or {{ consent_is_given('source') }} as may_publish_aggregates,
    may_redistribute,
    retention_days,
    precedence,
    is_demo,
    is_used
from united
