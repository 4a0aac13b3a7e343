{%- set fields = [
    ['title', '$.titel', ['text']],
    ['full_title', '$.details.stellenangebotsTitel', ['text']],
    ['description', '$.details.stellenangebotsBeschreibung', ['text']],
    ['trade', '$.beruf', ['text']],
    ['main_trade', '$.details.hauptberuf', ['text']],
    ['company', '$.arbeitgeber', ['text']],
    ['company_id', '$.kundennummerHash', ['text']],
    ['number', '$.refnr', ['text']],
    ['external_url', '$.externeUrl', ['text']],
    ['city', '$.arbeitsort.ort', ['text']],
    ['region', '$.arbeitsort.region', ['text']],
    ['country', '$.arbeitsort.land', ['text']],
    ['latitude', '$.arbeitsort.koordinaten.lat', ['number']],
    ['longitude', '$.arbeitsort.koordinaten.lon', ['number']],
    ['sites', '$.details.stellenlokationen', ['list']],
    ['kind', '$.details.stellenangebotsart', ['text']],
    ['term', '$.details.befristung', ['text']],
    ['is_agency', '$.details.istArbeitnehmerUeberlassung', ['boolean']],
    ['hours', '$.details.arbeitszeitmodelle', ['list']],
    ['is_for_disabled', '$.details.nurFuerSchwerbehinderte', ['boolean']],
    ['pay', '$.details.verguetung', ['text']],
    ['published', '$.aktuelleVeroeffentlichungsdatum', ['time']],
    ['changed', '$.modifikationsTimestamp', ['time']],
] -%}
{%- set own_place = place_label([
    payload_field(fields, 'city'), payload_field(fields, 'region'), payload_field(fields, 'country'),
]) -%}
{%- set site_place = place_label([
    json_text('item', "'$.adresse.ort'"), json_text('item', "'$.adresse.region'"),
    json_text('item', "'$.adresse.land'"),
]) -%}
{#- the offer's own address is public, those of other sites are theirs -#}
{{ stage_postings('arbeitsagentur', source('raw', 'arbeitsagentur__jobs'), fields, {
    'company_id': payload_field(fields, 'company_id'),
    'title_raw': "coalesce(" ~ payload_field(fields, 'title') ~ ", "
        ~ payload_field(fields, 'full_title') ~ ", " ~ payload_field(fields, 'trade') ~ ")",
    'description_raw': payload_field(fields, 'description'),
    'company_name_raw': payload_field(fields, 'company'),
    'url_raw': "coalesce(" ~ payload_field(fields, 'external_url')
        ~ ", 'https://www.arbeitsagentur.de/jobsuche/jobdetail/' || "
        ~ payload_field(fields, 'number') ~ ")",
    'contract_raw': payload_field(fields, 'term'),
    'latitude_raw': payload_number(fields, 'latitude'),
    'longitude_raw': payload_number(fields, 'longitude'),
    'locations_raw': "coalesce(nullif(" ~ json_list([
        json_list_map(payload_field(fields, 'sites'), json_quote(site_place))
    ]) ~ ", '[]'), " ~ json_list_of_one(own_place) ~ ")",
    'categories_raw': json_list([
        json_quote(payload_field(fields, 'trade')), json_quote(payload_field(fields, 'main_trade')),
    ]),
    'labels_raw': json_list([
        if_true(payload_field(fields, 'is_agency'), "'\"ZEITARBEIT\"'"),
        json_quote(payload_field(fields, 'kind')),
        json_list_map(payload_field(fields, 'hours'), json_quote('item'), texts=true),
    ]),
    'pay_raw': json_list([pay_item({
        'origin': "'advertised'", 'text': payload_field(fields, 'pay'),
    })]),
    'traits_raw': json_list([if_true(
        payload_field(fields, 'is_for_disabled'),
        trait_item('accessibility', {'code': "'only_disabled'"})
    )]),
    'posted_at': local_timestamp(payload_field(fields, 'published'), 'Europe/Berlin'),
    'updated_at': local_timestamp(payload_field(fields, 'changed'), 'Europe/Berlin'),
}) }}
