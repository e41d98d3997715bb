-- What must never happen to calls, and who comes onto the list of participants by what they do.

CREATE FUNCTION guard_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.published_at IS NOT NULL THEN
            RAISE EXCEPTION 'call % was published and is kept', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.cancelled_at IS NOT NULL THEN
        RAISE EXCEPTION 'call % was cancelled and is kept as it is', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.published_at IS NOT NULL THEN
        IF (NEW.published_at, NEW.program, NEW.benefit_id, NEW.organization_id)
            IS DISTINCT FROM (OLD.published_at, OLD.program, OLD.benefit_id, OLD.organization_id) THEN
            RAISE EXCEPTION 'call % is published, of its program and agency', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
        IF OLD.closes_at <= now() AND (NEW.opens_at, NEW.closes_at) IS DISTINCT FROM (OLD.opens_at, OLD.closes_at) THEN
            RAISE EXCEPTION 'call % is over, and so is its period', OLD.id USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guarded BEFORE UPDATE OR DELETE ON benefit_call FOR EACH ROW EXECUTE FUNCTION guard_call();

-- 적립기관: whoever has filed something, unless it is a company; 활용기관: whoever has published a call
CREATE FUNCTION list_filer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO participant (program, organization_id, role, since)
    SELECT NEW.program, NEW.organization_id, 'earning', (now() AT TIME ZONE 'Asia/Seoul')::date
    FROM organization o WHERE o.id = NEW.organization_id AND o.kind NOT IN ('company', 'agency', 'ministry')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER lists_filer AFTER UPDATE OF status ON filing FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status NOT IN ('draft', 'cancelled')) EXECUTE FUNCTION list_filer();
CREATE TRIGGER lists_filer_at_once AFTER INSERT ON filing FOR EACH ROW
    WHEN (NEW.status NOT IN ('draft', 'cancelled')) EXECUTE FUNCTION list_filer();

CREATE FUNCTION list_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO participant (program, organization_id, role, since)
    VALUES (NEW.program, NEW.organization_id, 'using', (now() AT TIME ZONE 'Asia/Seoul')::date)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER lists_agency AFTER UPDATE OF published_at ON benefit_call FOR EACH ROW
    WHEN (NEW.published_at IS NOT NULL) EXECUTE FUNCTION list_agency();

INSERT INTO participant (program, organization_id, role, since)
SELECT f.program, f.organization_id, 'earning', min(coalesce(f.submitted_on, f.created_at::date))
FROM filing f JOIN organization o ON o.id = f.organization_id
WHERE f.status NOT IN ('draft', 'cancelled') AND o.kind NOT IN ('company', 'agency', 'ministry')
GROUP BY f.program, f.organization_id;
