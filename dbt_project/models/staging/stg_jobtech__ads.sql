{%- set fields = [
    ['title', '$.headline', ['text']],
    ['description', '$.description.text', ['text']],
    ['formatted', '$.description.text_formatted', ['text']],
    ['conditions', '$.description.conditions', ['text']],
    ['company', '$.employer.name', ['text']],
    ['company_id', '$.employer.organization_number', ['text']],
    ['url', '$.webpage_url', ['text']],
    ['employment_type', '$.employment_type', ['object', 'list']],
    ['hours', '$.working_hours_type', ['object', 'list']],
    ['duration', '$.duration', ['object', 'list']],
    ['salary', '$.salary_description', ['text']],
    ['occupation', '$.occupation', ['object', 'list']],
    ['occupation_group', '$.occupation_group', ['object', 'list']],
    ['occupation_field', '$.occupation_field', ['object', 'list']],
    ['municipality', '$.workplace_address.municipality', ['text']],
    ['region', '$.workplace_address.region', ['text']],
    ['country', '$.workplace_address.country', ['text']],
    ['city', '$.workplace_address.city', ['text']],
    ['longitude', '$.workplace_address.coordinates[0]', ['number']],
    ['latitude', '$.workplace_address.coordinates[1]', ['number']],
    ['is_remote', '$.remote_work', ['boolean', 'object']],
    ['licences', '$.driving_license', ['list']],
    ['is_licence_required', '$.driving_license_required', ['boolean']],
    ['is_car_required', '$.access_to_own_car', ['boolean']],
    ['is_experience_required', '$.experience_required', ['boolean']],
    ['must_skills', '$.must_have.skills', ['list']],
    ['must_languages', '$.must_have.languages', ['list']],
    ['must_experiences', '$.must_have.work_experiences', ['list']],
    ['must_education', '$.must_have.education', ['list']],
    ['must_levels', '$.must_have.education_level', ['list']],
    ['nice_skills', '$.nice_to_have.skills', ['list']],
    ['nice_languages', '$.nice_to_have.languages', ['list']],
    ['nice_experiences', '$.nice_to_have.work_experiences', ['list']],
    ['nice_education', '$.nice_to_have.education', ['list']],
    ['nice_levels', '$.nice_to_have.education_level', ['list']],
    ['published', '$.publication_date', ['time']],
    ['deadline', '$.application_deadline', ['time']],
    ['last_day', '$.last_publication_date', ['time']],
    ['is_removed', '$.removed', ['boolean']],
    ['removed', '$.removed_date', ['time']],
    ['changed', '$.timestamp', ['number']],
] -%}
{%- set traits = [] -%}
{%- for word, requirement in [('must', 'required'), ('nice', 'desired')] -%}
    {%- for name, kind in [
        ('skills', 'skill'), ('languages', 'language'), ('experiences', 'experience'),
        ('education', 'education'), ('levels', 'education'),
    ] -%}
        {%- do traits.append(json_list_map(
            payload_field(fields, word ~ '_' ~ name),
            trait_item(kind, {
                'code': json_text('item', "'$.concept_id'"),
                'name': json_text('item', "'$.label'"),
                'requirement': "'" ~ requirement ~ "'",
            })
        )) -%}
    {%- endfor -%}
{%- endfor -%}
{%- do traits.append(json_list_map(payload_field(fields, 'licences'), trait_item('permit', {
    'code': json_text('item', "'$.concept_id'"),
    'name': json_text('item', "'$.label'"),
    'requirement': if_true(payload_field(fields, 'is_licence_required'), "'required'"),
}))) -%}
{%- do traits.append(if_true(
    payload_field(fields, 'is_car_required'),
    trait_item('permit', {'code': "'own_car'", 'requirement': "'required'"})
)) -%}
{%- do traits.append(if_true(
    payload_field(fields, 'is_experience_required'),
    trait_item('experience', {'code': "'required'", 'requirement': "'required'"})
)) -%}
{{ stage_postings('jobtech', source('raw', 'jobtech__ads'), fields, {
    'company_id': payload_field(fields, 'company_id'),
    'title_raw': payload_field(fields, 'title'),
    'description_raw': "concat_ws('<br>', coalesce(nullif(" ~ payload_field(fields, 'formatted')
        ~ ", ''), " ~ payload_field(fields, 'description') ~ "), "
        ~ payload_field(fields, 'conditions') ~ ")",
    'company_name_raw': payload_field(fields, 'company'),
    'url_raw': payload_field(fields, 'url'),
    'employment_type_raw': jobtech_label(fields, 'hours'),
    'contract_raw': jobtech_label(fields, 'employment_type'),
    'workplace_raw': if_true(payload_field(fields, 'is_remote'), "'remote'"),
    'latitude_raw': payload_number(fields, 'latitude'),
    'longitude_raw': payload_number(fields, 'longitude'),
    'locations_raw': json_list_of_one(place_label([
        "coalesce(" ~ payload_field(fields, 'municipality') ~ ", "
            ~ payload_field(fields, 'city') ~ ")",
        payload_field(fields, 'region'),
        payload_field(fields, 'country'),
    ])),
    'categories_raw': json_list_of_one(category_path([
        jobtech_label(fields, 'occupation_field'), jobtech_label(fields, 'occupation_group'), jobtech_label(fields, 'occupation'),
    ])),
    'labels_raw': json_list([json_quote(jobtech_label(fields, 'duration'))]),
    'pay_raw': json_list([pay_item({
        'origin': "'advertised'", 'text': payload_field(fields, 'salary'),
    })]),
    'traits_raw': json_list(traits),
    'posted_at': local_timestamp(payload_field(fields, 'published'), 'Europe/Stockholm'),
    'updated_at': epoch_timestamp(payload_field(fields, 'changed')),
    'expires_at': local_timestamp(
        "coalesce(" ~ payload_field(fields, 'deadline') ~ ", " ~ payload_field(fields, 'last_day') ~ ")",
        'Europe/Stockholm'
    ),
    'withdrawn_at': if_true(
        payload_field(fields, 'is_removed'),
        local_timestamp(payload_field(fields, 'removed'), 'Europe/Stockholm')
    ),
}) }}
