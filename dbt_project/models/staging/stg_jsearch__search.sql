{%- set fields = [
    ['title', '$.job_title', ['text']],
    ['description', '$.job_description', ['text']],
    ['company', '$.employer_name', ['text']],
    ['url', '$.job_apply_link', ['text']],
    ['google_url', '$.job_google_link', ['text']],
    ['publisher', '$.job_publisher', ['text']],
    ['employment_type', '$.job_employment_type', ['text']],
    ['employment_types', '$.job_employment_types', ['list']],
    ['arrangement', '$.work_arrangement', ['text']],
    ['is_remote', '$.job_is_remote', ['boolean', 'text']],
    ['language', '$.job_posting_language', ['text']],
    ['location', '$.job_location', ['text']],
    ['city', '$.job_city', ['text']],
    ['state', '$.job_state', ['text']],
    ['country', '$.job_country', ['text']],
    ['latitude', '$.job_latitude', ['number']],
    ['longitude', '$.job_longitude', ['number']],
    ['pay', '$.job_salary', ['number', 'text']],
    ['pay_min', '$.job_min_salary', ['number']],
    ['pay_max', '$.job_max_salary', ['number']],
    ['pay_period', '$.job_salary_period', ['text']],
    ['pay_currency', '$.job_salary_currency', ['text']],
    ['pay_text', '$.job_salary_string', ['text']],
    ['soc', '$.job_onet_soc', ['text']],
    ['categories', '$.job_occupational_categories', ['list']],
    ['qualifications', '$.job_highlights.Qualifications', ['list']],
    ['benefits', '$.job_benefits_strings', ['list']],
    ['benefit_codes', '$.job_benefits', ['list']],
    ['benefit_words', '$.job_highlights.Benefits', ['list']],
    ['skills', '$.job_required_skills', ['list']],
    ['months', '$.job_required_experience.required_experience_in_months', ['number', 'text']],
    ['no_experience', '$.job_required_experience.no_experience_required', ['boolean', 'text']],
    ['bachelor', '$.job_required_education.bachelors_degree', ['boolean', 'text']],
    ['postgraduate', '$.job_required_education.postgraduate_degree', ['boolean', 'text']],
    ['associate', '$.job_required_education.associates_degree', ['boolean', 'text']],
    ['high_school', '$.job_required_education.high_school', ['boolean', 'text']],
    ['certification', '$.job_required_education.professional_certification', ['boolean', 'text']],
    ['posted', '$.job_posted_at_datetime_utc', ['time']],
    ['posted_epoch', '$.job_posted_at_timestamp', ['number']],
    ['expires', '$.job_offer_expiration_datetime_utc', ['time']],
    ['expires_epoch', '$.job_offer_expiration_timestamp', ['number']],
] -%}
{%- set pay_folded = fold_name(payload_field(fields, 'pay_text')) -%}
{#- the sign before the first amount, else the one behind it; without a text the country tells -#}
{%- set sign_before = regex_group(pay_folded, '^[a-z ]*?((?:[a-z]{1,3})?[^a-z0-9 .,-]+|[a-z]{3} )[0-9]', 1) -%}
{%- set sign_behind = regex_group(pay_folded, '^[0-9][0-9 .,k-]*([^a-z0-9 .,-]|eur|usd|gbp|chf|sek|pln|zl)', 1) -%}
{%- set amount = payload_field(fields, 'pay') -%}
{%- set traits = [
    json_list_map(
        payload_field(fields, 'qualifications'), trait_item('qualification', {'name': 'item'}),
        texts=true
    ),
    json_list_map(
        payload_field(fields, 'skills'),
        trait_item('skill', {'name': "nullif(" ~ trim_spaces(
            regex_replace(regex_replace('item', '<[^<>]*>', ' '), '[ \u00a0]+', ' ')
        ) ~ ", '')"}),
        texts=true
    ),
    "coalesce(" ~ json_list_map(
        payload_field(fields, 'benefits'), trait_item('benefit', {'name': 'item'}), texts=true
    ) ~ ", " ~ json_list_map(
        payload_field(fields, 'benefit_codes'), trait_item('benefit', {'code': 'item'}), texts=true
    ) ~ ")",
    json_list_map(
        payload_field(fields, 'benefit_words'), trait_item('benefit', {'name': 'item'}), texts=true
    ),
    trait_item('experience', {
        'name': "case when " ~ regex_test(payload_field(fields, 'months'), '^[0-9]+$') ~ " then "
            ~ payload_field(fields, 'months') ~ " || ' months' end",
        'requirement': "'required'",
    }),
    if_true(
        payload_field(fields, 'no_experience'), trait_item('experience', {'code': "'none'"})
    ),
] -%}
{%- for name in ['bachelor', 'postgraduate', 'associate', 'high_school', 'certification'] -%}
    {%- do traits.append(if_true(
        payload_field(fields, name), trait_item('education', {'code': "'" ~ name ~ "'"})
    )) -%}
{%- endfor -%}
{{ stage_postings('jsearch', source('raw', 'jsearch__search'), fields, {
    'title_raw': payload_field(fields, 'title'),
    'description_raw': payload_field(fields, 'description'),
    'company_name_raw': payload_field(fields, 'company'),
    'url_raw': "coalesce(" ~ payload_field(fields, 'url') ~ ", " ~ payload_field(fields, 'google_url') ~ ")",
    'workplace_raw': "coalesce(" ~ if_true(payload_field(fields, 'is_remote'), "'remote'") ~ ", "
        ~ payload_field(fields, 'arrangement') ~ ")",
    'language_raw': payload_field(fields, 'language'),
    'country_raw': payload_field(fields, 'country'),
    'latitude_raw': payload_number(fields, 'latitude'),
    'longitude_raw': payload_number(fields, 'longitude'),
    'locations_raw': json_list_of_one("coalesce(" ~ place_label([
        payload_field(fields, 'city'), payload_field(fields, 'state'),
    ]) ~ ", " ~ regex_replace(payload_field(fields, 'location'), ' *\u2022.*$', '') ~ ")"),
    'categories_raw': json_list_of_one(category_path([
        "'SOC ' || nullif(" ~ regex_group(payload_field(fields, 'soc'), '^[0-9]{2}', 0) ~ ", '')",
        payload_field(fields, 'soc'),
        list_at(json_text_list(payload_field(fields, 'categories'), '$[*]'), 1),
    ])),
    'labels_raw': "coalesce(nullif(" ~ payload_list(fields, 'employment_types') ~ ", '[]'), "
        ~ json_list_of_one(payload_field(fields, 'employment_type')) ~ ")",
    'tags_raw': json_list_of_one(payload_field(fields, 'publisher')),
    'pay_raw': json_list([pay_item({
        'origin': "'advertised'",
        'text': "coalesce(" ~ payload_field(fields, 'pay_text') ~ ", " ~ amounts_text(
            payload_field(fields, 'pay_min'), payload_field(fields, 'pay_max')
        ) ~ ", " ~ amount ~ ")",
        'min': "coalesce(" ~ payload_field(fields, 'pay_min') ~ ", case when "
            ~ payload_field(fields, 'pay_max') ~ " is null then " ~ amount ~ " end)",
        'max': "coalesce(" ~ payload_field(fields, 'pay_max') ~ ", case when "
            ~ payload_field(fields, 'pay_min') ~ " is null then " ~ amount ~ " end)",
        'currency': "coalesce(" ~ payload_field(fields, 'pay_currency') ~ ", nullif("
            ~ trim_spaces(sign_before) ~ ", ''), nullif(" ~ sign_behind ~ ", ''), 'country')",
        'period': period_of_code(payload_field(fields, 'pay_period')),
    })]),
    'traits_raw': json_list(traits),
    'posted_at': "coalesce(" ~ iso_timestamp(payload_field(fields, 'posted')) ~ ", "
        ~ epoch_timestamp(payload_field(fields, 'posted_epoch')) ~ ")",
    'expires_at': "coalesce(" ~ iso_timestamp(payload_field(fields, 'expires')) ~ ", "
        ~ epoch_timestamp(payload_field(fields, 'expires_epoch')) ~ ")",
}) }}
