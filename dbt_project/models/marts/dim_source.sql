with

sources as (
    select * from {{ ref('source') }}
)

select
    source_key,
    source,
    name,
    kind,
    url,
    attribution,
    attribution_url,
    licence,
    may_show_listing,
    must_show_all,
    may_publish_aggregates,
    may_redistribute,
    retention_days,
    precedence,
    is_demo,
    is_used
from sources
