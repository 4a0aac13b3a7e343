select count(distinct is_demo) as n_kinds
from {{ ref('source') }}
where is_used
having count(distinct is_demo) > 1
