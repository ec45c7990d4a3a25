-- Everything that tells one schema from another: columns, indexes, foreign keys, a line each.
SELECT format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, ' default ' || pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0
   AND c.relname NOT IN ('schema_migrations', 'ar_internal_metadata')
UNION ALL
SELECT indexdef FROM pg_indexes
 WHERE schemaname = 'public' AND tablename NOT IN ('schema_migrations', 'ar_internal_metadata')
UNION ALL
SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
 WHERE contype = 'f' AND connamespace = 'public'::regnamespace
ORDER BY 1;
