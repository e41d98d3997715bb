-- Seals. Whatever is written into a sealed table waits in `seal_waiting`, by a trigger of the same transaction, until
-- seal_next() takes it into the next seal. A row that is not committed is not seen waiting, and one that is stays until
-- it is sealed; so in whichever order ids are given out and transactions commit, none is passed over, and no writer
-- waits for the sealer.
--
-- Canonical form 1, which `seal.version` names and which is never edited (a changed one is added beside it):
--   content  a row's fixed columns as the text of a jsonb object: keys in PostgreSQL's order of jsonb, moments in UTC,
--            nothing that depends on a session's settings, so that it is the same after dump and restore
--   digest   sha256(salt || content). A certificate's: sha256(hex(sha256(salt || content)) || ' ' || shown), where
--            `shown` is what anybody with its number may know. The salt is the seal's own and is never shown, so that a
--            digest tells nothing of what it covers.
--   leaf     sha256(0x00 || '<of> <id> <hex of digest>')
--   node     sha256(0x01 || left || right); an odd one out goes up as it is (the tree of RFC 6962). Leaves are in the
--            order of `of`, byte by byte, then id.
--   head     sha256('dure seal 1 <number> <hex of the head before> <hex of root> <leaves> <time of sealing>')

CREATE FUNCTION seal_content_1() RETURNS TABLE (
    of text, row_id bigint, within text, within_id bigint, content text, shown text
) LANGUAGE sql STABLE AS $$
    SELECT 'audit_event', id, 'audit_event', id, jsonb_build_object(
        'id', id, 'at', at AT TIME ZONE 'UTC', 'actor_id', actor_id, 'organization_id', organization_id,
        'action', action, 'subject_type', subject_type, 'subject_id', subject_id, 'before', before, 'after', after,
        'request_id', request_id)::text, NULL::text
    FROM audit_event
    UNION ALL
    SELECT 'account', id, 'account', id, jsonb_build_object(
        'id', id, 'program', program, 'asset', asset, 'kind', kind, 'organization_id', organization_id,
        'label', label, 'floored', floored, 'lotted', lotted, 'opened_at', opened_at AT TIME ZONE 'UTC')::text, NULL
    FROM account
    UNION ALL
    SELECT 'certificate', c.id, 'certificate', c.id, jsonb_build_object(
        'id', c.id, 'number', c.number, 'program', c.program, 'benefit_id', c.benefit_id, 'terms_id', c.terms_id,
        'organization_id', c.organization_id, 'round', c.round, 'round_key', c.round_key, 'units', c.units,
        'points', c.points, 'effect_amount', c.effect_amount, 'existing_points', c.existing_points,
        'declared', c.declared, 'hold_id', c.hold_id, 'issued_on', c.issued_on, 'issued_by', c.issued_by,
        'valid_until', c.valid_until)::text,
        jsonb_build_object(
        'number', c.number, 'program', c.program, 'benefit', b.code, 'effect', t.effect,
        'effectAmount', c.effect_amount::text, 'issuedOn', c.issued_on, 'validUntil', c.valid_until,
        'holder', encode(sha256(convert_to(c.number || ' ' || o.business_number, 'UTF8')), 'hex'))::text
    FROM certificate c
    LEFT JOIN benefit b ON b.id = c.benefit_id
    LEFT JOIN benefit_terms t ON t.id = c.terms_id
    LEFT JOIN organization o ON o.id = c.organization_id
    UNION ALL
    SELECT 'ledger_transaction', id, 'ledger_transaction', id, jsonb_build_object(
        'id', id, 'program', program, 'kind', kind, 'idempotency_key', idempotency_key, 'request_hash', request_hash,
        'effective_on', effective_on, 'recorded_at', recorded_at AT TIME ZONE 'UTC', 'actor_id', actor_id,
        'reason', reason, 'reference', reference, 'reverses_id', reverses_id)::text, NULL
    FROM ledger_transaction
    UNION ALL
    SELECT 'entry', id, 'ledger_transaction', transaction_id, jsonb_build_object(
        'id', id, 'transaction_id', transaction_id, 'account_id', account_id, 'organization_id', organization_id,
        'asset', asset, 'amount', amount, 'balance_after', balance_after, 'effective_on', effective_on,
        'recorded_at', recorded_at AT TIME ZONE 'UTC')::text, NULL
    FROM entry
    UNION ALL
    SELECT 'lot', id, 'ledger_transaction', transaction_id, jsonb_build_object(
        'id', id, 'account_id', account_id, 'organization_id', organization_id, 'program', program, 'asset', asset,
        'transaction_id', transaction_id, 'parent_id', parent_id, 'earned_on', earned_on, 'expires_on', expires_on,
        'amount', amount)::text, NULL
    FROM lot
    UNION ALL
    SELECT 'lot_move', id, 'ledger_transaction', transaction_id, jsonb_build_object(
        'id', id, 'transaction_id', transaction_id, 'lot_id', lot_id, 'organization_id', organization_id,
        'amount', amount, 'held', held)::text, NULL
    FROM lot_move
    UNION ALL
    SELECT 'hold', id, 'ledger_transaction', transaction_id, jsonb_build_object(
        'id', id, 'transaction_id', transaction_id, 'account_id', account_id, 'organization_id', organization_id,
        'amount', amount)::text, NULL
    FROM hold
    UNION ALL
    SELECT 'hold_closed', id, 'ledger_transaction', closed_by, jsonb_build_object(
        'id', id, 'status', status, 'closed_by', closed_by)::text, NULL
    FROM hold WHERE closed_by IS NOT NULL
    UNION ALL
    SELECT 'hold_lot', r.id, 'ledger_transaction', h.transaction_id, jsonb_build_object(
        'id', r.id, 'hold_id', r.hold_id, 'lot_id', r.lot_id, 'amount', r.amount)::text, NULL
    FROM hold_lot r LEFT JOIN hold h ON h.id = r.hold_id
$$;

CREATE FUNCTION seal_hidden_1(p_salt bytea, p_content text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT sha256(p_salt || convert_to(p_content, 'UTF8')) $$;

CREATE FUNCTION seal_digest_1(p_salt bytea, p_content text, p_shown text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_shown IS NULL THEN sha256(p_salt || convert_to(p_content, 'UTF8')) ELSE
        sha256(convert_to(encode(sha256(p_salt || convert_to(p_content, 'UTF8')), 'hex') || ' ' || p_shown, 'UTF8')) END
$$;

CREATE FUNCTION seal_leaf_1(p_of text, p_row bigint, p_digest bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256('\x00'::bytea || convert_to(p_of || ' ' || p_row::text || ' ' || encode(p_digest, 'hex'), 'UTF8'))
$$;

CREATE FUNCTION seal_level_above(p_nodes bytea[]) RETURNS bytea[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(
        CASE WHEN right_one IS NULL THEN node ELSE sha256('\x01'::bytea || node || right_one) END ORDER BY place)
    FROM (
        SELECT node, place, lead(node) OVER (ORDER BY place) AS right_one
        FROM unnest(p_nodes) WITH ORDINALITY AS n(node, place)
    ) AS pairs WHERE place % 2 = 1
$$;

CREATE FUNCTION seal_root(p_leaves bytea[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    WHILE cardinality(p_leaves) > 1 LOOP
        p_leaves := seal_level_above(p_leaves);
    END LOOP;
    RETURN p_leaves[1];
END $$;

-- What stands beside the way from the leaf at `p_place` (counted from one) up to the root, and on which side.
CREATE FUNCTION seal_path(p_leaves bytea[], p_place bigint, OUT sides text[], OUT hashes bytea[])
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE v_beside bigint;
BEGIN
    sides := '{}'; hashes := '{}';
    WHILE cardinality(p_leaves) > 1 LOOP
        v_beside := CASE WHEN p_place % 2 = 1 THEN p_place + 1 ELSE p_place - 1 END;
        IF v_beside <= cardinality(p_leaves) THEN
            sides := sides || CASE WHEN v_beside < p_place THEN 'left' ELSE 'right' END;
            hashes := hashes || p_leaves[v_beside];
        END IF;
        p_leaves := seal_level_above(p_leaves);
        p_place := (p_place + 1) / 2;
    END LOOP;
END $$;

CREATE FUNCTION seal_line_1(p_number bigint, p_previous bytea, p_root bytea, p_leaves bigint, p_at timestamptz)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'dure seal 1 ' || p_number::text || ' ' || encode(p_previous, 'hex') || ' ' || encode(p_root, 'hex') || ' '
        || p_leaves::text || ' ' || to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- --------------------------------------------------------------------------------------------------------- waiting

CREATE FUNCTION await_seal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.seal_waiting (source, row_id) SELECT TG_TABLE_NAME, id FROM fresh;
    RETURN NULL;
END $$;

CREATE TRIGGER awaits_seal AFTER INSERT ON audit_event REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION await_seal();
CREATE TRIGGER awaits_seal AFTER INSERT ON ledger_transaction REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION await_seal();
CREATE TRIGGER awaits_seal AFTER INSERT ON account REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION await_seal();
CREATE TRIGGER awaits_seal AFTER INSERT ON certificate REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION await_seal();

INSERT INTO seal_waiting (source, row_id)
    SELECT 'account', id FROM account UNION ALL SELECT 'ledger_transaction', id FROM ledger_transaction
    UNION ALL SELECT 'certificate', id FROM certificate UNION ALL SELECT 'audit_event', id FROM audit_event;

-- --------------------------------------------------------------------------------------------------------- sealing

-- Seal at most `p_limit` of what waits, each whole: a transaction with its entries, lots, moves and holds. Sealers take
-- turns; writers wait for nothing. No seal when nothing waits. What waits and is not there (any more), or is sealed
-- already, is left waiting: `dure verify` names it.
CREATE FUNCTION seal_next(p_limit bigint, OUT number bigint, OUT leaves bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_ids bigint[]; v_events bigint[]; v_accounts bigint[]; v_transactions bigint[]; v_certificates bigint[];
    v_previous bytea;
    v_salt bytea := decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');
    v_at timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(1685418604, 1);
    SELECT id, digest INTO number, v_previous FROM seal ORDER BY id DESC LIMIT 1;
    number := coalesce(number, 0) + 1;
    v_previous := coalesce(v_previous, decode(repeat('00', 32), 'hex'));
    v_at := clock_timestamp();

    SELECT array_agg(id), array_agg(row_id) FILTER (WHERE source = 'audit_event'),
        array_agg(row_id) FILTER (WHERE source = 'account'),
        array_agg(row_id) FILTER (WHERE source = 'ledger_transaction'),
        array_agg(row_id) FILTER (WHERE source = 'certificate')
    INTO v_ids, v_events, v_accounts, v_transactions, v_certificates
    FROM (
        SELECT w.id, w.source, w.row_id FROM seal_waiting w
        WHERE CASE w.source
                WHEN 'audit_event' THEN EXISTS (SELECT FROM audit_event t WHERE t.id = w.row_id)
                WHEN 'account' THEN EXISTS (SELECT FROM account t WHERE t.id = w.row_id)
                WHEN 'ledger_transaction' THEN EXISTS (SELECT FROM ledger_transaction t WHERE t.id = w.row_id)
                WHEN 'certificate' THEN EXISTS (SELECT FROM certificate t WHERE t.id = w.row_id)
            END AND NOT EXISTS (SELECT FROM seal_leaf l WHERE l.of = w.source AND l.row_id = w.row_id)
        ORDER BY w.id LIMIT p_limit
    ) AS taken;
    leaves := 0;
    IF v_ids IS NULL THEN
        number := NULL;
        RETURN;
    END IF;

    WITH content AS (
        SELECT * FROM seal_content_1() c WHERE c.within = 'audit_event' AND c.within_id = ANY (v_events)
        UNION ALL
        SELECT * FROM seal_content_1() c WHERE c.within = 'account' AND c.within_id = ANY (v_accounts)
        UNION ALL
        SELECT * FROM seal_content_1() c WHERE c.within = 'certificate' AND c.within_id = ANY (v_certificates)
        UNION ALL
        SELECT * FROM seal_content_1() c WHERE c.within = 'ledger_transaction' AND c.within_id = ANY (v_transactions)
    ), leaf AS MATERIALIZED (
        SELECT c.of, c.row_id, seal_digest_1(v_salt, c.content, c.shown) AS digest FROM content c
    ), tree AS MATERIALIZED (
        SELECT seal_root(array_agg(seal_leaf_1(f.of, f.row_id, f.digest) ORDER BY f.of COLLATE "C", f.row_id)) AS root,
            count(*) AS size
        FROM leaf f
    ), sealed AS (
        INSERT INTO seal (id, version, leaves, root, previous, digest, salt, sealed_at)
        SELECT seal_next.number, 1, t.size, t.root, v_previous,
            sha256(convert_to(seal_line_1(seal_next.number, v_previous, t.root, t.size, v_at), 'UTF8')), v_salt, v_at
        FROM tree t
    )
    INSERT INTO seal_leaf (of, row_id, seal_id, digest) SELECT f.of, f.row_id, seal_next.number, f.digest FROM leaf f;
    GET DIAGNOSTICS leaves = ROW_COUNT;
    DELETE FROM seal_waiting WHERE id = ANY (v_ids);
END $$;

-- ---------------------------------------------------------------------------------------------- what never changes

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON seal FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON seal_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON seal EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON seal_leaf EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON certificate FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixed BEFORE UPDATE OF number, program, benefit_id, terms_id, organization_id, round, round_key, units,
    points, effect_amount, existing_points, declared, hold_id, issued_on, issued_by, valid_until ON certificate
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixed BEFORE UPDATE OF business_number ON organization FOR EACH ROW EXECUTE FUNCTION refuse_change();
