{%- set tables = [
    ('the_muse__jobs', 'stg_the_muse__jobs', "record_id || ':' || version_no"),
    ('the_muse__companies', 'stg_the_muse__companies', "record_id || ':' || version_no"),
    ('demo__jobs', 'stg_demo__jobs', "record_id || ':' || version_no"),
    ('demo__companies', 'stg_demo__companies', "record_id || ':' || version_no"),
    ('files__rows', 'stg_files__rows', "source || ':' || record_id || ':' || version_no"),
] -%}
-- Nothing is lost from raw to staging: every version that landed stands there once, and the rows
-- beyond are those that a run or a crash brought twice.
{% for raw_table, staged, version in tables %}
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
    from {{ ref(staged) }}
) as staged
where landed.n_versions != staged.n_rows
{% if not loop.last %}union all{% endif %}
{% endfor %}
