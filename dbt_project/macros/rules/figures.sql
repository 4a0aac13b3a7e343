{#- What all figures of the `mart_` models share. Each is the inside of a CTE, or an expression, over
    CTEs of these names: sources, posting_places, places, rates. -#}

{#- The rows of a CTE whose source the audience may see in figures, as far as a condition holds. -#}
{% macro rows_for_audience(relation, condition='') -%}
    select {{ relation }}.*
    from {{ relation }}
    inner join sources on {{ relation }}.source = sources.source
    where {{ in_audience('sources') }}{{ ' and ' ~ relation ~ '.' ~ condition if condition }}
{%- endmacro %}

{#- Each job once in each place of any of its postings. `columns` are those of the place. -#}
{% macro places_of_jobs(postings, columns, job_key='job_key') -%}
    select distinct
        {{ postings }}.job_key{{ ' as ' ~ job_key if job_key != 'job_key' }},
        {{ columns | join(',\n        ') }}
    from {{ postings }}
    inner join posting_places on {{ postings }}.posting_key = posting_places.posting_key
    inner join places on posting_places.place_key = places.place_key
{%- endmacro %}

{#- The pay point of a statement in the currency of a country. -#}
{% macro point_in_currency(statements, currency) -%}
    case
        when {{ statements }}.currency = {{ currency }} then {{ statements }}.annual_point
        else {{ round_half_up(statements ~ '.annual_point_eur * rates.per_eur') }}
    end
{%- endmacro %}

{#- The points of pay cells in their order, for medians and their intervals. -#}
{% macro ranked_points(relation, cell, condition='') -%}
    select
        *,
        row_number() over (
            partition by {{ cell | join(', ') }}
            order by annual_point nulls last, pay_statement_key
        ) as point_no,
        count(*) over (partition by {{ cell | join(', ') }}) as n_points
    from {{ relation }}
    where annual_point is not null{{ ' and ' ~ condition if condition }}
{%- endmacro %}

{#- An end, low or high, of the 95 % interval of the median of ranked points. -#}
{% macro median_end(end) -%}
    max(case when point_no = {{ median_rank('n_points', end) }} then annual_point end)
{%- endmacro %}

{#- Whether a cell is too small to hold an amount: under 10 jobs, or under 5 employers where they are
    known. -#}
{% macro is_small_cell(n_jobs, n_employers, origin) -%}
    {{ n_jobs }} < 10 or ({{ n_employers }} < 5 and {{ origin }} != 'surveyed')
{%- endmacro %}
