-- Postings that stand alone, many in one call and one commit, each with its own outcome. What is refused leaves
-- nothing; what would have to wait long for an account is `busy`, and the caller posts it by itself.

CREATE FUNCTION ledger_gathered(
    p_verbs text[], p_programs text[], p_assets text[], p_keys text[], p_hashes text[], p_effective date[],
    p_actors bigint[], p_reasons text[], p_references text[], p_organizations bigint[], p_others bigint[],
    p_amounts bigint[], p_holds bigint[], p_request_ids text[], p_events jsonb[]
) RETURNS TABLE (
    place int, transaction_id bigint, replayed boolean, hold_id bigint, state text, told text, detail text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE v_busy bigint[] := '{}';
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR place IN SELECT n FROM generate_subscripts(p_verbs, 1) AS n
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
