-- 사업자등록번호: ten digits, the last of which checks the nine before it (weights 1 3 7 1 3 7 1 3 5, plus floor(5 d9 / 10)).
CREATE FUNCTION is_business_number(p_number text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT p_number ~ '^[0-9]{10}$' AND p_number <> '0000000000' AND (
        SELECT (10 - (sum(substr(p_number, place::int, 1)::int * weight)
                      + substr(p_number, 9, 1)::int * 5 / 10) % 10) % 10
        FROM unnest(ARRAY[1, 3, 7, 1, 3, 7, 1, 3, 5]) WITH ORDINALITY AS w(weight, place)
    ) = right(p_number, 1)::int
$$;
