-- Expire what was earned before a day, whatever its term: for a scheme that begins anew (제도개편). Of at most `p_limit`
-- accounts; what is held stays held, and is written off by the next call once it is free.
CREATE FUNCTION ledger_expire_earned_before(
    p_program text, p_asset text, p_before date, p_key text, p_hash text, p_effective date, p_actor bigint,
    p_reason text, p_limit int, OUT transaction_id bigint, OUT replayed boolean, OUT accounts bigint, OUT lots bigint,
    OUT amount bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_accounts bigint[]; v_lots bigint[];
BEGIN
    SELECT array_agg(account_id) INTO v_accounts FROM (
        SELECT DISTINCT l.account_id FROM lot l
        WHERE l.program = p_program AND l.asset = p_asset AND l.earned_on < p_before AND l.remaining > l.held
        LIMIT p_limit
    ) AS due;
    PERFORM 1 FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE;
    SELECT array_agg(l.id), count(DISTINCT l.account_id) INTO v_lots, accounts FROM lot l
        WHERE l.account_id = ANY (v_accounts) AND l.earned_on < p_before AND l.remaining > l.held;
    replayed := false; lots := 0; amount := 0;
    IF v_lots IS NULL AND NOT EXISTS (
        SELECT FROM ledger_transaction t WHERE t.program = p_program AND t.idempotency_key = p_key
    ) THEN RETURN; END IF;

    SELECT o.* INTO transaction_id, replayed
        FROM ledger_open(p_program, 'expire', p_key, p_hash, p_effective, p_actor, p_reason, '') AS o;
    IF replayed THEN
        SELECT count(DISTINCT l.account_id), count(*), -sum(m.amount) INTO accounts, lots, amount
            FROM lot_move m JOIN lot l ON l.id = m.lot_id
            WHERE m.transaction_id = ledger_expire_earned_before.transaction_id;
        RETURN;
    END IF;
    SELECT w.lots, w.amount INTO lots, amount
        FROM ledger_write_off(transaction_id, p_program, p_asset, p_effective, v_lots) AS w;
END $$;
