-- What was filed stays as it was filed, and stays until its date: whatever the program that asks.

CREATE TRIGGER fixed BEFORE UPDATE ON stored_file FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The status of a filing, waiting for whoever is about to change it.
CREATE FUNCTION filing_status(p_filing bigint) RETURNS text LANGUAGE sql AS $$
    SELECT status FROM filing WHERE id = p_filing FOR SHARE
$$;

CREATE FUNCTION guard_attachment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.submitted_on IS NOT NULL OR NEW.withdrawn_at IS NOT NULL OR NEW.retained_until IS NOT NULL THEN
            RAISE EXCEPTION 'a new attachment is not submitted yet' USING ERRCODE = 'DU000';
        END IF;
        IF NEW.filing_id IS NOT NULL
            AND filing_status(NEW.filing_id) NOT IN ('draft', 'supplement_requested') THEN
            RAISE EXCEPTION 'filing % is submitted: nothing is attached any more', NEW.filing_id
                USING ERRCODE = 'DU000';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        -- clock_timestamp in Seoul, whatever the session says: the date is a date there
        IF OLD.submitted_on IS NOT NULL AND (
            OLD.retained_until IS NULL
            OR OLD.retained_until >= (clock_timestamp() AT TIME ZONE 'Asia/Seoul')::date
        ) THEN
            RAISE EXCEPTION 'attachment % is evidence to be kept until %', OLD.id,
                coalesce(OLD.retained_until::text, 'further notice') USING ERRCODE = 'DU000';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.file_id, NEW.organization_id, NEW.program, NEW.permission, NEW.file_name, NEW.attached_at)
        IS DISTINCT FROM
       (OLD.id, OLD.file_id, OLD.organization_id, OLD.program, OLD.permission, OLD.file_name, OLD.attached_at)
       OR (NEW.filing_id, NEW.line, NEW.subject_type, NEW.subject_id, NEW.requirement, NEW.attached_by)
        IS DISTINCT FROM
       (OLD.filing_id, OLD.line, OLD.subject_type, OLD.subject_id, OLD.requirement, OLD.attached_by) THEN
        RAISE EXCEPTION 'attachment % says what it says', OLD.id USING ERRCODE = 'DU000';
    END IF;
    IF (OLD.submitted_on IS NOT NULL AND NEW.submitted_on IS DISTINCT FROM OLD.submitted_on)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at) THEN
        RAISE EXCEPTION 'attachment % was submitted or withdrawn once and for all', OLD.id
            USING ERRCODE = 'DU000';
    END IF;
    IF OLD.retained_until IS NOT NULL
        AND (NEW.retained_until IS NULL OR NEW.retained_until < OLD.retained_until) THEN
        RAISE EXCEPTION 'attachment % is kept until %: that day is only ever put off', OLD.id, OLD.retained_until
            USING ERRCODE = 'DU000';
    END IF;
    IF NEW.withdrawn_at IS NOT NULL AND OLD.withdrawn_at IS NULL AND NEW.filing_id IS NOT NULL
        AND filing_status(NEW.filing_id) <> 'supplement_requested' THEN
        RAISE EXCEPTION 'filing % is not to be supplemented: nothing is withdrawn', NEW.filing_id
            USING ERRCODE = 'DU000';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER kept BEFORE INSERT OR UPDATE OR DELETE ON attachment
    FOR EACH ROW EXECUTE FUNCTION guard_attachment();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON attachment EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON stored_file EXECUTE FUNCTION refuse_change();
