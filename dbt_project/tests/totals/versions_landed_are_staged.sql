{%- set keys = {'files__rows': "source || ':' || record_id || ':' || version_no"} -%}
-- Nothing is lost from raw to staging: every version that landed stands there once, and the rows
-- beyond are those that a run or a crash brought twice.
{% for raw_table in endpoint_names() %}
{%- set version = keys.get(raw_table, "record_id || ':' || version_no") %}
select
    '{{ raw_table }}' as raw_table,
    landed.n_versions,
    staged.n_rows as n_staged
from (
    select count(distinct {{ version }}) as n_versions
    from {{ source('raw', raw_table) }}
) as landed
cross join (
    select count(*) as n_rows
    from {{ ref('stg_' ~ raw_table) }}
) as staged
where landed.n_versions != staged.n_rows
{% if not loop.last %}union all{% endif %}
{% endfor %}
