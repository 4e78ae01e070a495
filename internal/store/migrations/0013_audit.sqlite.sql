-- Entries of the audit log are only ever added: the database itself refuses
-- the rest.
CREATE TRIGGER audit_keeps_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are only ever added');
END;
CREATE TRIGGER audit_keeps_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit log are only ever added');
END;
