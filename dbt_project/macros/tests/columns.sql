{#- Generic tests of our own. Each looks at several columns in one query: a test costs 50 ms, a
    column in it next to nothing. `rules_of` names a rule model: of its rows only those that its
    current rules made are looked at, since earlier ones stay until a full refresh. -#}

{% macro tested_rows(model, rules_of) -%}
    {%- if rules_of -%}
        (select * from {{ model }} where rules_hash = '{{ rules_hash(rules_of) }}') as tested
    {%- else -%}
        {{ model }}
    {%- endif -%}
{%- endmacro %}

{#- No null in any of the columns. Failing rows: the column, and how often it is null. -#}
{% test columns_not_null(model, columns, rules_of=none) %}
with

counts as (
    select
        {%- for column in columns %}
        count(*) - count({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ tested_rows(model, rules_of) }}
)

{% for column in columns %}
select
    '{{ column }}' as column_name,
    {{ column }} as n_null
from counts
where {{ column }} > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}

{#- No two rows alike in the columns together. -#}
{% test unique_together(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

{#- Values between two ends, both included; null passes. `ranges` is {column: [least, greatest]}. -#}
{% test columns_between(model, ranges, rules_of=none) %}
{% for column, ends in ranges.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as string) as value
from {{ tested_rows(model, rules_of) }}
where {{ column }} < {{ ends[0] }} or {{ column }} > {{ ends[1] }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}

{#- Only listed codes; null passes. `codes` is {column: [code, …]}. -#}
{% test columns_in(model, codes, rules_of=none) %}
{% for column, accepted in codes.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as string) as value
from {{ tested_rows(model, rules_of) }}
where {{ column }} not in ('{{ accepted | join("', '") }}')
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}

{#- The first of each pair is not above the second; null passes. `pairs` is [[lower, upper], …]. -#}
{% test columns_in_order(model, pairs) %}
{% for lower, upper in pairs %}
select
    '{{ lower }}, {{ upper }}' as column_names,
    cast({{ lower }} as string) as lower_value,
    cast({{ upper }} as string) as upper_value
from {{ model }}
where {{ lower }} > {{ upper }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}

{#- As many rows as the model that drives this one: no join has multiplied or lost rows. -#}
{% test same_rows_as(model, driver, where='true', driver_where='true') %}
with

ours as (
    select count(*) as n_rows from {{ model }}
    where {{ where }}
),

theirs as (
    select count(*) as n_rows from {{ driver }}
    where {{ driver_where }}
)

select
    ours.n_rows,
    theirs.n_rows as n_rows_of_driver
from ours
cross join theirs
where ours.n_rows != theirs.n_rows
{% endtest %}

{#- Rows for which the condition does not hold; null counts as holding. -#}
{% test holds(model, condition, rules_of=none) %}
select *
from {{ tested_rows(model, rules_of) }}
where not ({{ condition }})
{% endtest %}

{#- Text that a page can show as it is: no angle brackets. Links: https only. -#}
{% test columns_are_plain(model, columns, links=[]) %}
{% for column in columns %}
select
    '{{ column }}' as column_name,
    {{ column }} as value
from {{ model }}
where {{ column }} like '%<%' or {{ column }} like '%>%'
{% if not loop.last or links %}union all{% endif %}
{% endfor %}
{% for column in links %}
select
    '{{ column }}' as column_name,
    {{ column }} as value
from {{ model }}
where {{ column }} not like 'https://%'
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endtest %}

{#- Codes that look the same once folded and trimmed are the same. -#}
{% test not_almost_equal(model, column_name) %}
select
    {{ fold_name(trim_spaces(column_name)) }} as folded,
    count(distinct {{ column_name }}) as n_spellings
from {{ model }}
where {{ column_name }} is not null
group by 1
having count(distinct {{ column_name }}) > 1
{% endtest %}

{#- What holds of a staging model of records, in one query: the grain, the source, columns that are
    never null, JSON lists that are lists, times of this age, texts without an e-mail address. -#}
{% test staged_versions_hold(
    model, source_name, key, not_null=[], lists=[], times=[], without_contacts=[]
) %}
with

rows_that_fail as (
    select
        {{ key | join(', ') }},
        case
            when source != '{{ source_name }}' then 'source'
            when n_alike > 1 then 'two rows of one version'
            {%- for column in not_null + lists %}
            when {{ column }} is null then '{{ column }} is null'
            {%- endfor %}
            {%- for column in lists %}
            when {{ column }} not like '[%]' then '{{ column }} is no list'
            {%- endfor %}
            {%- for column in times %}
            when extract(year from {{ column }}) not between 1970 and 2099 then '{{ column }}'
            {%- endfor %}
            {%- for column in without_contacts %}
            when
                {{ column }} like '%@%'
                and {{ regex_test(column, '[A-Za-z0-9]@[A-Za-z0-9-]+[.][A-Za-z]{2}') }}
                then '{{ column }} holds an address'
            {%- endfor %}
        end as reason
    from (
        select
            *,
            count(*) over (partition by {{ key | join(', ') }}) as n_alike
        from {{ model }}
    ) as counted
)

select *
from rows_that_fail
where reason is not null
{% endtest %}
