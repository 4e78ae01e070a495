-- The delivery log is read newest first, all of a webhook or one state of it.
CREATE INDEX deliveries_status ON deliveries (webhook_id, status, id);
