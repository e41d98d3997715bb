-- The ledger's verbs, mindful of debts: see 0009_debts.sql for what each has to do.

-- Which lots a spend takes, first to expire first, unexpired on its own date.
CREATE OR REPLACE FUNCTION ledger_allocate(
    p_account bigint, p_amount bigint, p_on date, OUT lots bigint[], OUT takes bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_left bigint := p_amount;
    v_lot record;
BEGIN
    lots := '{}'; takes := '{}';
    FOR v_lot IN
        SELECT id, remaining - held AS free FROM lot
        WHERE account_id = p_account AND remaining > held AND (expires_on IS NULL OR expires_on > p_on)
        ORDER BY expires_on, earned_on, id
    LOOP
        lots := lots || v_lot.id;
        takes := takes || least(v_lot.free, v_left);
        v_left := v_left - least(v_lot.free, v_left);
        EXIT WHEN v_left = 0;
    END LOOP;
    IF v_left > 0 THEN
        PERFORM ledger_refuse_debtor(p_account, p_amount);
        RAISE EXCEPTION 'account % has % of the % asked for', p_account, p_amount - v_left, p_amount
            USING ERRCODE = 'DU001',
                  DETAIL = json_build_object('available', p_amount - v_left, 'requested', p_amount)::text;
    END IF;
END $$;

-- Earn, as before; what comes to somebody who owes pays first.
CREATE OR REPLACE FUNCTION ledger_earn(
    p_program text, p_asset text, p_kind text, p_effective date, p_actor bigint, p_reason text,
    p_keys text[], p_hashes text[], p_references text[],
    p_transaction int[], p_organizations bigint[], p_amounts bigint[], p_earned date[], p_expires date[]
) RETURNS TABLE (transaction_id bigint, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_issuance bigint := ledger_account(p_program, p_asset, 'issuance');
    v_sequence regclass := pg_get_serial_sequence('public.ledger_transaction', 'id');
    v_accounts bigint[];
    v_ids bigint[];
    v_fresh bigint;
    v_expired bigint[];
    v_owing bigint[];
    v_first int;
    v_late record;
BEGIN
    IF EXISTS (SELECT FROM unnest(p_amounts) AS a(amount) WHERE amount IS NULL OR amount <= 0)
        OR (SELECT count(DISTINCT place) FROM unnest(p_transaction) AS p(place)) <> cardinality(p_keys)
    THEN
        RAISE EXCEPTION 'every transaction has a line and every line earns at least one'
            USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;

    INSERT INTO account (program, asset, kind, organization_id)
    SELECT DISTINCT p_program, p_asset, 'holder', organization FROM unnest(p_organizations) AS o(organization)
    WHERE NOT EXISTS (
        SELECT FROM account a WHERE a.program = p_program AND a.asset = p_asset AND a.kind = 'holder'
            AND a.organization_id = organization AND a.label = ''
    ) ORDER BY organization ON CONFLICT DO NOTHING;

    SELECT array_agg(a.id ORDER BY o.line) INTO v_accounts
    FROM unnest(p_organizations) WITH ORDINALITY AS o(organization, line)
    JOIN account a ON a.program = p_program AND a.asset = p_asset AND a.kind = 'holder'
        AND a.organization_id = o.organization AND a.label = '';

    SELECT array_agg(id) FILTER (WHERE owed > 0) INTO v_owing FROM (
        SELECT id, owed FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE
    ) AS locked;

    SELECT array_agg(nextval(v_sequence) ORDER BY line) INTO v_ids
    FROM unnest(p_keys) WITH ORDINALITY AS k(key, line);

    WITH fresh AS (
        INSERT INTO ledger_transaction
            (id, program, kind, idempotency_key, request_hash, effective_on, actor_id, reason, reference)
        OVERRIDING SYSTEM VALUE
        SELECT id, p_program, p_kind, key, hash, p_effective, p_actor, p_reason, reference
        FROM unnest(v_ids, p_keys, p_hashes, p_references) AS k(id, key, hash, reference) ORDER BY key
        ON CONFLICT (program, idempotency_key) DO NOTHING RETURNING id
    ) SELECT count(*) INTO v_fresh FROM fresh;

    IF v_fresh < cardinality(p_keys) THEN
        IF (SELECT count(DISTINCT key) FROM unnest(p_keys) AS k(key)) < cardinality(p_keys) THEN
            RAISE EXCEPTION 'one call names a key twice' USING ERRCODE = 'DU002', DETAIL = '{"key": ""}';
        END IF;
        FOR v_late IN
            SELECT k.key FROM unnest(p_keys, p_hashes) AS k(key, hash)
            JOIN ledger_transaction t ON t.program = p_program AND t.idempotency_key = k.key
            WHERE t.request_hash <> k.hash LIMIT 1
        LOOP
            RAISE EXCEPTION 'idempotency key % was used for another request', v_late.key
                USING ERRCODE = 'DU002', DETAIL = json_build_object('key', v_late.key)::text;
        END LOOP;
    END IF;

    IF v_fresh > 0 THEN
        IF v_owing IS NOT NULL THEN PERFORM ledger_take_in_hand(v_owing); END IF;
        WITH posted AS (
            SELECT k.place, t.id FROM unnest(p_keys, v_ids) WITH ORDINALITY AS k(key, id, place)
            JOIN ledger_transaction t ON t.id = k.id
        ), line AS (
            SELECT l.line, v_ids[l.place] AS posting, l.account, l.organization, l.amount, l.earned, l.expires,
                a.posted + sum(l.amount) OVER (PARTITION BY l.account ORDER BY l.line) AS balance
            FROM unnest(p_transaction, v_accounts, p_organizations, p_amounts, p_earned, p_expires)
                WITH ORDINALITY AS l(place, account, organization, amount, earned, expires, line)
            JOIN account a ON a.id = l.account
            WHERE v_fresh = cardinality(p_keys) OR EXISTS (SELECT FROM posted WHERE posted.place = l.place)
        ), lots AS (
            INSERT INTO lot
                (account_id, organization_id, program, asset, transaction_id, earned_on, expires_on, amount, remaining)
            SELECT account, organization, p_program, p_asset, posting, earned, expires, amount, amount
            FROM line ORDER BY line
            RETURNING id, transaction_id, organization_id, amount, expires_on
        ), moves AS (
            INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
            SELECT transaction_id, id, organization_id, amount FROM lots
        ), lines AS (
            INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
            SELECT posting, account, organization, p_asset, amount, balance, p_effective
            FROM (SELECT * FROM line ORDER BY line) AS ordered
            UNION ALL
            SELECT posting, v_issuance, NULL, p_asset, -sum(amount), NULL, p_effective FROM line GROUP BY posting
            RETURNING id, account_id, amount
        ), unfolded AS (
            INSERT INTO entry_unfolded (entry_id, account_id, amount)
            SELECT id, account_id, amount FROM lines WHERE account_id = v_issuance
        ), balances AS (
            UPDATE account a SET posted = a.posted + t.total
            FROM (SELECT account, sum(amount) AS total FROM line GROUP BY account) AS t WHERE a.id = t.account
        )
        SELECT array_agg(id), array_position(v_ids, min(transaction_id)) INTO v_expired, v_first
        FROM lots WHERE expires_on <= p_effective;

        IF v_expired IS NOT NULL THEN
            PERFORM ledger_write_off(o.transaction_id, p_program, p_asset, p_effective, v_expired)
            FROM ledger_open(p_program, 'expire', p_keys[v_first] || ':expired', p_hashes[v_first] || ':expired',
                             p_effective, p_actor, p_reason, p_references[v_first]) AS o;
        END IF;
        IF v_owing IS NOT NULL THEN
            SELECT array_position(v_ids, min(t.id)) INTO v_first FROM ledger_transaction t WHERE t.id = ANY (v_ids);
            PERFORM ledger_pay_debts(v_owing, p_keys[v_first], p_hashes[v_first], p_effective, p_actor, p_reason,
                                     p_references[v_first]);
        END IF;
    END IF;

    RETURN QUERY
        SELECT t.id, t.id <> k.id FROM unnest(p_keys, v_ids) WITH ORDINALITY AS k(key, id, line)
        JOIN ledger_transaction t ON t.program = p_program AND t.idempotency_key = k.key ORDER BY k.line;
END $$;

-- Release a hold, as before; what comes back to somebody who owes pays first.
CREATE OR REPLACE FUNCTION ledger_release(
    p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text, p_reference text, p_hold bigint,
    OUT transaction_id bigint, OUT replayed boolean, OUT expired bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_account account; v_amount bigint; v_due bigint[];
BEGIN
    v_account := ledger_lock_hold(p_hold);
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(v_account.program, 'release', p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    SELECT array_agg(l.id), coalesce(sum(h.amount), 0) INTO v_due, expired
        FROM hold_lot h JOIN lot l ON l.id = h.lot_id JOIN ledger_transaction t ON t.id = ledger_release.transaction_id
        WHERE h.hold_id = p_hold AND l.expires_on <= t.effective_on;
    IF replayed THEN RETURN; END IF;

    v_amount := ledger_close_hold(p_hold, 'released', transaction_id);
    UPDATE lot SET held = lot.held - h.amount FROM hold_lot h WHERE h.hold_id = p_hold AND lot.id = h.lot_id;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, held)
        SELECT ledger_release.transaction_id, lot_id, v_account.organization_id, -amount
        FROM hold_lot WHERE hold_id = p_hold;
    IF v_account.owed > 0 THEN PERFORM ledger_take_in_hand(ARRAY[v_account.id]); END IF;
    UPDATE account SET held = held - v_amount WHERE id = v_account.id;
    IF v_due IS NOT NULL THEN
        PERFORM ledger_write_off(o.transaction_id, v_account.program, v_account.asset, p_effective, v_due)
        FROM ledger_open(v_account.program, 'expire', p_key || ':expired', p_hash || ':expired', p_effective, p_actor,
                         p_reason, p_reference) AS o;
    END IF;
    IF v_account.owed > 0 THEN
        PERFORM ledger_pay_debts(ARRAY[v_account.id], p_key, p_hash, p_effective, p_actor, p_reason, p_reference);
    END IF;
END $$;

-- Transfer, as before; what comes to somebody who owes pays first.
CREATE OR REPLACE FUNCTION ledger_transfer(
    p_program text, p_asset text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text,
    p_reference text, p_from bigint, p_to bigint, p_amount bigint, p_hold bigint, p_earned date, p_expires date,
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_from bigint; v_to bigint; v_low bigint; v_high bigint;
    v_held bigint := CASE WHEN p_hold IS NULL THEN 0 ELSE p_amount END;
    v_lots bigint[]; v_takes bigint[]; v_given bigint; v_got bigint; v_owes boolean;
BEGIN
    PERFORM ledger_require_amount(p_amount);
    IF p_from = p_to THEN
        RAISE EXCEPTION 'a transfer needs two parties' USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;
    v_low := ledger_account(p_program, p_asset, 'holder', least(p_from, p_to));
    v_high := ledger_account(p_program, p_asset, 'holder', greatest(p_from, p_to));
    v_from := CASE WHEN p_from < p_to THEN v_low ELSE v_high END;
    v_to := CASE WHEN p_from < p_to THEN v_high ELSE v_low END;
    SELECT bool_or(id = v_to AND owed > 0) INTO v_owes FROM (
        SELECT id, owed FROM account WHERE id IN (v_from, v_to) ORDER BY id FOR NO KEY UPDATE
    ) AS locked;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, 'transfer', p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN RETURN; END IF;

    IF p_hold IS NULL THEN
        SELECT a.lots, a.takes INTO v_lots, v_takes FROM ledger_allocate(v_from, p_amount, p_effective) AS a;
    ELSE
        IF NOT EXISTS (SELECT FROM hold WHERE id = p_hold AND account_id = v_from AND amount = p_amount) THEN
            RAISE EXCEPTION 'there is no hold % of % on account %', p_hold, p_amount, v_from
                USING ERRCODE = 'DU003', DETAIL = json_build_object('hold', p_hold)::text;
        END IF;
        PERFORM ledger_close_hold(p_hold, 'used', transaction_id);
        SELECT array_agg(lot_id ORDER BY lot_id), array_agg(amount ORDER BY lot_id) INTO v_lots, v_takes
            FROM hold_lot WHERE hold_id = p_hold;
    END IF;
    UPDATE lot SET remaining = remaining - t.take, held = held - CASE WHEN p_hold IS NULL THEN 0 ELSE t.take END
        FROM unnest(v_lots, v_takes) AS t(id, take) WHERE lot.id = t.id;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount, held)
        SELECT ledger_transfer.transaction_id, id, p_from, -take, CASE WHEN p_hold IS NULL THEN 0 ELSE -take END
        FROM unnest(v_lots, v_takes) AS t(id, take);
    WITH carried AS (
        INSERT INTO lot (account_id, organization_id, program, asset, transaction_id, parent_id, earned_on, expires_on,
                         amount, remaining)
        SELECT v_to, p_to, p_program, p_asset, ledger_transfer.transaction_id, l.id, coalesce(p_earned, l.earned_on),
            CASE WHEN p_earned IS NULL THEN l.expires_on ELSE p_expires END, t.take, t.take
        FROM unnest(v_lots, v_takes) WITH ORDINALITY AS t(id, take, place) JOIN lot l ON l.id = t.id ORDER BY t.place
        RETURNING id, amount
    )
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT ledger_transfer.transaction_id, id, p_to, amount FROM carried;
    UPDATE account SET posted = posted - p_amount, held = held - v_held WHERE id = v_from RETURNING posted INTO v_given;
    IF v_owes THEN PERFORM ledger_take_in_hand(ARRAY[v_to]); END IF;
    UPDATE account SET posted = posted + p_amount WHERE id = v_to RETURNING posted INTO v_got;
    PERFORM ledger_enter(transaction_id, p_asset, p_effective, ARRAY[v_from, v_to], ARRAY[p_from, p_to],
                         ARRAY[-p_amount, p_amount], ARRAY[v_given, v_got]);
    IF v_owes THEN
        PERFORM ledger_pay_debts(ARRAY[v_to], p_key, p_hash, p_effective, p_actor, p_reason, p_reference);
    END IF;
END $$;

-- Reverse, as before; what comes back to somebody who owes pays first. What was taken back, or paid, stays so.
CREATE OR REPLACE FUNCTION ledger_reverse(
    p_program text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text, p_reference text,
    p_transaction bigint, OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_first ledger_transaction;
    v_accounts bigint[]; v_due bigint[]; v_owing bigint[]; v_short record; v_asset text;
BEGIN
    SELECT * INTO v_first FROM ledger_transaction WHERE id = p_transaction AND program = p_program FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no transaction % in %', p_transaction, p_program
            USING ERRCODE = 'DU003', DETAIL = json_build_object('transaction', p_transaction)::text;
    END IF;
    SELECT array_agg(DISTINCT e.account_id), min(e.asset) INTO v_accounts, v_asset
        FROM entry e WHERE e.transaction_id = p_transaction;
    IF v_accounts IS NULL OR v_first.kind IN ('expire', 'reverse', 'claw_back', 'debt_payment') THEN
        RAISE EXCEPTION 'a % cannot be reversed', v_first.kind
            USING ERRCODE = 'DU008', DETAIL = json_build_object('kind', v_first.kind)::text;
    END IF;
    PERFORM 1 FROM account WHERE id = ANY (v_accounts) AND floored ORDER BY id FOR NO KEY UPDATE;
    SELECT id INTO transaction_id FROM ledger_transaction t
        WHERE t.reverses_id = p_transaction AND NOT (t.program = p_program AND t.idempotency_key = p_key);
    IF FOUND THEN
        RAISE EXCEPTION 'transaction % is already reversed by %', p_transaction, transaction_id
            USING ERRCODE = 'DU006', DETAIL = json_build_object('transaction', p_transaction)::text;
    END IF;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, 'reverse', p_key, p_hash, p_effective, p_actor, p_reason, p_reference,
                         p_transaction) AS o;
    IF replayed THEN RETURN; END IF;

    SELECT l.id, l.remaining - l.held AS free, m.amount INTO v_short
        FROM lot_move m JOIN lot l ON l.id = m.lot_id
        WHERE m.transaction_id = p_transaction AND m.amount > l.remaining - l.held LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'lot % has only % of the % to take back', v_short.id, v_short.free, v_short.amount
            USING ERRCODE = 'DU007',
                  DETAIL = json_build_object('available', v_short.free, 'requested', v_short.amount)::text;
    END IF;
    SELECT a.id, a.posted - a.held AS free, t.total INTO v_short FROM account a
        JOIN (SELECT account_id, sum(amount) AS total FROM entry e WHERE e.transaction_id = p_transaction
              GROUP BY account_id) AS t ON t.account_id = a.id
        WHERE a.floored AND t.total > a.posted - a.held LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % has only % of the % to take back', v_short.id, v_short.free, v_short.total
            USING ERRCODE = 'DU007',
                  DETAIL = json_build_object('available', v_short.free, 'requested', v_short.total)::text;
    END IF;
    v_owing := ledger_take_in_hand(v_accounts);
    UPDATE lot SET remaining = remaining - m.amount FROM lot_move m
        WHERE m.transaction_id = p_transaction AND m.lot_id = lot.id AND m.amount <> 0;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT ledger_reverse.transaction_id, lot_id, organization_id, -amount FROM lot_move m
        WHERE m.transaction_id = p_transaction AND amount <> 0;
    WITH totals AS (
        SELECT account_id, sum(amount) AS total FROM entry e WHERE e.transaction_id = p_transaction GROUP BY account_id
    ), floored AS (
        UPDATE account a SET posted = a.posted - t.total FROM totals t WHERE a.id = t.account_id AND a.floored
        RETURNING a.id, a.posted
    ), lines AS (
        INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
        SELECT ledger_reverse.transaction_id, a.id, a.organization_id, v_asset, -t.total, f.posted, p_effective
        FROM totals t JOIN account a ON a.id = t.account_id LEFT JOIN floored f ON f.id = a.id
        RETURNING id, account_id, amount, balance_after
    )
    INSERT INTO entry_unfolded (entry_id, account_id, amount)
        SELECT id, account_id, amount FROM lines WHERE balance_after IS NULL;

    SELECT array_agg(l.id) INTO v_due FROM lot_move m JOIN lot l ON l.id = m.lot_id
        WHERE m.transaction_id = p_transaction AND m.amount < 0 AND l.expires_on <= p_effective;
    IF v_due IS NOT NULL THEN
        PERFORM ledger_write_off(o.transaction_id, p_program, v_asset, p_effective, v_due)
        FROM ledger_open(p_program, 'expire', p_key || ':expired', p_hash || ':expired', p_effective, p_actor,
                         p_reason, p_reference) AS o;
    END IF;
    IF v_owing IS NOT NULL THEN
        PERFORM ledger_pay_debts(v_owing, p_key, p_hash, p_effective, p_actor, p_reason, p_reference);
    END IF;
END $$;

-- Transfers together, as before; whoever owes gives and receives one by one.
CREATE OR REPLACE FUNCTION ledger_transfer_together(
    p_verbs text[], p_programs text[], p_assets text[], p_keys text[], p_hashes text[], p_effective date[],
    p_actors bigint[], p_reasons text[], p_references text[], p_organizations bigint[], p_others bigint[],
    p_amounts bigint[], p_holds bigint[], p_request_ids text[], p_events jsonb[],
    OUT places int[], OUT accounts bigint[], OUT transactions bigint[], OUT available bigint[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_on date := p_effective[1];
    v_sequence regclass := pg_get_serial_sequence('public.ledger_transaction', 'id');
    v_places int[]; v_givers bigint[]; v_takers bigint[]; v_parties bigint[];      -- of the lines, by giver and place
    v_owners bigint[]; v_lots bigint[]; v_free bigint[]; v_all boolean[];          -- of the givers' lots, in order
    v_pieces int[] := '{}'; v_taken bigint[] := '{}'; v_takes bigint[] := '{}';    -- of what is taken: line, lot, points
    v_giver bigint; v_sure boolean; v_owes boolean; v_lot int := 1; v_used bigint := 0;
    v_next int; v_next_used bigint; v_left bigint; v_take bigint; v_before int; v_written int;
BEGIN
    places := '{}';
    SELECT array_agg(place::int) FILTER (WHERE plain), array_agg(giver) FILTER (WHERE plain),
        array_agg(taker) FILTER (WHERE plain), array_agg(giver) || array_agg(taker)
    INTO v_places, v_givers, v_takers, v_parties
    FROM (
        SELECT l.place, f.id AS giver, t.id AS taker,
            t.id IS NOT NULL AND f.owed = 0 AND t.owed = 0 AND verb = 'transfer' AND hold IS NULL AND amount > 0 AND effective = v_on
                AND array_position(p_others, organization) IS NULL AND array_position(p_keys, key) = l.place
                AND NOT EXISTS (
                    SELECT FROM ledger_transaction x WHERE x.program = l.program AND x.idempotency_key = l.key
                ) AS plain
        FROM unnest(p_verbs, p_programs, p_assets, p_keys, p_effective, p_organizations, p_others, p_amounts, p_holds)
            WITH ORDINALITY AS l(verb, program, asset, key, effective, organization, other, amount, hold, place)
        JOIN account f ON f.program = l.program AND f.asset = l.asset AND f.kind = 'holder'
            AND f.organization_id = l.organization AND f.label = ''
        LEFT JOIN account t ON t.program = l.program AND t.asset = l.asset AND t.kind = 'holder'
            AND t.organization_id = l.other AND t.label = ''
        ORDER BY f.id, l.place
    ) AS line;
    SELECT bool_or(owed > 0 AND id = ANY (v_givers || v_takers)) INTO v_owes FROM (
        SELECT id, owed FROM account WHERE id = ANY (v_parties) ORDER BY id FOR NO KEY UPDATE
    ) AS locked;
    IF v_places IS NULL OR v_owes THEN RETURN; END IF;

    SELECT array_agg(giver), array_agg(id), array_agg(free), array_agg(every)
    INTO v_owners, v_lots, v_free, v_all
    FROM (
        SELECT g.giver, l.*, count(*) OVER (PARTITION BY g.giver) < g.most AS every
        FROM (SELECT giver, 4 + 4 * count(*) AS most FROM unnest(v_givers) AS g(giver) GROUP BY giver) AS g
        CROSS JOIN LATERAL (
            SELECT id, remaining - held AS free, expires_on, earned_on FROM lot
            WHERE account_id = g.giver AND remaining > held AND (expires_on IS NULL OR expires_on > v_on)
            ORDER BY expires_on, earned_on, id LIMIT g.most
        ) AS l
        ORDER BY g.giver, l.expires_on, l.earned_on, l.id
    ) AS lots;

    transactions := array_fill(NULL::bigint, ARRAY[cardinality(v_places)]);
    available := transactions;
    FOR v_line IN 1 .. cardinality(v_places) LOOP
        IF v_givers[v_line] IS DISTINCT FROM v_giver THEN
            v_giver := v_givers[v_line]; v_sure := true; v_used := 0;
            WHILE v_owners[v_lot] < v_giver LOOP v_lot := v_lot + 1; END LOOP;
        END IF;
        CONTINUE WHEN NOT v_sure;
        v_left := p_amounts[v_places[v_line]]; v_next := v_lot; v_next_used := v_used; v_before := cardinality(v_pieces);
        WHILE v_left > 0 AND v_owners[v_next] = v_giver LOOP
            v_take := least(v_free[v_next] - v_next_used, v_left);
            v_pieces := v_pieces || v_line; v_taken := v_taken || v_lots[v_next]; v_takes := v_takes || v_take;
            v_left := v_left - v_take; v_next_used := v_next_used + v_take;
            IF v_next_used = v_free[v_next] THEN v_next := v_next + 1; v_next_used := 0; END IF;
        END LOOP;
        IF v_left = 0 THEN
            transactions[v_line] := nextval(v_sequence); v_lot := v_next; v_used := v_next_used;
        ELSE  -- refused, and the next may pass; or there are more lots than were read
            v_pieces := v_pieces[:v_before]; v_taken := v_taken[:v_before]; v_takes := v_takes[:v_before];
            v_sure := v_owners[v_next - 1] IS DISTINCT FROM v_giver OR v_all[v_next - 1];
            CONTINUE WHEN NOT v_sure;
            available[v_line] := p_amounts[v_places[v_line]] - v_left;
        END IF;
    END LOOP;
    places := v_places; accounts := v_givers;

    INSERT INTO ledger_transaction
        (id, program, kind, idempotency_key, request_hash, effective_on, actor_id, reason, reference)
    OVERRIDING SYSTEM VALUE
    SELECT d.id, p_programs[n], 'transfer', p_keys[n], p_hashes[n], v_on, p_actors[n], p_reasons[n], p_references[n]
    FROM unnest(places, transactions) AS d(n, id) WHERE d.id IS NOT NULL ORDER BY p_programs[n], p_keys[n]
    ON CONFLICT (program, idempotency_key) DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    IF v_written < cardinality(array_remove(transactions, NULL)) THEN
        RAISE EXCEPTION 'a key was used meanwhile' USING ERRCODE = 'serialization_failure';
    END IF;
    IF v_written = 0 THEN RETURN; END IF;

    UPDATE lot SET remaining = remaining - t.total
    FROM (SELECT id, sum(take)::bigint AS total FROM unnest(v_taken, v_takes) AS u(id, take) GROUP BY id) AS t
    WHERE lot.id = t.id;

    WITH piece AS (
        SELECT places[line] AS n, transactions[line] AS posting, v_takers[line] AS taker, lot, take, piece
        FROM unnest(v_pieces, v_taken, v_takes) WITH ORDINALITY AS u(line, lot, take, piece)
    ), carried AS (
        INSERT INTO lot (account_id, organization_id, program, asset, transaction_id, parent_id, earned_on, expires_on,
                         amount, remaining)
        SELECT taker, p_others[n], l.program, l.asset, posting, l.id, l.earned_on, l.expires_on, take, take
        FROM piece JOIN lot l ON l.id = piece.lot ORDER BY n, piece
        RETURNING id, transaction_id, organization_id, amount
    )
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
    SELECT posting, lot, p_organizations[n], -take FROM piece
    UNION ALL SELECT transaction_id, id, organization_id, amount FROM carried;

    WITH side AS (
        SELECT d.n, s.nr, d.id AS posting, s.account, s.organization, s.amount
        FROM unnest(places, transactions, v_givers, v_takers) AS d(n, id, giver, taker)
        CROSS JOIN LATERAL (
            VALUES (1, giver, p_organizations[n], -p_amounts[n]), (2, taker, p_others[n], p_amounts[n])
        ) AS s(nr, account, organization, amount)
        WHERE d.id IS NOT NULL
    ), line AS (
        SELECT side.*, a.asset, a.posted + sum(side.amount) OVER (PARTITION BY side.account ORDER BY n, nr) AS balance
        FROM side JOIN account a ON a.id = side.account
    ), balances AS (
        UPDATE account a SET posted = a.posted + t.total
        FROM (SELECT account, sum(amount)::bigint AS total FROM side GROUP BY account) AS t WHERE a.id = t.account
    )
    INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
    SELECT posting, account, organization, asset, amount, balance, v_on FROM line ORDER BY n, nr;

    INSERT INTO audit_event (actor_id, organization_id, action, subject_type, subject_id, before, after, request_id)
    SELECT p_actors[n], e.organization_id, e.action, e.subject_type, coalesce(e.subject_id, d.id::text), e.before,
        e.after, p_request_ids[n]
    FROM unnest(places, transactions) AS d(n, id)
    CROSS JOIN LATERAL jsonb_to_recordset(p_events[n] -> 'events') AS e(
        organization_id bigint, action text, subject_type text, subject_id text, before jsonb, after jsonb
    ) WHERE d.id IS NOT NULL ORDER BY n;
END $$;
