{#- Columns of every staged posting, whatever its source, with their types: what the models after
    staging read. A list is a JSON list of texts. `labels_raw` are the source's own words on
    employment type, contract and workplace where a field holds several. `pay_raw` is a JSON list of
    objects made by pay_item, `traits_raw` one of objects made by trait_item. -#}
{% macro posting_columns() %}
    {{- return([
        ['company_id', 'string'], ['title_raw', 'string'], ['description_raw', 'string'],
        ['company_name_raw', 'string'], ['url_raw', 'string'], ['employment_type_raw', 'string'],
        ['contract_raw', 'string'], ['workplace_raw', 'string'], ['language_raw', 'string'],
        ['country_raw', 'string'], ['latitude_raw', 'double'], ['longitude_raw', 'double'],
        ['locations_raw', 'list'], ['categories_raw', 'list'], ['levels_raw', 'list'],
        ['labels_raw', 'list'], ['tags_raw', 'list'], ['pay_raw', 'list'], ['traits_raw', 'list'],
        ['posted_at', 'timestamp'], ['updated_at', 'timestamp'], ['expires_at', 'timestamp'],
        ['withdrawn_at', 'timestamp'],
    ]) -}}
{% endmacro %}

{#- A column of that name and type that no source has filled. -#}
{% macro empty_posting_column(type) -%}
    {{ "'[]'" if type == 'list' else 'cast(null as ' ~ type ~ ')' }}
{%- endmacro %}

{#- All of posting_columns: those that `columns` gives as SQL, the others empty. -#}
{% macro all_posting_columns(columns) -%}
    {%- for name, type in posting_columns() %}
    {{ columns.get(name, empty_posting_column(type)) }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Texts that people wrote, in which contacts are masked: all in one, joined by a character that is
    taken out of them first. Each pattern is compiled once a place where it stands, which costs more
    than a thousand short texts. -#}
{% macro free_texts() %}
    {{- return([
        'title_raw', 'description_raw', 'company_name_raw', 'locations_raw', 'labels_raw', 'pay_raw',
        'traits_raw', 'refused',
    ]) -}}
{% endmacro %}

{#- What stands between them. -#}
{% macro text_joint() %}{{ return('\u0001') }}{% endmacro %}

{#- A column of postings as it leaves staging; in addresses of pages and in words of the source's own
    lists only e-mail addresses are masked. -#}
{% macro masked_column(name) -%}
    {%- set words = [
        'url_raw', 'employment_type_raw', 'contract_raw', 'workplace_raw', 'categories_raw',
        'levels_raw', 'tags_raw',
    ] -%}
    {%- if name in free_texts() -%}
        nullif({{ list_at('free_texts', free_texts().index(name) + 1) }}, '')
    {%- elif name in words -%}
        {{ mask_emails(name) }}
    {%- else -%}
        {{ name }}
    {%- endif -%}
{%- endmacro %}

{#- A staging model of postings. `fields` as in staged_versions; `columns` gives the SQL of those of
    posting_columns that the source has, over what `fields` yields; the others are null, lists
    empty. Contacts in texts are masked here, in what was refused too. -#}
{% macro stage_postings(source_name, relation, fields, columns, others=[]) -%}
with

{{ staged_versions(fields, relation, others=others) }},

renamed as (
    select
        -- ids
        '{{ source_name }}' as source,
        record_id,
        version_no,

        -- the posting
        {%- for name, type in posting_columns() if name in columns %}
        {%- if type == 'list' %}
        coalesce({{ columns[name] | indent(8) }}, '[]') as {{ name }},
        {%- else %}
        {{ columns[name] | indent(8) }} as {{ name }},
        {%- endif %}
        {%- endfor %}

        -- how it came
        {{ utc('fetched_at') }} as fetched_at,
        run_id,
        refused
    from refused
),

joined as (
    select
        *,
        concat_ws(
            '{{ text_joint() }}'
            {%- for name in free_texts() %},
            {{ "replace(coalesce(" ~ name ~ ", ''), '" ~ text_joint() ~ "', ' ')"
                if name in columns or name == 'refused' else "''" }}
            {%- endfor %}
        ) as free_text
    from renamed
),

parted as (
    select
        *,
        {{ text_parts(mask_contacts('free_text'), text_joint()) | indent(8) }} as free_texts
    from joined
),

masked as (
    select
        source,
        record_id,
        version_no,
        {%- for name, type in posting_columns() %}
        {%- if name in columns %}
        {{ masked_column(name) | indent(8) }} as {{ name }},
        {%- else %}
        {{ empty_posting_column(type) }} as {{ name }},
        {%- endif %}
        {%- endfor %}
        fetched_at,
        run_id,
        {{ masked_column('refused') | indent(8) }} as refused
    from parted
)

select * from masked
{%- endmacro %}

{#- One amount that a source states in a field: SQL of texts by name, of origin, text, min, max,
    currency (a code, or a sign that is read in the place's country, or `country` where the source
    states all pay in the currency of the posting's country), period, payments_year, tax_basis,
    scope, what (base, total). An item with text and neither end is read by the rules for texts: what
    the text leaves open (currency, period) is taken from the item. It is left out where there is no
    end and no text. -#}
{% macro pay_item(values) -%}
    case
        when
            coalesce(
                {{ values.get('min', 'null') }},
                {{ values.get('max', 'null') }},
                {{ values.get('text', 'null') }}
            ) is not null
            then {{ json_object_of(values) | indent(12) }}
    end
{%- endmacro %}

{#- The text of an amount that is stated in numbers alone. -#}
{% macro amounts_text(least, most) -%}
    nullif(concat_ws(' - ', {{ least }}, {{ most }}), '')
{%- endmacro %}

{#- Something a posting asks for or is like: kind, code, name, requirement (required, desired). Kinds
    are those of the seed trait_kinds. -#}
{% macro trait_item(kind, values) -%}
    case
        when coalesce({{ values.get('code', 'null') }}, {{ values.get('name', 'null') }}) is not null
            then {{ json_object_of(dict({'kind': "'" ~ kind ~ "'"}, **values)) | indent(12) }}
    end
{%- endmacro %}

{#- A JSON list of those of the items that are not null. -#}
{% macro json_list(items) -%}
    '[' || concat_ws(
        ','
        {%- for item in items %},
        {{ item | indent(8) }}
        {%- endfor %}
    ) || ']'
{%- endmacro %}
