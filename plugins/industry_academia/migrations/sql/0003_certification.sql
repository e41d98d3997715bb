-- What no column says by itself of a certification round. Every refusal names its constraint.

CREATE FUNCTION ia_certification_refuse(p_constraint text, p_says text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', p_says USING ERRCODE = 'check_violation', CONSTRAINT = p_constraint;
END $$;

-- A step is taken by one at a time, on its day or later. That it follows the one before is a foreign key.
CREATE FUNCTION ia_certification_step_on_its_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_round ia_certification_round;
    v_day date := (NEW.at AT TIME ZONE 'Asia/Seoul')::date;
BEGIN
    SELECT * INTO v_round FROM ia_certification_round WHERE id = NEW.round_id FOR UPDATE;
    IF (NEW.status = 'called' AND NEW.at >= v_round.closes_at)
        OR (NEW.status = 'evaluating' AND (NEW.at < v_round.closes_at OR v_day < v_round.evaluation_from))
        OR (NEW.status = 'deliberated' AND v_day < v_round.council_on)
        OR (NEW.status = 'approved' AND v_day < v_round.approval_on)
    THEN
        PERFORM ia_certification_refuse('ia_certification_step_on_its_day', 'the round is not there yet by its dates');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER on_its_day BEFORE INSERT ON ia_certification_step
    FOR EACH ROW EXECUTE FUNCTION ia_certification_step_on_its_day();

-- Written only after the round has reached one status and before it has reached another ('' is no status). The round's
-- row is locked against a step that is being taken, so that nothing is written beside it.
CREATE FUNCTION ia_certification_between() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_round bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.round_id ELSE NEW.round_id END;
BEGIN
    PERFORM FROM ia_certification_round WHERE id = v_round FOR KEY SHARE;
    IF NOT EXISTS (SELECT FROM ia_certification_step WHERE round_id = v_round AND status = TG_ARGV[0])
        OR EXISTS (SELECT FROM ia_certification_step WHERE round_id = v_round AND status = TG_ARGV[1])
        OR (TG_OP = 'UPDATE' AND NEW.round_id <> OLD.round_id)
    THEN
        PERFORM ia_certification_refuse(
            TG_TABLE_NAME || '_between', format('only between %s and %s of the round', TG_ARGV[0], TG_ARGV[1])
        );
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER between_steps BEFORE INSERT OR UPDATE OR DELETE ON ia_certification_criterion
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('prepared', 'called');
CREATE TRIGGER between_steps BEFORE INSERT OR UPDATE OR DELETE ON ia_certification_assessor
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('prepared', 'evaluated');
CREATE TRIGGER between_steps BEFORE INSERT OR UPDATE OR DELETE ON ia_certification_application
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('called', 'evaluating');
CREATE TRIGGER between_steps BEFORE INSERT OR UPDATE OR DELETE ON ia_certification_score
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('evaluating', 'evaluated');
CREATE TRIGGER between_steps BEFORE INSERT ON ia_certification_result
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('evaluated', 'deliberated');
CREATE TRIGGER between_steps BEFORE INSERT OR UPDATE OR DELETE ON ia_certification_decision
    FOR EACH ROW EXECUTE FUNCTION ia_certification_between('evaluated', 'deliberated');

-- Who applies: neither a university nor its foundation, whatever way an application comes.
CREATE FUNCTION ia_certification_applicant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_day date := (NEW.applied_at AT TIME ZONE 'Asia/Seoul')::date;
BEGIN
    IF (SELECT kind FROM organization WHERE id = NEW.organization_id) = 'university' OR (
        SELECT s.holds FROM standing s
        WHERE s.organization_id = NEW.organization_id AND s.kind = 'university_foundation' AND s.valid_from <= v_day
            AND (s.valid_until IS NULL OR s.valid_until >= v_day)
        ORDER BY s.valid_from DESC, s.id DESC LIMIT 1
    ) THEN
        PERFORM ia_certification_refuse(
            'ia_certification_application_no_university', 'neither universities nor their foundations apply'
        );
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER no_university BEFORE INSERT ON ia_certification_application
    FOR EACH ROW EXECUTE FUNCTION ia_certification_applicant();

-- Once called, a round keeps its terms and may only be rescheduled; once approved, nothing of it changes.
CREATE FUNCTION ia_certification_round_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ia_certification_step WHERE round_id = OLD.id AND status = 'approved')
        OR (EXISTS (SELECT FROM ia_certification_step WHERE round_id = OLD.id AND status = 'called') AND
            (OLD.title, OLD.earned_from, OLD.earned_until, OLD.places, OLD.valid_years, OLD.quantitative_max,
                OLD.scoring, OLD.mean)
            IS DISTINCT FROM
            (NEW.title, NEW.earned_from, NEW.earned_until, NEW.places, NEW.valid_years, NEW.quantitative_max,
                NEW.scoring, NEW.mean))
        OR (EXISTS (SELECT FROM ia_certification_step WHERE round_id = OLD.id AND status = 'evaluating') AND
            (OLD.opens_at, OLD.closes_at) IS DISTINCT FROM (NEW.opens_at, NEW.closes_at))
    THEN
        PERFORM ia_certification_refuse('ia_certification_round_keeps_its_terms', 'what was called is not changed');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keeps_its_terms BEFORE UPDATE ON ia_certification_round
    FOR EACH ROW EXECUTE FUNCTION ia_certification_round_keeps_its_terms();

-- A certificate is revoked once, and otherwise stays as it was issued.
CREATE FUNCTION ia_certification_certificate_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL
        OR to_jsonb(OLD) - 'revoked_at' - 'revoked_reason' <> to_jsonb(NEW) - 'revoked_at' - 'revoked_reason'
    THEN
        PERFORM ia_certification_refuse('ia_certification_certificate_stays', 'a certificate can only be revoked, once');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON ia_certification_certificate
    FOR EACH ROW EXECUTE FUNCTION ia_certification_certificate_stays();
