{%- set fields = [
    ['title', '$.title', ['text']],
    ['description', '$.description', ['text']],
    ['excerpt', '$.excerpt', ['text']],
    ['company', '$.companyName', ['text']],
    ['company_slug', '$.companySlug', ['text']],
    ['url', '$.guid', ['text']],
    ['employment_type', '$.employmentType', ['text', 'list']],
    ['seniority', '$.seniority', ['list', 'text']],
    ['locations', '$.locationRestrictions', ['list']],
    ['categories', '$.categories', ['list']],
    ['parent_categories', '$.parentCategories', ['list']],
    ['pay_min', '$.minSalary', ['number']],
    ['pay_max', '$.maxSalary', ['number']],
    ['period', '$.salaryPeriod', ['text']],
    ['currency', '$.currency', ['text']],
    ['published', '$.pubDate', ['number']],
    ['expires', '$.expiryDate', ['number']],
] -%}
{#- the work is remote, and places say from where one may do it: names, or objects with a name -#}
{%- set named_places = payload_list(fields, 'locations', '$[*].name') -%}
{{ stage_postings('himalayas', source('raw', 'himalayas__jobs'), fields, {
    'company_id': payload_field(fields, 'company_slug'),
    'title_raw': payload_field(fields, 'title'),
    'description_raw': "coalesce(" ~ payload_field(fields, 'description') ~ ", "
        ~ payload_field(fields, 'excerpt') ~ ")",
    'company_name_raw': payload_field(fields, 'company'),
    'url_raw': payload_field(fields, 'url'),
    'workplace_raw': "'remote'",
    'locations_raw': "coalesce(nullif(" ~ named_places ~ ", '[]'), "
        ~ payload_list(fields, 'locations') ~ ")",
    'categories_raw': json_list([
        "nullif(" ~ inner_list(payload_list(fields, 'parent_categories')) ~ ", '')",
        "nullif(" ~ inner_list(payload_list(fields, 'categories')) ~ ", '')",
    ]),
    'levels_raw': list_or_one(fields, 'seniority'),
    'labels_raw': list_or_one(fields, 'employment_type'),
    'pay_raw': json_list([pay_item({
        'origin': "'advertised'",
        'text': amounts_text(payload_field(fields, 'pay_min'), payload_field(fields, 'pay_max')),
        'min': payload_field(fields, 'pay_min'),
        'max': payload_field(fields, 'pay_max'),
        'currency': payload_field(fields, 'currency'),
        'period': period_of_code(payload_field(fields, 'period')),
    })]),
    'posted_at': epoch_timestamp(payload_field(fields, 'published')),
    'expires_at': epoch_timestamp(payload_field(fields, 'expires')),
}) }}
