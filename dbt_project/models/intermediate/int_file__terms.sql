-- The terms that a dropped file's mapping carries.
with

mappings as (
    select * from {{ ref('stg_files__mappings') }}
)

select
    source,
    coalesce({{ json_text('mapping', "'$.terms.name'") }}, mapping_name) as name,
    {{ json_text('mapping', "'$.terms.url'") }} as url,
    {{ json_text('mapping', "'$.terms.attribution'") }} as attribution,
    {{ json_text('mapping', "'$.terms.attribution_url'") }} as attribution_url,
    {{ json_text('mapping', "'$.terms.licence'") }} as licence,
    {{ json_text('mapping', "'$.terms.may_show_listing'") }} = 'true' as may_show_listing,
    {{ json_text('mapping', "'$.terms.must_show_all'") }} = 'true' as must_show_all,
    {{ json_text('mapping', "'$.terms.may_publish_aggregates'") }} = 'true'
        as may_publish_aggregates,
    {{ json_text('mapping', "'$.terms.may_redistribute'") }} = 'true' as may_redistribute,
    case
        when {{ regex_test(json_text('mapping', "'$.terms.retention_days'"), '^[0-9]{1,6}$') }}
            then cast({{ json_text('mapping', "'$.terms.retention_days'") }} as bigint)
    end as retention_days
from mappings
