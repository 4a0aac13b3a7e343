{%- set layers = {
    'raw': endpoint_names() + [
        'files__mappings', 'slices', 'sightings', 'runs', 'responses', 'rejected', 'breaches',
        'reference__cities', 'reference__countries', 'reference__regions',
        'reference__exchange_rates',
    ],
    'staging': endpoint_names('stg_') + [
        'stg_files__mappings', 'stg_landing__slices', 'stg_landing__sightings',
        'stg_landing__runs', 'stg_landing__responses', 'stg_landing__rejected',
        'stg_landing__breaches',
        'stg_reference__cities', 'stg_reference__countries', 'stg_reference__regions',
        'stg_reference__exchange_rates',
    ],
    'intermediate': [
        'int_posting__current', 'int_text__clean', 'int_pay__parse', 'int_pay__annualise',
        'int_place__match', 'int_title__grade', 'int_occupation__map', 'int_company__unite',
        'int_sighting__fold', 'int_trait__unite', 'int_estimate__unite', 'int_quarantine__gather',
    ],
    'normalized': [
        'posting', 'job', 'company', 'place', 'country', 'occupation', 'posting_place',
        'posting_trait', 'pay_statement', 'pay_estimate', 'survey_response', 'exchange_rate',
        'source', 'quarantine',
        'reporting_period',
    ],
    'marts': [
        'fct_posting', 'fct_pay_statement', 'bridge_posting_place', 'dim_company', 'dim_place',
        'dim_date', 'dim_source', 'dim_occupation', 'mart_overview', 'mart_pay',
        'mart_pay_history', 'mart_posting_activity', 'mart_demand',
    ],
} -%}
-- Rows of every table of every layer.
with

counts as (
    {%- for layer, tables in layers.items() %}
    {%- set layer_loop = loop %}
    {%- for table in tables %}
    select
        '{{ layer }}' as layer,
        {{ layer_loop.index }} as layer_no,
        '{{ table }}' as table_name,
        count(*) as n_rows
    from {{ source('raw', table) if layer == 'raw' else ref(table) }}
    {% if not (layer_loop.last and loop.last) %}union all{% endif %}
    {%- endfor %}
    {%- endfor %}
)

select
    layer,
    cast(layer_no as bigint) as layer_no,
    table_name,
    cast(n_rows as bigint) as n_rows
from counts
