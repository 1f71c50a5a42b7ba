-- While a payment provider cannot be reached, the method of a shopper who agreed is kept, sealed, until the attempt has an answer.

ALTER TABLE payment_attempt ADD (method_sealed RAW(1000));

ALTER TABLE payment_attempt ADD (return_url VARCHAR2(1000 CHAR));
