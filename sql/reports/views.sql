-- Views for reports, made by a DBA in a schema that may read the shop's: see
-- docs/analytics.md. They are no part of the shop, which has the same as statements.

-- What days sold, by the day of the order.
CREATE OR REPLACE VIEW v_daily_sales AS
SELECT day, currency, COUNT(DISTINCT order_id) AS orders, COUNT(DISTINCT buyer) AS buyers, SUM(qty - cancelled) AS units, SUM(total_minor) AS gross_minor,
  SUM(discount_minor) AS discount_minor, SUM(tax_minor) AS tax_minor
FROM an_line WHERE status IN ('paid', 'shipped', 'delivered') GROUP BY day, currency;

-- Money by the day that it moved.
CREATE OR REPLACE VIEW v_daily_money AS
SELECT day, currency, SUM(CASE WHEN kind = 'captured' THEN minor ELSE 0 END) AS captured_minor, SUM(CASE WHEN kind = 'refunded' THEN minor ELSE 0 END) AS refunded_minor
FROM an_payment GROUP BY day, currency;

-- What sells, and what comes back.
CREATE OR REPLACE VIEW v_product_sales AS
SELECT l.day, l.currency, l.sku, p.product_id, p.title, p.category_id, p.brand_id, SUM(l.qty - l.cancelled) AS units, SUM(l.returned) AS returned, SUM(l.total_minor) AS gross_minor
FROM an_line l LEFT JOIN an_product p ON p.sku = l.sku WHERE l.status IN ('paid', 'shipped', 'delivered')
GROUP BY l.day, l.currency, l.sku, p.product_id, p.title, p.category_id, p.brand_id;

-- What promotions cost, and the orders that they were on.
CREATE OR REPLACE VIEW v_promotion_effect AS
SELECT day, promotion_id, currency, COUNT(DISTINCT order_id) AS orders, SUM(minor) AS discount_minor FROM an_promotion_use GROUP BY day, promotion_id, currency;

-- What came and went, by reason.
CREATE OR REPLACE VIEW v_stock_turnover AS
SELECT day, sku, location_id, reason, SUM(on_hand_delta) AS on_hand_delta, SUM(incoming_delta) AS incoming_delta FROM an_movement GROUP BY day, sku, location_id, reason;

-- What visitors did: browsing is lossy, so these are parts, not sums of all.
CREATE OR REPLACE VIEW v_funnel AS
SELECT day, kind, COUNT(id) AS events, COUNT(DISTINCT visitor) AS visitors FROM an_event GROUP BY day, kind;

-- When buyers bought first, for cohorts.
CREATE OR REPLACE VIEW v_buyer AS
SELECT buyer, MIN(day) AS first_day, MAX(day) AS last_day, COUNT(DISTINCT order_id) AS orders, SUM(total_minor) AS gross_minor, currency
FROM an_line WHERE status IN ('paid', 'shipped', 'delivered') GROUP BY buyer, currency;
