-- Every row of a file can be used or is in quarantine, and what can be used stands in staging.
with

files as (
    select * from {{ ref('mart_file') }}
),

staged as (
    select
        source,
        cast(count(*) as bigint) as n_versions
    from {{ ref('stg_files__rows') }}
    group by source
),

brought as (
    select
        source,
        sum(n_new_versions) as n_new_versions
    from files
    group by source
)

select
    source,
    file_name as what,
    n_rows as wanted,
    n_usable + n_quarantined as found
from files
where n_rows != n_usable + n_quarantined
union all
select
    brought.source,
    'versions' as what,
    brought.n_new_versions as wanted,
    coalesce(staged.n_versions, 0) as found
from brought
left join staged on brought.source = staged.source
where brought.n_new_versions != coalesce(staged.n_versions, 0)
