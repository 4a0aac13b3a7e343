-- At most one statement a posting and origin is chosen, and at most one a posting is shown.
select
    source,
    record_id,
    origin,
    'chosen' as what,
    count(*) as n
from {{ ref('pay_statement') }}
where is_chosen
group by source, record_id, origin
having count(*) > 1
union all
select
    source,
    record_id,
    min(origin) as origin,
    'shown' as what,
    count(*) as n
from {{ ref('pay_statement') }}
where is_shown
group by source, record_id
having count(*) > 1
