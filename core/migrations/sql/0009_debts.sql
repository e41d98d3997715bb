-- Debts. What was earned by a false filing is taken back even where it has been spent: what is not there becomes a debt
-- (환수 미납액) of the organization, and whatever comes in free pays it first.
--
-- `account.owed` stands in the holder's row, which every posting locks anyway, and in the row of its account of kind
-- 'debt', whose balance is the same below zero. While `owed` is not zero the holder's row has nothing free, by a CHECK.
--
-- ** Every function that brings points to a holder, or frees held ones, does three things: **
--   * it locks the accounts and reads which of them owe (`owed > 0`), in the statement that locks;
--   * of those that do, it calls ledger_take_in_hand() before it raises `posted` or lowers `held`, or the CHECK refuses;
--   * when everything else is written, it calls ledger_pay_debts() for them, or the commit is refused.
-- When nobody owes, it calls neither, and has paid for one column more.
--
-- Refused besides what 0001_ledgers.sql names:   DU009 in debt

CREATE FUNCTION refuse_untold_debt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF (
        SELECT coalesce(sum(owed) FILTER (WHERE kind = 'debt'), 0) <> coalesce(sum(owed) FILTER (WHERE kind <> 'debt'), 0)
        FROM account WHERE program = NEW.program AND asset = NEW.asset AND kind IN ('holder', 'debt')
            AND organization_id = NEW.organization_id AND label = NEW.label
    ) THEN
        RAISE EXCEPTION 'account % owes something else than its debt', NEW.id USING ERRCODE = 'DU000';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER owed_alike AFTER UPDATE OF owed ON account DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refuse_untold_debt();

-- Refuse whoever owes, and say since which taking back. Whoever owes nothing is not refused here.
CREATE FUNCTION ledger_refuse_debtor(p_account bigint, p_amount bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE v_owed bigint; v_taken record;
BEGIN
    SELECT owed INTO v_owed FROM account WHERE id = p_account;
    IF v_owed = 0 THEN RETURN; END IF;
    SELECT t.id, t.effective_on, t.reason INTO v_taken
        FROM account h JOIN account d ON d.program = h.program AND d.asset = h.asset AND d.kind = 'debt'
            AND d.organization_id = h.organization_id AND d.label = h.label
        JOIN entry e ON e.account_id = d.id JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE h.id = p_account AND e.amount < 0 ORDER BY e.id DESC LIMIT 1;
    RAISE EXCEPTION 'account % owes %', p_account, v_owed
        USING ERRCODE = 'DU009', DETAIL = json_build_object('owed', v_owed, 'requested', p_amount,
            'transaction', v_taken.id, 'since', v_taken.effective_on, 'reason', v_taken.reason)::text;
END $$;

-- Before points come to these holders, who are locked: what they owe is taken in hand until ledger_pay_debts().
CREATE FUNCTION ledger_take_in_hand(p_accounts bigint[]) RETURNS bigint[] LANGUAGE sql AS $$
    WITH owing AS (
        UPDATE account SET owed = 0 WHERE id = ANY (p_accounts) AND lotted AND owed > 0 RETURNING id
    )
    SELECT array_agg(id) FROM owing
$$;

-- Take so much from each of these lots of one organization; the transaction is open, the account locked.
CREATE FUNCTION ledger_take(p_transaction bigint, p_organization bigint, p_lots bigint[], p_takes bigint[])
RETURNS void LANGUAGE sql AS $$
    UPDATE lot SET remaining = remaining - t.take FROM unnest(p_lots, p_takes) AS t(id, take) WHERE lot.id = t.id;
    INSERT INTO lot_move (transaction_id, lot_id, organization_id, amount)
        SELECT p_transaction, id, p_organization, -take FROM unnest(p_lots, p_takes) AS t(id, take);
$$;

-- Pay what these holders owe from what is free now; each pays in a transaction of its own, of kind 'debt_payment'. What
-- came to them past its term pays nothing: it is written off. They are locked and taken in hand.
CREATE FUNCTION ledger_pay_debts(
    p_accounts bigint[], p_key text, p_hash text, p_effective date, p_actor bigint, p_reason text, p_reference text
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_one record; v_due bigint[]; v_pays bigint; v_transaction bigint; v_lots bigint[]; v_takes bigint[];
    v_posted bigint; v_debts bigint; v_key text; v_hash text;
BEGIN
    FOR v_one IN
        SELECT h.id, h.organization_id, h.program, h.asset, d.id AS debt, d.owed
        FROM account h JOIN account d ON d.program = h.program AND d.asset = h.asset AND d.kind = 'debt'
            AND d.organization_id = h.organization_id AND d.label = h.label
        WHERE h.id = ANY (p_accounts) ORDER BY h.id
    LOOP
        v_key := p_key || ':debt:' || v_one.organization_id;
        v_hash := p_hash || ':debt:' || v_one.organization_id;
        SELECT array_agg(id) INTO v_due FROM lot
            WHERE account_id = v_one.id AND remaining > held AND expires_on <= p_effective;
        IF v_due IS NOT NULL THEN
            PERFORM ledger_write_off(o.transaction_id, v_one.program, v_one.asset, p_effective, v_due)
            FROM ledger_open(v_one.program, 'expire', v_key || ':expired', v_hash || ':expired', p_effective, p_actor,
                             p_reason, p_reference) AS o;
        END IF;
        SELECT least(v_one.owed, posted - held) INTO v_pays FROM account WHERE id = v_one.id;
        IF v_pays > 0 THEN
            SELECT o.transaction_id INTO v_transaction
                FROM ledger_open(v_one.program, 'debt_payment', v_key, v_hash, p_effective, p_actor,
                                 '미납 환수액 우선 상계: ' || p_reason, p_reference) AS o;
            SELECT a.lots, a.takes INTO v_lots, v_takes FROM ledger_allocate(v_one.id, v_pays, p_effective) AS a;
            PERFORM ledger_take(v_transaction, v_one.organization_id, v_lots, v_takes);
        END IF;
        UPDATE account SET posted = posted - v_pays, owed = v_one.owed - v_pays WHERE id = v_one.id
            RETURNING posted INTO v_posted;
        IF v_pays > 0 THEN
            UPDATE account SET posted = posted + v_pays, owed = owed - v_pays WHERE id = v_one.debt
                RETURNING posted INTO v_debts;
            PERFORM ledger_enter(v_transaction, v_one.asset, p_effective, ARRAY[v_one.id, v_one.debt],
                                 ARRAY[v_one.organization_id, v_one.organization_id], ARRAY[-v_pays, v_pays],
                                 ARRAY[v_posted, v_debts]);
        END IF;
    END LOOP;
END $$;

-- Claw back: whole earnings are taken back, each once, however much of them is left. From an organization goes first what
-- is free of its own lots, then what is free of its others, soonest to expire first; the rest becomes a debt. What is
-- held stays held: it pays when it is released. What had expired was of no use to anybody and is not taken.
-- Answers a row for every earning and organization, the same again for a key that was used.
CREATE FUNCTION ledger_claw_back(
    p_program text, p_effective date, p_actor bigint, p_reason text,
    p_keys text[], p_hashes text[], p_references text[], p_transactions bigint[]
) RETURNS TABLE (
    place int, transaction_id bigint, replayed boolean, organization_id bigint, asset text, taken bigint, owed bigint,
    expired bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_wrong record; v_accounts bigint[]; v_fresh int; v_due record; v_transaction bigint; v_replayed boolean;
    v_one record; v_lots bigint[]; v_takes bigint[]; v_back bigint; v_taken bigint; v_more bigint; v_posted bigint;
    v_debt bigint; v_debts bigint; v_issuance bigint;
BEGIN
    SELECT n.id, t.kind INTO v_wrong FROM unnest(p_transactions) AS n(id)
        LEFT JOIN ledger_transaction t ON t.id = n.id AND t.program = p_program
        WHERE t.kind IS DISTINCT FROM 'earn' LIMIT 1;
    IF FOUND AND v_wrong.kind IS NULL THEN
        RAISE EXCEPTION 'there is no transaction % in %', v_wrong.id, p_program
            USING ERRCODE = 'DU003', DETAIL = json_build_object('transaction', v_wrong.id)::text;
    ELSIF FOUND THEN
        RAISE EXCEPTION 'a % cannot be clawed back', v_wrong.kind
            USING ERRCODE = 'DU008', DETAIL = json_build_object('kind', v_wrong.kind)::text;
    END IF;
    SELECT array_agg(DISTINCT l.account_id) INTO v_accounts FROM lot l WHERE l.transaction_id = ANY (p_transactions);
    PERFORM 1 FROM account WHERE id = ANY (v_accounts) ORDER BY id FOR NO KEY UPDATE;

    SELECT min(n.place) INTO v_fresh FROM unnest(p_keys) WITH ORDINALITY AS n(key, place)
        WHERE NOT EXISTS (
            SELECT FROM ledger_transaction t WHERE t.program = p_program AND t.idempotency_key = n.key
        );
    IF v_fresh IS NOT NULL THEN
        FOR v_due IN
            SELECT l.asset, array_agg(l.id) AS lots FROM lot l
            WHERE l.account_id = ANY (v_accounts) AND l.remaining > l.held AND l.expires_on <= p_effective
            GROUP BY l.asset
        LOOP
            PERFORM ledger_write_off(o.transaction_id, p_program, v_due.asset, p_effective, v_due.lots)
            FROM ledger_open(p_program, 'expire', p_keys[v_fresh] || ':expired:' || v_due.asset,
                             p_hashes[v_fresh] || ':expired', p_effective, p_actor, p_reason,
                             p_references[v_fresh]) AS o;
        END LOOP;
    END IF;

    FOR v_place IN 1 .. cardinality(p_transactions) LOOP
        PERFORM 1 FROM ledger_transaction t WHERE t.reverses_id = p_transactions[v_place]
            AND NOT (t.program = p_program AND t.idempotency_key = p_keys[v_place]);
        IF FOUND THEN
            RAISE EXCEPTION 'transaction % is already reversed', p_transactions[v_place]
                USING ERRCODE = 'DU006',
                      DETAIL = json_build_object('transaction', p_transactions[v_place])::text;
        END IF;
        SELECT o.transaction_id, o.replayed INTO v_transaction, v_replayed
            FROM ledger_open(p_program, 'claw_back', p_keys[v_place], p_hashes[v_place], p_effective, p_actor, p_reason,
                             p_references[v_place], p_transactions[v_place]) AS o;
        FOR v_one IN
            SELECT l.account_id AS id, l.organization_id, l.asset, sum(l.amount)::bigint AS earned,
                array_agg(l.id) AS lots
            FROM lot l WHERE l.transaction_id = p_transactions[v_place]
            GROUP BY l.account_id, l.organization_id, l.asset ORDER BY l.account_id
        LOOP
            IF NOT v_replayed THEN
                SELECT v_one.earned + coalesce(sum(m.amount), 0) INTO v_back
                    FROM lot_move m JOIN ledger_transaction t ON t.id = m.transaction_id
                    WHERE m.lot_id = ANY (v_one.lots) AND t.kind = 'expire';
                SELECT coalesce(array_agg(l.id), '{}'), coalesce(array_agg(l.remaining - l.held), '{}'),
                    coalesce(sum(l.remaining - l.held), 0)
                    INTO v_lots, v_takes, v_taken FROM lot l WHERE l.id = ANY (v_one.lots) AND l.remaining > l.held;
                PERFORM ledger_take(v_transaction, v_one.organization_id, v_lots, v_takes);
                SELECT least(v_back - v_taken, a.posted - a.held - v_taken) INTO v_more
                    FROM account a WHERE a.id = v_one.id;
                IF v_more > 0 THEN
                    SELECT a.lots, a.takes INTO v_lots, v_takes FROM ledger_allocate(v_one.id, v_more, p_effective) AS a;
                    PERFORM ledger_take(v_transaction, v_one.organization_id, v_lots, v_takes);
                    v_taken := v_taken + v_more;
                END IF;
                UPDATE account a SET posted = a.posted - v_taken, owed = a.owed + v_back - v_taken
                    WHERE a.id = v_one.id RETURNING a.posted INTO v_posted;
                v_debt := NULL;
                v_debts := NULL;
                IF v_back > v_taken THEN
                    v_debt := ledger_account(p_program, v_one.asset, 'debt', v_one.organization_id);
                    UPDATE account a SET posted = a.posted - (v_back - v_taken), owed = a.owed + v_back - v_taken
                        WHERE a.id = v_debt RETURNING a.posted INTO v_debts;
                END IF;
                v_issuance := ledger_account(p_program, v_one.asset, 'issuance');
                PERFORM ledger_enter(v_transaction, v_one.asset, p_effective, array_agg(line.account),
                                     array_agg(line.organization), array_agg(line.amount), array_agg(line.balance))
                FROM (VALUES (v_one.id, v_one.organization_id, -v_taken, v_posted),
                             (v_debt, v_one.organization_id, v_taken - v_back, v_debts),
                             (v_issuance, NULL, v_back, NULL)) AS line(account, organization, amount, balance)
                WHERE line.amount <> 0;
            END IF;
            RETURN QUERY
                SELECT v_place, v_transaction, v_replayed, v_one.organization_id, v_one.asset,
                    coalesce(-sum(e.amount) FILTER (WHERE a.kind = 'holder'), 0)::bigint,
                    coalesce(-sum(e.amount) FILTER (WHERE a.kind = 'debt'), 0)::bigint,
                    (v_one.earned + coalesce(sum(e.amount), 0))::bigint
                FROM entry e JOIN account a ON a.id = e.account_id
                WHERE e.transaction_id = v_transaction AND e.organization_id = v_one.organization_id;
        END LOOP;
    END LOOP;
END $$;
