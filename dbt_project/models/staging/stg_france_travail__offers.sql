{%- set fields = [
    ['title', '$.intitule', ['text']],
    ['description', '$.description', ['text']],
    ['created', '$.dateCreation', ['time']],
    ['updated', '$.dateActualisation', ['time']],
    ['place', '$.lieuTravail.libelle', ['text']],
    ['latitude', '$.lieuTravail.latitude', ['number']],
    ['longitude', '$.lieuTravail.longitude', ['number']],
    ['commune', '$.lieuTravail.commune', ['text']],
    ['rome_code', '$.romeCode', ['text']],
    ['rome_name', '$.romeLibelle', ['text']],
    ['company', '$.entreprise.nom', ['text']],
    ['contract', '$.typeContrat', ['text']],
    ['nature', '$.natureContrat', ['text']],
    ['hours', '$.dureeTravailLibelle', ['text']],
    ['full_or_part', '$.dureeTravailLibelleConverti', ['text']],
    ['is_alternating', '$.alternance', ['boolean']],
    ['pay', '$.salaire.libelle', ['text']],
    ['pay_comment', '$.salaire.commentaire', ['text']],
    ['pay_extras', '$.salaire.listeComplements', ['list']],
    ['experience_code', '$.experienceExige', ['text']],
    ['experience', '$.experienceLibelle', ['text']],
    ['educations', '$.formations', ['list']],
    ['languages', '$.langues', ['list']],
    ['permits', '$.permis', ['list']],
    ['tools', '$.outilsBureautiques', ['list']],
    ['skills', '$.competences', ['list']],
    ['qualities', '$.qualitesProfessionnelles', ['list']],
    ['qualification_code', '$.qualificationCode', ['text', 'number']],
    ['qualification', '$.qualificationLibelle', ['text']],
    ['travel_code', '$.deplacementCode', ['text', 'number']],
    ['travel', '$.deplacementLibelle', ['text']],
    ['schedules', '$.contexteTravail.horaires', ['list']],
    ['conditions', '$.contexteTravail.conditionsExercice', ['list']],
    ['is_accessible', '$.accessibleTH', ['boolean']],
    ['is_adapted', '$.entrepriseAdaptee', ['boolean']],
    ['is_committed', '$.employeurHandiEngage', ['boolean']],
    ['industry_code', '$.codeNAF', ['text']],
    ['industry', '$.secteurActiviteLibelle', ['text']],
    ['staff', '$.trancheEffectifEtab', ['text']],
    ['partners', '$.origineOffre.partenaires', ['list']],
    ['url', '$.origineOffre.urlOrigine', ['text']],
] -%}
{%- set item_name = json_text('item', "'$.libelle'") -%}
{%- set item_code = json_text('item', "'$.code'") -%}
{%- set requirement -%}
case {{ json_text('item', "'$.exigence'") }} when 'E' then 'required' when 'S' then 'desired' end
{%- endset -%}
{%- set place = payload_field(fields, 'place') -%}
{#- "74 - ANNECY": the number is that of the département; the label of an arrondissement or a
    département as a whole is no name of a town -#}
{%- set department = regex_group(place, '^([0-9]{2,3}|2[AB]) - ', 1) -%}
{#- what lies overseas is no part of France in the gazetteer -#}
{%- set country -%}
case when {{ department }} not like '97%' then 'France' end
{%- endset -%}
{%- set town -%}
{{ regex_replace(
    regex_replace(place, '^([0-9]{2,3}|2[AB]) - ', ''),
    ' *([0-9]+ *(?:er|e|ER|E|\u00e8me)? *(?:[Aa]rrondissement|ARRONDISSEMENT)|[(]Dept[.][)])', ''
) }}
{%- endset -%}
{{ stage_postings('france_travail', source('raw', 'france_travail__offers'), fields, {
    'title_raw': payload_field(fields, 'title'),
    'description_raw': payload_field(fields, 'description'),
    'company_name_raw': payload_field(fields, 'company'),
    'url_raw': payload_field(fields, 'url'),
    'employment_type_raw': payload_field(fields, 'full_or_part'),
    'contract_raw': payload_field(fields, 'contract'),
    'country_raw': "case when " ~ department ~ " != '' then 'FR' end",
    'latitude_raw': payload_number(fields, 'latitude'),
    'longitude_raw': payload_number(fields, 'longitude'),
    'locations_raw': json_list_of_one(
        "case when " ~ department ~ " = '' then " ~ place
        ~ " when " ~ payload_field(fields, 'commune') ~ " is null then " ~ place_label([department, country])
        ~ " else " ~ place_label([town, department, country]) ~ " end"
    ),
    'categories_raw': json_list_of_one(category_path([
        "substr(" ~ payload_field(fields, 'rome_code') ~ ", 1, 3)",
        payload_field(fields, 'rome_code'),
        payload_field(fields, 'rome_name'),
    ])),
    'labels_raw': json_list([
        json_quote(payload_field(fields, 'nature')),
        if_true(payload_field(fields, 'is_alternating'), "'\"alternance\"'"),
    ]),
    'tags_raw': payload_list(fields, 'partners', '$[*].nom'),
    'pay_raw': json_list([
        pay_item({'origin': "'advertised'", 'text': payload_field(fields, 'pay')}),
        pay_item({'origin': "'advertised'", 'text': payload_field(fields, 'pay_comment')}),
    ]),
    'traits_raw': json_list([
        json_list_map(payload_field(fields, 'languages'), trait_item(
            'language', {'name': item_name, 'requirement': requirement}
        )),
        json_list_map(payload_field(fields, 'permits'), trait_item(
            'permit', {'name': item_name, 'requirement': requirement}
        )),
        json_list_map(payload_field(fields, 'educations'), trait_item('education', {
            'code': json_text('item', "'$.codeFormation'"),
            'name': "nullif(concat_ws(', ', " ~ json_text('item', "'$.niveauLibelle'") ~ ", "
                ~ json_text('item', "'$.domaineLibelle'") ~ "), '')",
            'requirement': requirement,
        })),
        json_list_map(payload_field(fields, 'skills'), trait_item(
            'skill', {'code': item_code, 'name': item_name, 'requirement': requirement}
        )),
        json_list_map(
            payload_field(fields, 'tools'), trait_item('tool', {'name': 'item'}), texts=true
        ),
        json_list_map(payload_field(fields, 'qualities'), trait_item('quality', {'name': item_name})),
        trait_item('qualification', {
            'code': payload_field(fields, 'qualification_code'),
            'name': payload_field(fields, 'qualification'),
        }),
        trait_item('experience', {
            'code': payload_field(fields, 'experience_code'),
            'name': payload_field(fields, 'experience'),
            'requirement': "case " ~ payload_field(fields, 'experience_code')
                ~ " when 'E' then 'required' when 'S' then 'desired' end",
        }),
        trait_item('travel', {
            'code': payload_field(fields, 'travel_code'),
            'name': payload_field(fields, 'travel'),
        }),
        trait_item('schedule', {'name': payload_field(fields, 'hours')}),
        json_list_map(
            payload_field(fields, 'schedules'), trait_item('schedule', {'name': 'item'}), texts=true
        ),
        json_list_map(
            payload_field(fields, 'conditions'), trait_item('work_context', {'name': 'item'}),
            texts=true
        ),
        if_true(
            payload_field(fields, 'is_accessible'),
            trait_item('accessibility', {'code': "'accessible'"})
        ),
        if_true(
            payload_field(fields, 'is_adapted'),
            trait_item('accessibility', {'code': "'adapted_employer'"})
        ),
        if_true(
            payload_field(fields, 'is_committed'),
            trait_item('accessibility', {'code': "'committed_employer'"})
        ),
        trait_item('industry', {
            'code': payload_field(fields, 'industry_code'),
            'name': payload_field(fields, 'industry'),
        }),
        trait_item('staff', {'name': payload_field(fields, 'staff')}),
        json_list_map(payload_field(fields, 'pay_extras'), trait_item(
            'benefit', {'code': item_code, 'name': item_name}
        )),
    ]),
    'posted_at': iso_timestamp(payload_field(fields, 'created')),
    'updated_at': iso_timestamp(payload_field(fields, 'updated')),
}) }}
