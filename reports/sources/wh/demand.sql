-- One row per country and occupation; one row of nulls when there is nothing yet.
select
    demand.country_code,
    translate(demand.country_name, '<>', '') as country_name,
    demand.occupation_code,
    translate(demand.occupation_name, '<>', '') as occupation_name,
    demand.n_jobs_open,
    demand.n_employers,
    demand.share_remote,
    demand.n_jobs_with_pay
from (values (1)) as one (row_no)
left join read_parquet('published/mart_demand.parquet') as demand
    on true
