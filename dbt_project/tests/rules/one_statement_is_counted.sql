-- A figure's cell holds one statement a job and origin; a job with a chosen statement has one.
select
    counted_job_key,
    origin,
    count(case when is_counted then 1 end) as n_counted
from {{ ref('fct_pay_statement') }}
where is_chosen
group by counted_job_key, origin
having count(case when is_counted then 1 end) != 1
