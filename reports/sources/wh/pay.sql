-- One row per origin, country, dimension and value; one row of nulls when there is nothing yet.
-- scope_key names the figures that may stand side by side: one country, one origin.
select
    pay.country_code || '-' || pay.origin as scope_key,
    pay.origin,
    pay.country_code,
    translate(pay.country_name, '<>', '') as country_name,
    pay.currency,
    pay.dimension,
    pay.dimension_code,
    translate(pay.dimension_name, '<>', '') as dimension_name,
    pay.period_from::varchar as period_from,
    pay.period_to::varchar as period_to,
    pay.n_jobs,
    pay.n_employers,
    pay.n_jobs_in_scope,
    pay.share_with_pay,
    pay.n_one_sided,
    pay.n_flagged,
    pay.is_suppressed,
    case when not pay.is_suppressed then pay.annual_p25 end as annual_p25,
    case when not pay.is_suppressed then pay.annual_median end as annual_median,
    case when not pay.is_suppressed then pay.annual_p75 end as annual_p75,
    case when not pay.is_suppressed then pay.median_low end as median_low,
    case when not pay.is_suppressed then pay.median_high end as median_high,
    case when not pay.is_suppressed then pay.annual_median_eur end as annual_median_eur,
    case when not pay.is_suppressed then pay.annual_median_usd end as annual_median_usd,
    (
        select translate(string_agg(source.name, ', ' order by source.name), '<>', '')
        from read_parquet('published/dim_source.parquet') as source
        where list_contains(string_split(replace(pay.sources, ' ', ''), ','), source.source)
    ) as sources
from (values (1)) as one (row_no)
left join read_parquet('published/mart_pay.parquet') as pay
    on true
