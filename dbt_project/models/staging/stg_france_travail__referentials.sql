{{ stage_records('france_travail', source('raw', 'france_travail__referentials'), [
    ['referential', '$.referential', ['text']],
    ['code', '$.code', ['text', 'number']],
    ['name', '$.libelle', ['text']],
    ['postcode', '$.codePostal', ['text', 'number']],
    ['department', '$.codeDepartement', ['text', 'number']],
    ['region', '$.region.code', ['text', 'number']],
], {
    'referential_raw': 'referential',
    'code_raw': 'code',
    'name_raw': 'name',
    'postcode_raw': 'postcode',
    'department_code_raw': 'department',
    'region_code_raw': 'region',
}) }}
