-- Documents that point along one dimension each, the nearest to the first of them, and how they are found.
SET enable_seqscan = off;
INSERT INTO documents (title, embedding, created_at, updated_at)
SELECT 'along ' || n, (array_fill(0.01::real, ARRAY[n]) || 1::real || array_fill(0.01::real, ARRAY[1535 - n]))::vector, now(), now()
  FROM generate_series(1, 40) AS n;
SELECT b.title FROM documents a, LATERAL (SELECT title FROM documents ORDER BY embedding <=> a.embedding LIMIT 1) b
 WHERE a.title = 'along 7';
EXPLAIN (COSTS OFF) SELECT title FROM documents
 ORDER BY embedding <=> (SELECT embedding FROM documents WHERE title = 'along 7') LIMIT 5;
