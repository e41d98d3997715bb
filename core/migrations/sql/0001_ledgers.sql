-- The ledger's verbs. Nothing else writes its tables: the application's role has SELECT on them and EXECUTE here.
--
-- Every function works in the same order: find the accounts, lock the floored ones ORDER BY id, open the transaction
-- (or answer the one that already has this key), then allocate lots, move, and write entries. Each is a statement of
-- its own at READ COMMITTED, so whatever a lock waited for is seen.
--
-- What they refuse, by SQLSTATE (DETAIL is a JSON object):
--   DU001 not enough   DU002 same key, other request   DU003 no such thing   DU004 hold not open
--   DU005 not a posting   DU006 already reversed   DU007 spent meanwhile   DU008 cannot be reversed

-- ---------------------------------------------------------------------------------------------- what never changes

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'DU000';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON lot_move FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON hold_lot FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON ledger_transaction EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON entry EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON lot_move EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON hold_lot EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_event EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON lot FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON hold FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixed BEFORE UPDATE OF program, asset, kind, organization_id, label, floored, lotted ON account
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixed BEFORE UPDATE OF account_id, organization_id, program, asset, transaction_id, parent_id,
    earned_on, expires_on, amount ON lot FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fixed BEFORE UPDATE OF transaction_id, account_id, organization_id, amount ON hold
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v_transaction bigint;
BEGIN
    SELECT transaction_id INTO v_transaction FROM fresh GROUP BY transaction_id, asset HAVING sum(amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entries of transaction % do not sum to zero', v_transaction USING ERRCODE = 'DU000';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER sums_to_zero AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_unbalanced();

-- ------------------------------------------------------------------------------------------------------ accounts

CREATE FUNCTION ledger_account(
    p_program text, p_asset text, p_kind text, p_organization bigint DEFAULT NULL, p_label text DEFAULT ''
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint;
BEGIN
    SELECT id INTO v_id FROM account WHERE program = p_program AND asset = p_asset AND kind = p_kind
        AND organization_id IS NOT DISTINCT FROM p_organization AND label = p_label;
    IF NOT FOUND THEN
        INSERT INTO account (program, asset, kind, organization_id, label, floored, lotted)
        VALUES (p_program, p_asset, p_kind, p_organization, p_label,
                p_kind IN ('holder', 'fund', 'line'), p_kind = 'holder')
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF NOT FOUND THEN
            SELECT id INTO v_id FROM account WHERE program = p_program AND asset = p_asset AND kind = p_kind
                AND organization_id IS NOT DISTINCT FROM p_organization AND label = p_label;
        END IF;
    END IF;
    RETURN v_id;
END $$;

-- The same for the application, which may not write accounts itself.
CREATE FUNCTION ledger_open_account(
    p_program text, p_asset text, p_kind text, p_organization bigint, p_label text
) RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT ledger_account(p_program, p_asset, p_kind, p_organization, p_label)
$$;

-- --------------------------------------------------------------------------------------------------- transactions

CREATE FUNCTION ledger_open(
    p_program text, p_kind text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text,
    p_reference text, p_reverses bigint DEFAULT NULL, OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE v_hash text;
BEGIN
    INSERT INTO ledger_transaction
        (program, kind, idempotency_key, request_hash, effective_on, actor_id, reason, reference, reverses_id)
    VALUES (p_program, p_kind, p_key, p_hash, p_effective, p_actor, p_reason, p_reference, p_reverses)
    ON CONFLICT (program, idempotency_key) DO NOTHING RETURNING id INTO transaction_id;
    replayed := NOT FOUND;
    IF replayed THEN
        SELECT t.id, t.request_hash INTO transaction_id, v_hash
            FROM ledger_transaction t WHERE t.program = p_program AND t.idempotency_key = p_key;
        IF v_hash <> p_hash THEN
            RAISE EXCEPTION 'idempotency key % was used for another request', p_key
                USING ERRCODE = 'DU002', DETAIL = json_build_object('key', p_key)::text;
        END IF;
    END IF;
END $$;

-- Two entries of one transaction: a floored or system account on either side. The balances are the callers'.
CREATE FUNCTION ledger_enter(
    p_transaction bigint, p_asset text, p_effective date, p_accounts bigint[], p_organizations bigint[],
    p_amounts bigint[], p_balances bigint[]
) RETURNS void LANGUAGE sql AS $$
    WITH line AS (
        INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
        SELECT p_transaction, account, organization, p_asset, amount, balance, p_effective
        FROM unnest(p_accounts, p_organizations, p_amounts, p_balances) AS l(account, organization, amount, balance)
        RETURNING id, account_id, amount, balance_after
    )
    INSERT INTO entry_unfolded (entry_id, account_id, amount)
    SELECT id, account_id, amount FROM line WHERE balance_after IS NULL
$$;

-- ---------------------------------------------------------------------------------------------------------- lots

-- Which lots a spend takes, first to expire first, unexpired on its own date.
CREATE FUNCTION ledger_allocate(
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
        RAISE EXCEPTION 'account % has % of the % asked for', p_account, p_amount - v_left, p_amount
            USING ERRCODE = 'DU001',
                  DETAIL = json_build_object('available', p_amount - v_left, 'requested', p_amount)::text;
    END IF;
END $$;

CREATE FUNCTION ledger_require_amount(p_amount bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_amount IS NULL OR p_amount <= 0 THEN
        RAISE EXCEPTION 'a posting moves at least one, not %', p_amount
            USING ERRCODE = 'DU005', DETAIL = json_build_object('amount', p_amount)::text;
    END IF;
END $$;

-- Write off what is free in these lots; their accounts are locked. The transaction is open.
CREATE FUNCTION ledger_write_off(
    p_transaction bigint, p_program text, p_asset text, p_effective date, p_lots bigint[],
    OUT lots bigint, OUT amount bigint
) LANGUAGE plpgsql AS $$
DECLARE v_expired bigint := ledger_account(p_program, p_asset, 'expired');
BEGIN
    WITH due AS (
        SELECT id, remaining - held AS free FROM lot WHERE id = ANY (p_lots) AND remaining > held
    ), gone AS (
        UPDATE lot l SET remaining = l.remaining - due.free FROM due WHERE l.id = due.id
        RETURNING l.id, l.account_id, l.organization_id, due.free
    ), moves AS (
        INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT p_transaction, id, organization_id, -free FROM gone
    ), totals AS (
        SELECT account_id, sum(free) AS total FROM gone GROUP BY account_id
    ), accounts AS (
        UPDATE account a SET posted = a.posted - t.total FROM totals t WHERE a.id = t.account_id
        RETURNING a.id, a.organization_id, a.posted, t.total
    ), lines AS (
        INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
        SELECT p_transaction, id, organization_id, p_asset, -total, posted, p_effective FROM accounts
        UNION ALL
        SELECT p_transaction, v_expired, NULL, p_asset, sum(total), NULL, p_effective FROM accounts HAVING sum(total) > 0
        RETURNING id, account_id, entry.amount
    ), unfolded AS (
        INSERT INTO entry_unfolded (entry_id, account_id, amount)
        SELECT id, account_id, lines.amount FROM lines WHERE account_id = v_expired
    )
    SELECT count(*), coalesce(sum(free), 0) INTO lots, amount FROM gone;
END $$;

-- ---------------------------------------------------------------------------------------------------------- verbs

-- Earn: any number of transactions, each of any number of lines, in one statement. What a line earned so long ago
-- that it is past its term on the posting's own date is credited and written off at once, both visible.
CREATE FUNCTION ledger_earn(
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

    PERFORM 1 FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE;

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
    END IF;

    RETURN QUERY
        SELECT t.id, t.id <> k.id FROM unnest(p_keys, v_ids) WITH ORDINALITY AS k(key, id, line)
        JOIN ledger_transaction t ON t.program = p_program AND t.idempotency_key = k.key ORDER BY k.line;
END $$;

-- Spend at once: the lots' points go to `redeemed`.
CREATE FUNCTION ledger_spend(
    p_program text, p_asset text, p_kind text, p_key text, p_hash text, p_effective date, p_actor bigint,
    p_reason text, p_reference text, p_organization bigint, p_amount bigint,
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_account bigint := ledger_account(p_program, p_asset, 'holder', p_organization);
    v_redeemed bigint := ledger_account(p_program, p_asset, 'redeemed');
    v_lots bigint[]; v_takes bigint[]; v_posted bigint;
BEGIN
    PERFORM ledger_require_amount(p_amount);
    PERFORM 1 FROM account WHERE id = v_account FOR NO KEY UPDATE;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, p_kind, p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN RETURN; END IF;

    SELECT a.lots, a.takes INTO v_lots, v_takes FROM ledger_allocate(v_account, p_amount, p_effective) AS a;
    UPDATE lot SET remaining = remaining - t.take FROM unnest(v_lots, v_takes) AS t(id, take) WHERE lot.id = t.id;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT ledger_spend.transaction_id, id, p_organization, -take FROM unnest(v_lots, v_takes) AS t(id, take);
    UPDATE account SET posted = posted - p_amount WHERE id = v_account RETURNING posted INTO v_posted;
    PERFORM ledger_enter(transaction_id, p_asset, p_effective, ARRAY[v_account, v_redeemed],
                         ARRAY[p_organization, NULL], ARRAY[-p_amount, p_amount], ARRAY[v_posted, NULL]);
END $$;

-- Hold: set points aside, bound to their lots. No entries: the balance stays, what can be spent does not.
CREATE FUNCTION ledger_hold(
    p_program text, p_asset text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text,
    p_reference text, p_organization bigint, p_amount bigint,
    OUT transaction_id bigint, OUT replayed boolean, OUT hold_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_account bigint := ledger_account(p_program, p_asset, 'holder', p_organization);
    v_lots bigint[]; v_takes bigint[];
BEGIN
    PERFORM ledger_require_amount(p_amount);
    PERFORM 1 FROM account WHERE id = v_account FOR NO KEY UPDATE;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, 'hold', p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN
        SELECT h.id INTO hold_id FROM hold h WHERE h.transaction_id = ledger_hold.transaction_id;
        RETURN;
    END IF;

    SELECT a.lots, a.takes INTO v_lots, v_takes FROM ledger_allocate(v_account, p_amount, p_effective) AS a;
    UPDATE lot SET held = held + t.take FROM unnest(v_lots, v_takes) AS t(id, take) WHERE lot.id = t.id;
    UPDATE account SET held = held + p_amount WHERE id = v_account;
    INSERT INTO hold (transaction_id, account_id, organization_id, amount)
        VALUES (ledger_hold.transaction_id, v_account, p_organization, p_amount) RETURNING id INTO hold_id;
    INSERT INTO hold_lot (hold_id, lot_id, amount)
        SELECT ledger_hold.hold_id, id, take FROM unnest(v_lots, v_takes) AS t(id, take);
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, held)
        SELECT ledger_hold.transaction_id, id, p_organization, take FROM unnest(v_lots, v_takes) AS t(id, take);
END $$;

-- Find a hold and lock its account; then the hold is read afresh by the caller.
CREATE FUNCTION ledger_lock_hold(p_hold bigint) RETURNS account LANGUAGE plpgsql AS $$
DECLARE v_account account;
BEGIN
    SELECT a.* INTO v_account FROM account a WHERE a.id = (SELECT account_id FROM hold WHERE id = p_hold)
        FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no hold %', p_hold
            USING ERRCODE = 'DU003', DETAIL = json_build_object('hold', p_hold)::text;
    END IF;
    RETURN v_account;
END $$;

CREATE FUNCTION ledger_close_hold(p_hold bigint, p_status text, p_transaction bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE v_amount bigint; v_status text;
BEGIN
    SELECT status INTO v_status FROM hold WHERE id = p_hold;
    IF v_status <> 'open' THEN
        RAISE EXCEPTION 'hold % is already %', p_hold, v_status
            USING ERRCODE = 'DU004', DETAIL = json_build_object('hold', p_hold, 'status', v_status)::text;
    END IF;
    UPDATE hold SET status = p_status, closed_by = p_transaction WHERE id = p_hold RETURNING amount INTO v_amount;
    RETURN v_amount;
END $$;

-- Use a hold: what it reserved is gone for good. A lot that passed its term while held is used all the same.
CREATE FUNCTION ledger_use(
    p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text, p_reference text, p_hold bigint,
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_account account; v_redeemed bigint; v_amount bigint; v_posted bigint;
BEGIN
    SELECT ledger_account(a.program, a.asset, 'redeemed') INTO v_redeemed
        FROM hold h JOIN account a ON a.id = h.account_id WHERE h.id = p_hold;
    v_account := ledger_lock_hold(p_hold);
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(v_account.program, 'use', p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN RETURN; END IF;

    v_amount := ledger_close_hold(p_hold, 'used', transaction_id);
    UPDATE lot SET remaining = remaining - h.amount, held = lot.held - h.amount
        FROM hold_lot h WHERE h.hold_id = p_hold AND lot.id = h.lot_id;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount, held)
        SELECT ledger_use.transaction_id, lot_id, v_account.organization_id, -amount, -amount
        FROM hold_lot WHERE hold_id = p_hold;
    UPDATE account SET posted = posted - v_amount, held = held - v_amount WHERE id = v_account.id
        RETURNING posted INTO v_posted;
    PERFORM ledger_enter(transaction_id, v_account.asset, p_effective, ARRAY[v_account.id, v_redeemed],
                         ARRAY[v_account.organization_id, NULL], ARRAY[-v_amount, v_amount], ARRAY[v_posted, NULL]);
END $$;

-- Release a hold: back to the very lots, with their first dates. What has expired meanwhile is restored and written
-- off in the same breath, as a transaction of its own, so that both show. `expired` is how much of the hold that was;
-- what else was free in those lots goes with it.
CREATE FUNCTION ledger_release(
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
    UPDATE account SET held = held - v_amount WHERE id = v_account.id;
    IF v_due IS NOT NULL THEN
        PERFORM ledger_write_off(o.transaction_id, v_account.program, v_account.asset, p_effective, v_due)
        FROM ledger_open(v_account.program, 'expire', p_key || ':expired', p_hash || ':expired', p_effective, p_actor,
                         p_reason, p_reference) AS o;
    END IF;
END $$;

-- Transfer, freely or out of a hold: each lot taken becomes a lot of the recipient with the same dates, unless the
-- program mints anew (`p_earned` given).
CREATE FUNCTION ledger_transfer(
    p_program text, p_asset text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text,
    p_reference text, p_from bigint, p_to bigint, p_amount bigint, p_hold bigint, p_earned date, p_expires date,
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_from bigint; v_to bigint; v_low bigint; v_high bigint;
    v_held bigint := CASE WHEN p_hold IS NULL THEN 0 ELSE p_amount END;
    v_lots bigint[]; v_takes bigint[]; v_given bigint; v_got bigint;
BEGIN
    PERFORM ledger_require_amount(p_amount);
    IF p_from = p_to THEN
        RAISE EXCEPTION 'a transfer needs two parties' USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;
    v_low := ledger_account(p_program, p_asset, 'holder', least(p_from, p_to));
    v_high := ledger_account(p_program, p_asset, 'holder', greatest(p_from, p_to));
    v_from := CASE WHEN p_from < p_to THEN v_low ELSE v_high END;
    v_to := CASE WHEN p_from < p_to THEN v_high ELSE v_low END;
    PERFORM 1 FROM account WHERE id IN (v_from, v_to) ORDER BY id FOR NO KEY UPDATE;
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
    UPDATE account SET posted = posted + p_amount WHERE id = v_to RETURNING posted INTO v_got;
    PERFORM ledger_enter(transaction_id, p_asset, p_effective, ARRAY[v_from, v_to], ARRAY[p_from, p_to],
                         ARRAY[-p_amount, p_amount], ARRAY[v_given, v_got]);
END $$;

-- Reverse: the same entries and lot moves the other way, once. What was earned must still be there, lot by lot.
CREATE FUNCTION ledger_reverse(
    p_program text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text, p_reference text,
    p_transaction bigint, OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_first ledger_transaction;
    v_accounts bigint[]; v_due bigint[]; v_short record; v_asset text;
BEGIN
    SELECT * INTO v_first FROM ledger_transaction WHERE id = p_transaction AND program = p_program FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no transaction % in %', p_transaction, p_program
            USING ERRCODE = 'DU003', DETAIL = json_build_object('transaction', p_transaction)::text;
    END IF;
    SELECT array_agg(DISTINCT e.account_id), min(e.asset) INTO v_accounts, v_asset
        FROM entry e WHERE e.transaction_id = p_transaction;
    IF v_accounts IS NULL OR v_first.kind IN ('expire', 'reverse') THEN
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
END $$;

-- Expire: everything free in lots past their term on `p_effective`, of at most `p_limit` accounts. No lots: no
-- transaction, and the key is not taken.
CREATE FUNCTION ledger_expire(
    p_program text, p_asset text, p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text,
    p_limit int, OUT transaction_id bigint, OUT replayed boolean, OUT accounts bigint, OUT lots bigint,
    OUT amount bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_accounts bigint[]; v_lots bigint[];
BEGIN
    SELECT array_agg(account_id) INTO v_accounts FROM (
        SELECT DISTINCT l.account_id FROM lot l
        WHERE l.program = p_program AND l.asset = p_asset AND l.expires_on <= p_effective AND l.remaining > l.held
        LIMIT p_limit
    ) AS due;
    PERFORM 1 FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE;
    SELECT array_agg(l.id), count(DISTINCT l.account_id) INTO v_lots, accounts FROM lot l
        WHERE l.account_id = ANY (v_accounts) AND l.expires_on <= p_effective AND l.remaining > l.held;
    replayed := false; lots := 0; amount := 0;
    IF v_lots IS NULL AND NOT EXISTS (
        SELECT FROM ledger_transaction t WHERE t.program = p_program AND t.idempotency_key = p_key
    ) THEN RETURN; END IF;

    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, 'expire', p_key, p_hash, p_effective, p_actor, p_reason, '') AS o;
    IF replayed THEN
        SELECT count(DISTINCT l.account_id), count(*), -sum(m.amount) INTO accounts, lots, amount
            FROM lot_move m JOIN lot l ON l.id = m.lot_id WHERE m.transaction_id = ledger_expire.transaction_id;
        RETURN;
    END IF;
    SELECT w.lots, w.amount INTO lots, amount
        FROM ledger_write_off(transaction_id, p_program, p_asset, p_effective, v_lots) AS w;
END $$;

-- Move money between accounts without lots: `p_amounts` sum to zero, floors hold.
CREATE FUNCTION ledger_move(
    p_program text, p_asset text, p_kind text, p_key text, p_hash text, p_effective date, p_actor bigint,
    p_reason text, p_reference text, p_accounts bigint[], p_amounts bigint[],
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_short record;
BEGIN
    IF cardinality(p_accounts) < 2 OR (SELECT sum(a) FROM unnest(p_amounts) AS m(a)) IS DISTINCT FROM 0
        OR 0 = ANY (p_amounts)
        OR (SELECT count(*) FROM account WHERE id = ANY (p_accounts) AND program = p_program AND asset = p_asset
            AND NOT lotted) <> cardinality(p_accounts)
    THEN
        RAISE EXCEPTION 'a move is between two or more accounts without lots, each once, and sums to zero'
            USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;
    PERFORM 1 FROM account WHERE id = ANY (p_accounts) AND floored ORDER BY id FOR NO KEY UPDATE;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, p_kind, p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN RETURN; END IF;

    SELECT a.id, a.posted - a.held AS free, -m.amount AS asked INTO v_short
        FROM unnest(p_accounts, p_amounts) AS m(id, amount) JOIN account a ON a.id = m.id
        WHERE a.floored AND a.posted - a.held + m.amount < 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % has % of the % asked for', v_short.id, v_short.free, v_short.asked
            USING ERRCODE = 'DU001',
                  DETAIL = json_build_object('available', v_short.free, 'requested', v_short.asked)::text;
    END IF;
    WITH floored AS (
        UPDATE account a SET posted = a.posted + m.amount FROM unnest(p_accounts, p_amounts) AS m(id, amount)
        WHERE a.id = m.id AND a.floored RETURNING a.id, a.posted
    ), lines AS (
        INSERT INTO entry (transaction_id, account_id, organization_id, asset, amount, balance_after, effective_on)
        SELECT ledger_move.transaction_id, a.id, a.organization_id, p_asset, m.amount, f.posted, p_effective
        FROM unnest(p_accounts, p_amounts) AS m(id, amount) JOIN account a ON a.id = m.id
        LEFT JOIN floored f ON f.id = a.id
        RETURNING id, account_id, amount, balance_after
    )
    INSERT INTO entry_unfolded (entry_id, account_id, amount)
        SELECT id, account_id, amount FROM lines WHERE balance_after IS NULL;
END $$;

-- Fold entries of system accounts into their `posted`, by exact row ids: each is taken by one folder only. Folders at
-- work at once wait for each other at the accounts, in order.
CREATE FUNCTION ledger_fold(p_limit int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_accounts bigint[]; v_totals bigint[]; v_folded bigint;
BEGIN
    WITH taken AS (
        DELETE FROM entry_unfolded WHERE entry_id IN (
            SELECT entry_id FROM entry_unfolded ORDER BY entry_id LIMIT p_limit FOR UPDATE SKIP LOCKED
        ) RETURNING account_id, amount
    ), totals AS (
        SELECT account_id, sum(amount) AS total, count(*) AS lines FROM taken GROUP BY account_id
    )
    SELECT array_agg(account_id), array_agg(total), coalesce(sum(lines), 0) INTO v_accounts, v_totals, v_folded
        FROM totals;
    PERFORM 1 FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE;
    UPDATE account SET posted = posted + t.total FROM unnest(v_accounts, v_totals) AS t(id, total)
        WHERE account.id = t.id;
    RETURN v_folded;
END $$;
