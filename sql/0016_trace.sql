-- What is delivered later belongs to the trace of whoever asked for it (W3C Trace Context).

ALTER TABLE outbox ADD (traceparent VARCHAR2(55 CHAR));
