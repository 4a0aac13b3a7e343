{#- What lands, by source and endpoint: each has a raw table raw.<source>__<endpoint> and a staging
    model stg_<source>__<endpoint>. Adding one here takes it into every model that goes over all. -#}

{#- Endpoints whose records are postings, staged by stage_postings. -#}
{% macro posting_endpoints() %}
    {{- return([
        ('the_muse', 'jobs'), ('demo', 'jobs'),
        ('adzuna', 'search'), ('france_travail', 'offers'), ('jsearch', 'search'),
        ('jobtech', 'ads'), ('greenhouse', 'jobs'), ('lever', 'jobs'), ('ashby', 'jobs'),
        ('arbeitnow', 'jobs'), ('himalayas', 'jobs'), ('arbeitsagentur', 'jobs'),
    ]) -}}
{% endmacro %}

{#- Endpoints whose records are employers. -#}
{% macro company_endpoints() %}
    {{- return([('the_muse', 'companies'), ('demo', 'companies')]) -}}
{% endmacro %}

{#- Endpoints that publish something about many: pay, counts of ads. -#}
{% macro estimate_endpoints() %}
    {{- return([
        ('adzuna', 'histogram'), ('adzuna', 'history'), ('adzuna', 'top_companies'),
        ('adzuna', 'geodata'), ('jsearch', 'estimated_salary'), ('jsearch', 'company_salary'),
    ]) -}}
{% endmacro %}

{#- Endpoints whose records are the codes of a source and their names. -#}
{% macro code_endpoints() %}
    {{- return([('adzuna', 'categories'), ('france_travail', 'referentials')]) -}}
{% endmacro %}

{#- All that have one row a version of a record. -#}
{% macro version_endpoints() %}
    {{- return(
        posting_endpoints() + company_endpoints() + estimate_endpoints() + code_endpoints()
        + [('files', 'rows')]
    ) -}}
{% endmacro %}

{#- Names of their raw tables, or of their staging models with the prefix of these. -#}
{% macro endpoint_names(prefix='') %}
    {%- set names = [] -%}
    {%- for source, endpoint in version_endpoints() -%}
        {%- do names.append(prefix ~ source ~ '__' ~ endpoint) -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}
