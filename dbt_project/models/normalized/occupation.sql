with

occupations as (
    select * from {{ ref('occupations') }}
)

select
    occupation_code,
    occupation_name,
    isco_level,
    case when isco_level > 1 then substr(occupation_code, 1, 1) end as major_group_code
from occupations
