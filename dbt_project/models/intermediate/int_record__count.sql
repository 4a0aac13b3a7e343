{%- set staged = [
    'stg_the_muse__jobs', 'stg_the_muse__companies', 'stg_demo__jobs', 'stg_demo__companies',
    'stg_files__rows',
] -%}
-- Records and versions that stand in staging, a source.
with

versions as (
    {%- for model in staged %}
    select
        source,
        '{{ model }}' as model,
        record_id
    from {{ ref(model) }}
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
)

select
    source,
    cast(count(distinct model || ':' || record_id) as bigint) as n_records,
    cast(count(*) as bigint) as n_versions
from versions
group by source
