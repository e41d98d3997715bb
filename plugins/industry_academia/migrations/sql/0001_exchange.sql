-- The exchange: what no column says by itself. Times are kept apart, terms and histories kept as they are.

-- Two slots of one listing never overlap. The listing is a range of one number, so that no extension is needed.
ALTER TABLE ia_exchange_slot ADD CONSTRAINT ia_exchange_slot_apart EXCLUDE USING gist (
    int8range(listing_id, listing_id, '[]') WITH &&, tstzrange(from_at, until_at) WITH &&
);

CREATE FUNCTION ia_exchange_refuse(p_constraint text, p_what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_what USING ERRCODE = 'check_violation', CONSTRAINT = p_constraint;
END $$;

-- Whose a listing is stays; what it is and the unit it is priced in stay once somebody may have relied on them.
CREATE FUNCTION ia_exchange_guard_listing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.university_id <> OLD.university_id
        OR (OLD.published_at IS NOT NULL AND (NEW.kind, NEW.unit, NEW.published_at)
            IS DISTINCT FROM (OLD.kind, OLD.unit, OLD.published_at)) THEN
        PERFORM ia_exchange_refuse('ia_exchange_listing_kept', 'a listing keeps its owner, kind and unit');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ia_exchange_listing_kept BEFORE UPDATE ON ia_exchange_listing
    FOR EACH ROW EXECUTE FUNCTION ia_exchange_guard_listing();

-- A slot is replaced, not edited: somebody may have seen it as it was.
CREATE FUNCTION ia_exchange_guard_slot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ia_exchange_refuse('ia_exchange_slot_kept', 'a slot is removed or left as it is');
    RETURN NULL;
END $$;
CREATE TRIGGER ia_exchange_slot_kept BEFORE UPDATE ON ia_exchange_slot
    FOR EACH ROW EXECUTE FUNCTION ia_exchange_guard_slot();

-- An order begins as a request of the listing's own terms, against a hold of the company's own.
CREATE FUNCTION ia_exchange_guard_new_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'requested' THEN
        PERFORM ia_exchange_refuse('ia_exchange_order_begins', 'an order begins as a request');
    END IF;
    IF NOT EXISTS (SELECT FROM ia_exchange_listing l WHERE l.id = NEW.listing_id AND l.status = 'published'
                   AND (l.university_id, l.price_won, l.unit, l.kind)
                     = (NEW.university_id, NEW.price_won, NEW.unit, NEW.kind)) THEN
        PERFORM ia_exchange_refuse('ia_exchange_order_on_offer', 'an order is of what is on offer, at its price');
    END IF;
    IF NEW.points > 0 AND NOT EXISTS (SELECT FROM hold h WHERE h.id = NEW.hold_id AND h.status = 'open'
                   AND (h.organization_id, h.amount) = (NEW.company_id, NEW.points)) THEN
        PERFORM ia_exchange_refuse('ia_exchange_order_held', 'the hold is of the company and of the order''s points');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ia_exchange_order_begins BEFORE INSERT ON ia_exchange_order
    FOR EACH ROW EXECUTE FUNCTION ia_exchange_guard_new_order();

-- From there it moves on one step at a time, never back, its terms untouched, and the ledger has done its part.
CREATE FUNCTION ia_exchange_guard_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_steps constant jsonb := '{"requested": ["accepted", "rejected", "cancelled", "lapsed"],
        "accepted": ["cancelled", "settled"], "settled": ["reversed"]}';
    v_moving constant text[] := ARRAY['status', 'taken', 'transfer_id', 'reversal_id', 'change_key', 'accepted_at',
        'accepted_by', 'settled_at', 'settled_by', 'paid_won', 'paid_on', 'ended_at', 'ended_by', 'reason'];
    v_hold text;
BEGIN
    IF NOT coalesce(v_steps -> OLD.status, '[]') ? NEW.status THEN
        PERFORM ia_exchange_refuse('ia_exchange_order_moves_on',
                                   format('an order does not go from %s to %s', OLD.status, NEW.status));
    END IF;
    IF to_jsonb(NEW) - v_moving <> to_jsonb(OLD) - v_moving
        OR (OLD.status = 'settled' AND (NEW.transfer_id, NEW.settled_at, NEW.settled_by, NEW.paid_won, NEW.paid_on)
            IS DISTINCT FROM (OLD.transfer_id, OLD.settled_at, OLD.settled_by, OLD.paid_won, OLD.paid_on)) THEN
        PERFORM ia_exchange_refuse('ia_exchange_order_kept', 'what was agreed, and what was settled, stays as it is');
    END IF;
    IF NEW.points > 0 THEN
        SELECT h.status INTO v_hold FROM hold h WHERE h.id = NEW.hold_id
            AND (NEW.transfer_id IS NULL OR h.closed_by = NEW.transfer_id);
        IF v_hold IS DISTINCT FROM (CASE WHEN NEW.status = 'accepted' THEN 'open'
                WHEN NEW.status IN ('settled', 'reversed') THEN 'used' ELSE 'released' END) THEN
            PERFORM ia_exchange_refuse('ia_exchange_order_held', 'the hold is open while the order is, and no longer');
        END IF;
        IF NEW.status = 'reversed' AND NOT EXISTS (SELECT FROM ledger_transaction t WHERE t.id = NEW.reversal_id
                AND t.reverses_id = NEW.transfer_id) THEN
            PERFORM ia_exchange_refuse('ia_exchange_order_reversed_by_a_transaction', 'of the transfer it reverses');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ia_exchange_order_moves_on BEFORE UPDATE ON ia_exchange_order
    FOR EACH ROW EXECUTE FUNCTION ia_exchange_guard_order();

CREATE TRIGGER ia_exchange_order_stays BEFORE DELETE ON ia_exchange_order
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ia_exchange_booking_stays BEFORE DELETE ON ia_exchange_booking
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is booked is a slot of the order's own listing, as it is.
CREATE FUNCTION ia_exchange_guard_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ia_exchange_slot s JOIN ia_exchange_order o ON o.listing_id = s.listing_id
                   WHERE o.id = NEW.order_id AND s.id = NEW.slot_id
                   AND (s.from_at, s.until_at, s.units) = (NEW.from_at, NEW.until_at, NEW.units)) THEN
        PERFORM ia_exchange_refuse('ia_exchange_booking_of_a_slot', 'a booking is of a slot of the order''s listing');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ia_exchange_booking_of_a_slot BEFORE INSERT ON ia_exchange_booking
    FOR EACH ROW EXECUTE FUNCTION ia_exchange_guard_booking();
