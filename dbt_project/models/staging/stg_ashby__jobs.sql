{%- set fields = [
    ['title', '$.title', ['text']],
    ['description', '$.descriptionHtml', ['text']],
    ['plain', '$.descriptionPlain', ['text']],
    ['url', '$.jobUrl', ['text']],
    ['location', '$.location', ['text']],
    ['city', '$.address.postalAddress.addressLocality', ['text']],
    ['region', '$.address.postalAddress.addressRegion', ['text']],
    ['country', '$.address.postalAddress.addressCountry', ['text']],
    ['others', '$.secondaryLocations', ['list']],
    ['department', '$.department', ['text']],
    ['team', '$.team', ['text']],
    ['employment_type', '$.employmentType', ['text']],
    ['workplace', '$.workplaceType', ['text']],
    ['is_remote', '$.isRemote', ['boolean']],
    ['tiers', '$.compensation.compensationTiers', ['list']],
    ['parts', '$.compensation.summaryComponents', ['list']],
    ['pay_text', '$.compensation.compensationTierSummary', ['text']],
    ['published', '$.publishedAt', ['time']],
] -%}
{%- set item_place -%}
coalesce(
    {{ place_label([
        json_text('item', "'$.address.addressLocality'"),
        json_text('item', "'$.address.addressRegion'"),
        json_text('item', "'$.address.addressCountry'"),
    ]) }},
    {{ place_label([
        json_text('item', "'$.address.postalAddress.addressLocality'"),
        json_text('item', "'$.address.postalAddress.addressRegion'"),
        json_text('item', "'$.address.postalAddress.addressCountry'"),
    ]) }},
    {{ json_text('item', "'$.location'") }}
)
{%- endset -%}
{#- with the address known, the label is of use only where it says remote -#}
{{ stage_postings('ashby', source('raw', 'ashby__jobs'), fields, {
    'company_id': json_text('request', "'$.board'"),
    'title_raw': payload_field(fields, 'title'),
    'description_raw': "coalesce(" ~ payload_field(fields, 'description') ~ ", "
        ~ payload_field(fields, 'plain') ~ ")",
    'company_name_raw': json_text('request', "'$.board'"),
    'url_raw': payload_field(fields, 'url'),
    'employment_type_raw': payload_field(fields, 'employment_type'),
    'workplace_raw': "coalesce(" ~ payload_field(fields, 'workplace') ~ ", "
        ~ if_true(payload_field(fields, 'is_remote'), "'Remote'") ~ ")",
    'locations_raw': json_list([
        json_quote("coalesce(" ~ place_label([
            payload_field(fields, 'city'), payload_field(fields, 'region'),
            payload_field(fields, 'country'),
        ]) ~ ", " ~ payload_field(fields, 'location') ~ ")"),
        json_list_map(payload_field(fields, 'others'), json_quote(item_place)),
    ]),
    'categories_raw': json_list([
        json_quote(payload_field(fields, 'team')), json_quote(payload_field(fields, 'department')),
    ]),
    'pay_raw': json_list([
        "coalesce(" ~ json_list_map(
            payload_field(fields, 'tiers'),
            json_list_map(
                json_text('tier', "'$.components'"),
                ashby_salary("nullif(" ~ json_text('tier', "'$.title'") ~ ", '')")
            ),
            item='tier'
        ) ~ ", " ~ json_list_map(payload_field(fields, 'parts'), ashby_salary('cast(null as string)')) ~ ")",
    ]),
    'posted_at': iso_timestamp(payload_field(fields, 'published')),
}, others=['request']) }}
