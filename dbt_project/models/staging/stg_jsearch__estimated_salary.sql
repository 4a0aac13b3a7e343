{{ stage_jsearch_estimates('estimated_salary') }}
