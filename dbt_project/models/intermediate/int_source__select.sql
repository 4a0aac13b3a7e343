-- Which sources the models use. Demo rows and the committed sample are used only as long as no
-- record of any other source stands in the warehouse.
with

terms as (
    select * from {{ ref('source_terms') }}
),

mappings as (
    select * from {{ ref('stg_files__mappings') }}
),

landed as (
    {%- for source, endpoint in version_endpoints() if source != 'files' %}
    select
        source,
        count(*) as n_versions
    from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    group by source
    union all
    {%- endfor %}
    select
        source,
        count(*) as n_versions
    from {{ ref('stg_files__rows') }}
    group by source
),

named as (
    select source from terms
    union
    select source from mappings
    union
    select source from landed
),

counted as (
    select
        named.source,
        coalesce(terms.is_demo, false) as is_demo,
        cast(coalesce(sum(landed.n_versions), 0) as bigint) as n_versions
    from named
    left join terms on named.source = terms.source
    left join landed on named.source = landed.source
    group by named.source, terms.is_demo
),

judged as (
    select
        source,
        is_demo,
        n_versions,
        coalesce(
            bool_or(not is_demo and n_versions > 0) over (partition by 1), false
        ) as has_real_records
    from counted
)

select
    source,
    is_demo,
    n_versions,
    n_versions > 0 and is_demo != has_real_records as is_used
from judged
