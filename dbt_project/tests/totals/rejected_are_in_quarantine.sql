-- Whatever was rejected or refused is in quarantine, but for demo rows once real records stand.
with

faults as (
    select count(*) as n
    from {{ ref('stg_landing__rejected') }} as rejected
    left join {{ ref('int_source__select') }} as sources on rejected.source = sources.source
    where coalesce(sources.is_used, true) or sources.n_versions = 0
),

quarantined as (
    select count(*) as n
    from {{ ref('quarantine') }}
    where found_by = 'rejected'
)

select
    faults.n as n_rejected,
    quarantined.n as n_quarantined
from faults
cross join quarantined
where faults.n != quarantined.n
