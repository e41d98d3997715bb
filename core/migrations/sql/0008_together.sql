-- Transfers that stand alone, written together: what a batch of them moves is worked out first, then a statement a table
-- writes it all. Whatever is out of the ordinary goes one by one after it, as it always did: a hold, a key that is
-- known, a party without an account yet, one that gives and receives in the same call, one whose points lie in very
-- many lots. The rows come back in the order the lines were posted in: what they left is what the verbs, called one
-- after another in that order, would have left.

-- Of each transfer that is plain: its place, the account it is from, and the transaction it became or what that account
-- has, which is too little; neither when it is left to be posted by itself.
CREATE FUNCTION ledger_transfer_together(
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
    v_giver bigint; v_sure boolean; v_lot int := 1; v_used bigint := 0;
    v_next int; v_next_used bigint; v_left bigint; v_take bigint; v_before int; v_written int;
BEGIN
    places := '{}';
    SELECT array_agg(place::int) FILTER (WHERE plain), array_agg(giver) FILTER (WHERE plain),
        array_agg(taker) FILTER (WHERE plain), array_agg(giver) || array_agg(taker)
    INTO v_places, v_givers, v_takers, v_parties
    FROM (
        SELECT l.place, f.id AS giver, t.id AS taker,
            t.id IS NOT NULL AND verb = 'transfer' AND hold IS NULL AND amount > 0 AND effective = v_on
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
    PERFORM 1 FROM account WHERE id = ANY (v_parties) ORDER BY id FOR NO KEY UPDATE;
    IF v_places IS NULL THEN RETURN; END IF;

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

CREATE OR REPLACE FUNCTION ledger_gathered(
    p_verbs text[], p_programs text[], p_assets text[], p_keys text[], p_hashes text[], p_effective date[],
    p_actors bigint[], p_reasons text[], p_references text[], p_organizations bigint[], p_others bigint[],
    p_amounts bigint[], p_holds bigint[], p_request_ids text[], p_events jsonb[]
) RETURNS TABLE (
    place int, transaction_id bigint, replayed boolean, hold_id bigint, state text, told text, detail text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_busy bigint[] := '{}';
    v_places int[]; v_accounts bigint[]; v_transactions bigint[]; v_available bigint[]; v_decided int[] := '{}';
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    BEGIN
        SELECT t.* INTO v_places, v_accounts, v_transactions, v_available FROM ledger_transfer_together(
            p_verbs, p_programs, p_assets, p_keys, p_hashes, p_effective, p_actors, p_reasons, p_references,
            p_organizations, p_others, p_amounts, p_holds, p_request_ids, p_events
        ) AS t;
    EXCEPTION WHEN OTHERS THEN  -- an account is busy, a key was used meanwhile, whatever: each line finds its own
        v_places := '{}'; v_accounts := '{}'; v_transactions := '{}'; v_available := '{}';
    END;
    FOR place, transaction_id, state, told, detail IN
        SELECT n, id, CASE WHEN id IS NULL THEN 'DU001' END,
            CASE WHEN id IS NULL THEN format('account %s has %s of the %s asked for', account, has, p_amounts[n]) END,
            CASE WHEN id IS NULL THEN json_build_object('available', has, 'requested', p_amounts[n])::text END
        FROM unnest(v_places, v_accounts, v_transactions, v_available) AS t(n, account, id, has)
        WHERE id IS NOT NULL OR has IS NOT NULL ORDER BY n
    LOOP
        replayed := CASE WHEN state IS NULL THEN false END;
        v_decided := v_decided || place;
        RETURN NEXT;
    END LOOP;
    IF cardinality(v_decided) = cardinality(p_verbs) THEN RETURN; END IF;

    FOR place IN SELECT n FROM generate_subscripts(p_verbs, 1) AS n WHERE n <> ALL (v_decided)
        ORDER BY least(p_organizations[n], p_others[n]), p_organizations[n], n
    LOOP
        transaction_id := NULL; replayed := NULL; hold_id := NULL; state := NULL; told := NULL; detail := NULL;
        BEGIN
            IF p_organizations[place] = ANY (v_busy) OR p_others[place] = ANY (v_busy) THEN
                RAISE EXCEPTION 'an account is busy' USING ERRCODE = 'lock_not_available';
            END IF;
            CASE p_verbs[place]
            WHEN 'spend' THEN
                SELECT s.transaction_id, s.replayed INTO transaction_id, replayed FROM ledger_spend(
                    p_programs[place], p_assets[place], 'spend', p_keys[place], p_hashes[place], p_effective[place],
                    p_actors[place], p_reasons[place], p_references[place], p_organizations[place], p_amounts[place]
                ) AS s;
            WHEN 'hold' THEN
                SELECT h.transaction_id, h.replayed, h.hold_id INTO transaction_id, replayed, hold_id FROM ledger_hold(
                    p_programs[place], p_assets[place], p_keys[place], p_hashes[place], p_effective[place],
                    p_actors[place], p_reasons[place], p_references[place], p_organizations[place], p_amounts[place]
                ) AS h;
            WHEN 'transfer' THEN
                SELECT t.transaction_id, t.replayed INTO transaction_id, replayed FROM ledger_transfer(
                    p_programs[place], p_assets[place], p_keys[place], p_hashes[place], p_effective[place],
                    p_actors[place], p_reasons[place], p_references[place], p_organizations[place], p_others[place],
                    p_amounts[place], p_holds[place], NULL, NULL
                ) AS t;
            END CASE;
            IF NOT replayed THEN
                INSERT INTO audit_event
                    (actor_id, organization_id, action, subject_type, subject_id, before, after, request_id)
                SELECT p_actors[place], e.organization_id, e.action, e.subject_type,
                    coalesce(e.subject_id, transaction_id::text), e.before, e.after, p_request_ids[place]
                FROM jsonb_to_recordset(p_events[place] -> 'events') AS e(
                    organization_id bigint, action text, subject_type text, subject_id text, before jsonb, after jsonb
                );
            END IF;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, told = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
            transaction_id := NULL; replayed := NULL; hold_id := NULL;
            IF state = '55P03' THEN
                v_busy := v_busy || p_organizations[place] || p_others[place];
            END IF;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
