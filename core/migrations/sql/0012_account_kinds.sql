-- Account kinds are closed, and the kind decides whether an account has a floor and whose it can be. The constraint
-- `account_kind_decides` holds it for every row; these functions make accounts, and move money between them.

-- Which account a refusal is about, for whoever is refused.
CREATE FUNCTION ledger_account_names(p_account account) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'account', p_account.id, 'account_kind', p_account.kind, 'label', p_account.label, 'asset', p_account.asset,
        'organization', (SELECT name FROM organization WHERE id = p_account.organization_id)
    )
$$;

CREATE OR REPLACE FUNCTION ledger_account(
    p_program text, p_asset text, p_kind text, p_organization bigint DEFAULT NULL, p_label text DEFAULT ''
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_id bigint;
BEGIN
    SELECT id INTO v_id FROM account WHERE program = p_program AND asset = p_asset AND kind = p_kind
        AND organization_id IS NOT DISTINCT FROM p_organization AND label = p_label;
    IF NOT FOUND THEN
        INSERT INTO account (program, asset, kind, organization_id, label, floored, lotted)
        VALUES (p_program, p_asset, p_kind, p_organization, p_label,
                p_kind IN ('holder', 'fund', 'line', 'spent'), p_kind = 'holder')
        ON CONFLICT DO NOTHING RETURNING id INTO v_id;
        IF NOT FOUND THEN
            SELECT id INTO v_id FROM account WHERE program = p_program AND asset = p_asset AND kind = p_kind
                AND organization_id IS NOT DISTINCT FROM p_organization AND label = p_label;
        END IF;
    END IF;
    RETURN v_id;
END $$;

-- The same for the application, which may not write accounts itself. Only a claw-back makes a debt.
CREATE OR REPLACE FUNCTION ledger_open_account(
    p_program text, p_asset text, p_kind text, p_organization bigint, p_label text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF p_kind = 'debt' THEN
        RAISE EXCEPTION 'an account of kind debt is made by a claw-back only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN ledger_account(p_program, p_asset, p_kind, p_organization, p_label);
END $$;

-- Move money between accounts without lots. The kind of the transaction is the program's own word.
CREATE OR REPLACE FUNCTION ledger_move(
    p_program text, p_asset text, p_kind text, p_key text, p_hash text, p_effective date, p_actor bigint,
    p_reason text, p_reference text, p_accounts bigint[], p_amounts bigint[],
    OUT transaction_id bigint, OUT replayed boolean
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_short record;
BEGIN
    IF cardinality(p_accounts) < 2 OR (SELECT sum(a) FROM unnest(p_amounts) AS m(a)) IS DISTINCT FROM 0
        OR 0 = ANY (p_amounts)
        OR (SELECT count(*) FROM account WHERE id = ANY (p_accounts) AND program = p_program AND asset = p_asset
            AND kind IN ('fund', 'line', 'spent', 'issuance', 'redeemed', 'expired')) <> cardinality(p_accounts)
    THEN
        RAISE EXCEPTION 'a move is between two or more accounts without lots, each once, and sums to zero'
            USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;
    IF p_kind IN ('earn', 'spend', 'hold', 'use', 'release', 'transfer', 'reverse', 'claw_back', 'expire', 'debt_payment')
        OR p_kind = ''
    THEN
        RAISE EXCEPTION 'a move cannot be called %, which is the name of another verb', p_kind
            USING ERRCODE = 'DU005', DETAIL = '{"amount": 0}';
    END IF;
    PERFORM 1 FROM account WHERE id = ANY (p_accounts) AND floored ORDER BY id FOR NO KEY UPDATE;
    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, p_kind, p_key, p_hash, p_effective, p_actor, p_reason, p_reference) AS o;
    IF replayed THEN RETURN; END IF;

    -- what is issued comes from nowhere; any other account gives only what it has, and one without a floor nothing
    SELECT a.id, CASE WHEN a.floored THEN a.posted - a.held ELSE 0 END AS free, -m.amount AS asked,
            ledger_account_names(a) AS names INTO v_short
        FROM unnest(p_accounts, p_amounts) AS m(id, amount) JOIN account a ON a.id = m.id
        WHERE m.amount < 0 AND CASE WHEN a.floored THEN a.posted - a.held + m.amount < 0
            ELSE a.kind <> 'issuance' OR a.organization_id IS NOT NULL END
        ORDER BY a.id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % has % of the % asked for', v_short.id, v_short.free, v_short.asked
            USING ERRCODE = 'DU001',
                  DETAIL = (json_build_object('available', v_short.free, 'requested', v_short.asked)::jsonb
                            || v_short.names)::text;
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

-- Reverse, as before; a refusal about money names the account.
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
    SELECT a.id, a.posted - a.held AS free, t.total, ledger_account_names(a) AS names INTO v_short FROM account a
        JOIN (SELECT account_id, sum(amount) AS total FROM entry e WHERE e.transaction_id = p_transaction
              GROUP BY account_id) AS t ON t.account_id = a.id
        WHERE a.floored AND t.total > a.posted - a.held LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'account % has only % of the % to take back', v_short.id, v_short.free, v_short.total
            USING ERRCODE = 'DU007',
                  DETAIL = (json_build_object('available', v_short.free, 'requested', v_short.total)::jsonb
                            || v_short.names)::text;
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
