-- Records and versions that stand in staging, a source.
with

versions as (
    {%- for source, endpoint in version_endpoints() %}
    select
        source,
        '{{ endpoint }}' as endpoint,
        record_id
    from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    source,
    cast(count(distinct endpoint || ':' || record_id) as bigint) as n_records,
    cast(count(*) as bigint) as n_versions
from versions
group by source
