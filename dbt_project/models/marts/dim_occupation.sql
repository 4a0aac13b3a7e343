with

occupations as (
    select * from {{ ref('occupation') }}
)

select
    occupations.occupation_code,
    occupations.occupation_name,
    occupations.isco_level,
    major_groups.occupation_code as major_group_code,
    major_groups.occupation_name as major_group_name
from occupations
left join occupations as major_groups
    on substr(occupations.occupation_code, 1, 1) = major_groups.occupation_code
