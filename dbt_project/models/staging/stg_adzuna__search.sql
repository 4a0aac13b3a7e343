{%- set fields = [
    ['title', '$.title', ['text']],
    ['description', '$.description', ['text']],
    ['full_description', '$.full_description', ['text']],
    ['company', '$.company.display_name', ['text']],
    ['url', '$.redirect_url', ['text']],
    ['area', '$.location.area', ['list']],
    ['place', '$.location.display_name', ['text']],
    ['latitude', '$.latitude', ['number']],
    ['longitude', '$.longitude', ['number']],
    ['category', '$.category.tag', ['text']],
    ['contract_time', '$.contract_time', ['text']],
    ['contract_type', '$.contract_type', ['text']],
    ['pay_min', '$.salary_min', ['number']],
    ['pay_max', '$.salary_max', ['number']],
    ['is_predicted', '$.salary_is_predicted', ['text', 'number', 'boolean']],
    ['created', '$.created', ['time']],
] -%}
{%- set area = json_text_list(payload_field(fields, 'area'), '$[*]') -%}
{#- areas go from the country down, labels the other way round -#}
{%- set areas = [] -%}
{%- for part_no in range(8, 0, -1) -%}{%- do areas.append(list_at(area, part_no)) -%}{%- endfor -%}
{{ stage_postings('adzuna', source('raw', 'adzuna__search'), fields, {
    'title_raw': payload_field(fields, 'title'),
    'description_raw': "coalesce(" ~ payload_field(fields, 'full_description') ~ ", "
        ~ payload_field(fields, 'description') ~ ")",
    'company_name_raw': trim_spaces(payload_field(fields, 'company')),
    'url_raw': payload_field(fields, 'url'),
    'employment_type_raw': payload_field(fields, 'contract_time'),
    'contract_raw': payload_field(fields, 'contract_type'),
    'country_raw': upper_code(json_text('request', "'$.country'")),
    'latitude_raw': payload_number(fields, 'latitude'),
    'longitude_raw': payload_number(fields, 'longitude'),
    'locations_raw': json_list_of_one("coalesce(" ~ place_label(areas) ~ ", "
        ~ payload_field(fields, 'place') ~ ")"),
    'categories_raw': json_list_of_one(payload_field(fields, 'category')),
    'pay_raw': json_list([pay_item({
        'origin': "case when " ~ payload_field(fields, 'is_predicted')
            ~ " in ('1', 'true') then 'predicted' else 'advertised' end",
        'text': amounts_text(payload_field(fields, 'pay_min'), payload_field(fields, 'pay_max')),
        'min': payload_field(fields, 'pay_min'),
        'max': payload_field(fields, 'pay_max'),
        'currency': "'country'",
        'period': "'year'",
    })]),
    'posted_at': iso_timestamp(payload_field(fields, 'created')),
}, others=['request']) }}
