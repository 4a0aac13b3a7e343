{{ stage_jsearch_estimates('company_salary') }}
