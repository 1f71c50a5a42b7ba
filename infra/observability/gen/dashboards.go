package main

import "fmt"

const (
	requests = "tradewind_http_request_duration_seconds"
	quantile = `histogram_quantile(0.99, sum by (%[1]s, le) (rate(%[2]s_bucket[5m])))`
)

// p99 is the time within which 99 of 100 are done, by a label.
func p99(by, histogram string) string { return fmt.Sprintf(quantile, by, histogram) }

// gauge is the largest that any process tells: they look at the same database.
func gauge(name string) string { return "max(" + name + ")" }

func dashboards(list []promise) []dashboard {
	return []dashboard{shopBoard(), servicesBoard(), databaseBoard(), queuesBoard(), cacheBoard(), searchBoard(), paymentsBoard(), infrastructureBoard(), sloBoard(list)}
}

func shopBoard() dashboard {
	per := func(became string) string {
		return fmt.Sprintf(`sum(increase(tradewind_orders_total{became=%q}[1h]))`, became)
	}
	step := func(match string) string { return `sum(increase(` + requests + `_count{` + match + `}[1h]))` }
	return dashboard{"tradewind-shop", "Tradewind: the shop", []row{
		{"Business", []panel{
			{Title: "Orders", Unit: "short", Help: "in the last hour", Lines: []line{{per("placed"), "placed"}, {per("paid"), "paid"}, {per("cancelled"), "cancelled"}, {per("expired"), "expired"}}},
			{Title: "Revenue", Unit: "short", Help: "minor units of the currency in the last hour", Lines: []line{{`sum by (currency) (increase(tradewind_revenue_minor_total[1h]))`, "{{currency}}"}}},
			{Title: "Refunds", Unit: "short", Help: "in the last hour", Lines: []line{{`sum(increase(tradewind_refunds_total[1h]))`, "refunds"}}},
			{Title: "Funnel", Unit: "short", Help: "requests in the last hour", Lines: []line{
				{step(`route="/v1/products/{key}",method="GET",status="2xx"`), "1 products looked at"}, {step(`route="/v1/carts",method="POST",status="2xx"`), "2 carts begun"},
				{step(`route="/v1/checkout",method="POST",status="2xx"`), "3 orders placed"}, {step(`route="/v1/orders/{id}/payment",method="POST",status="2xx"`), "4 payments taken"}}},
			{Title: "Conversion", Unit: "percentunit", Help: "orders paid for each cart that was begun, in the last hour", Lines: []line{{per("paid") + ` / ` + step(`route="/v1/carts",method="POST",status="2xx"`), "paid of begun"}}},
			{Title: "Requests by journey", Unit: "reqps", Lines: []line{{`tradewind:slo_events:rate5m{slo=~".*-available"}`, "{{slo}}"}}},
		}},
		{"Books", []panel{
			{Title: "Books that disagree", Unit: "short", Lines: []line{{`max by (check) (tradewind_invariant_violations)`, "{{check}}"}}},
			{Title: "Time since all books were looked at", Unit: "s", Lines: []line{{`min(tradewind_invariant_round_age_seconds)`, "age"}}},
			{Title: "Rows of books looked at", Unit: "rowsps", Lines: []line{{`sum(rate(tradewind_invariant_rows_total[5m]))`, "rows"}, {`sum(rate(tradewind_invariant_skipped_total[5m]))`, "parts left out"}}},
		}},
	}}
}

func servicesBoard() dashboard {
	return dashboard{"tradewind-services", "Tradewind: services", []row{
		{"Rate, errors, duration", []panel{
			{Title: "Requests by service", Unit: "reqps", Lines: []line{{`sum by (service) (rate(` + requests + `_count[5m]))`, "{{service}}"}}},
			{Title: "Errors by service", Unit: "percentunit", Lines: []line{{`sum by (service) (rate(` + requests + `_count{status="5xx"}[5m])) / sum by (service) (rate(` + requests + `_count[5m]))`, "{{service}}"}}},
			{Title: "99 of 100 within, by service", Unit: "s", Lines: []line{{p99("service", requests), "{{service}}"}}},
			{Title: "Busiest routes", Unit: "reqps", Lines: []line{{`topk(10, sum by (route, method) (rate(` + requests + `_count[5m])))`, "{{method}} {{route}}"}}},
			{Title: "Routes that fail", Unit: "reqps", Lines: []line{{`topk(10, sum by (route, method) (rate(` + requests + `_count{status="5xx"}[5m])))`, "{{method}} {{route}}"}}},
			{Title: "Slowest routes", Unit: "s", Lines: []line{{`topk(10, ` + p99("route", requests) + `)`, "{{route}}"}}},
		}},
		{"Load", []panel{
			{Title: "Under way", Unit: "short", Lines: []line{{`sum by (service) (tradewind_http_requests_in_flight)`, "{{service}}"}}},
			{Title: "Refused", Unit: "reqps", Lines: []line{{`sum by (as) (rate(tradewind_http_limited_total[5m]))`, "{{as}}"}}},
			{Title: "Answers by class", Unit: "reqps", Lines: []line{{`sum by (status) (rate(` + requests + `_count[5m]))`, "{{status}}"}}},
		}},
	}}
}

func databaseBoard() dashboard {
	sql := "tradewind_sql_statement_duration_seconds"
	return dashboard{"tradewind-database", "Tradewind: database", []row{
		{"Connections", []panel{
			{Title: "Connections", Unit: "short", Lines: []line{{`sum by (service) (tradewind_db_connections_open)`, "{{service}} open"}, {`sum by (service) (tradewind_db_connections_in_use)`, "{{service}} in use"}}},
			{Title: "Waits for a connection", Unit: "ops", Lines: []line{{`sum by (service) (rate(tradewind_db_pool_waits_total[5m]))`, "{{service}}"}}},
			{Title: "Transactions", Unit: "ops", Help: "of the embedded database: commits, and how many transactions they hold", Lines: []line{{`sum(rate(tradewind_db_commits_total[5m]))`, "commits"}, {`sum(rate(tradewind_db_transactions_total[5m]))`, "transactions"}, {gauge("tradewind_db_transactions_waiting"), "waiting"}}},
		}},
		{"Statements", []panel{
			{Title: "Slowest statements", Unit: "s", Lines: []line{{`topk(10, ` + p99("statement", sql) + `)`, "{{statement}}"}}},
			{Title: "Time in the database", Unit: "s", Help: "seconds of statements a second", Lines: []line{{`topk(10, sum by (statement) (rate(` + sql + `_sum[5m])))`, "{{statement}}"}}},
			{Title: "Statements that fail", Unit: "ops", Lines: []line{{`sum by (statement, code) (rate(tradewind_sql_statement_errors_total[5m]))`, "{{statement}} {{code}}"}}},
			{Title: "Statements", Unit: "ops", Lines: []line{{`sum by (service) (rate(` + sql + `_count[5m]))`, "{{service}}"}}},
			{Title: "Statements of a request", Unit: "short", Lines: []line{{`sum(rate(` + sql + `_count[5m])) / sum(rate(` + requests + `_count[5m]))`, "statements"}}},
			{Title: "Read only", Unit: "bool", Help: "1 where a process may not write, as in a standby", Lines: []line{{`max by (service) (tradewind_db_read_only)`, "{{service}}"}}},
		}},
	}}
}

func queuesBoard() dashboard {
	return dashboard{"tradewind-queues", "Tradewind: outbox, queues and facts", []row{
		{"Work", []panel{
			{Title: "Waiting", Unit: "short", Lines: []line{{gauge("tradewind_outbox_pending"), "outbox"}, {`max by (channel) (tradewind_queue_waiting)`, "{{channel}}"}}},
			{Title: "Oldest", Unit: "s", Lines: []line{{gauge("tradewind_outbox_oldest_seconds"), "outbox"}, {`max by (channel) (tradewind_queue_oldest_seconds)`, "{{channel}}"}}},
			{Title: "Dead", Unit: "short", Lines: []line{{gauge("tradewind_outbox_dead"), "outbox"}, {`max by (channel) (tradewind_queue_dead)`, "{{channel}}"}}},
			{Title: "Jobs done", Unit: "ops", Lines: []line{{`sum by (channel) (rate(tradewind_queue_handled_total[5m]))`, "{{channel}}"}}},
			{Title: "Jobs that failed", Unit: "ops", Lines: []line{{`sum by (channel) (rate(tradewind_queue_failed_total[5m]))`, "{{channel}}"}, {`sum by (channel) (rate(tradewind_queue_buried_total[5m]))`, "{{channel}} given up"}}},
			{Title: "Alerts told", Unit: "short", Lines: []line{{`sum(increase(tradewind_alerts_told_total[1h]))`, "in the last hour"}}},
		}},
		{"Facts", []panel{
			{Title: "Facts", Unit: "ops", Lines: []line{{`sum(rate(tradewind_stream_appended_total[5m]))`, "appended"}, {`sum by (group) (rate(tradewind_stream_handled_total[5m]))`, "worked on by {{group}}"}}},
			{Title: "Facts that groups have yet to read", Unit: "short", Lines: []line{{`max by (group) (tradewind_stream_lag_facts)`, "{{group}}"}}},
			{Title: "Facts that failed", Unit: "ops", Lines: []line{{`sum by (group) (rate(tradewind_stream_failed_total[5m]))`, "{{group}}"}}},
			{Title: "Facts about browsing", Unit: "ops", Lines: []line{{`sum(rate(tradewind_stream_browsing_told_total[5m]))`, "told"}, {`sum(rate(tradewind_stream_browsing_dropped_total[5m]))`, "dropped"}, {`sum(rate(tradewind_stream_browsing_failed_total[5m]))`, "failed"}}},
		}},
	}}
}

func cacheBoard() dashboard {
	redis := "tradewind_redis_command_duration_seconds"
	return dashboard{"tradewind-cache", "Tradewind: cache", []row{
		{"Answers about the catalogue", []panel{
			{Title: "Answers by where they came from", Unit: "ops", Lines: []line{{`sum by (from) (rate(tradewind_cache_answers_total[5m]))`, "{{from}}"}}},
			{Title: "Remembered", Unit: "percentunit", Lines: []line{{`sum(rate(tradewind_cache_answers_total{from!="made"}[5m])) / sum(rate(tradewind_cache_answers_total[5m]))`, "of all"}}},
		}},
		{"Redis", []panel{
			{Title: "Commands", Unit: "ops", Lines: []line{{`sum by (command) (rate(` + redis + `_count[5m]))`, "{{command}}"}}},
			{Title: "99 of 100 within", Unit: "s", Lines: []line{{p99("command", redis), "{{command}}"}}},
			{Title: "Gone on without", Unit: "ops", Lines: []line{{`sum by (command, reason) (rate(tradewind_redis_failures_total[5m]))`, "{{command}} {{reason}}"}}},
			{Title: "Left alone", Unit: "bool", Lines: []line{{`max by (service) (tradewind_redis_left_alone)`, "{{service}}"}}},
			{Title: "Connections", Unit: "short", Lines: []line{{`sum by (service) (tradewind_redis_connections)`, "{{service}}"}}},
		}},
	}}
}

func searchBoard() dashboard {
	search := "tradewind_search_request_duration_seconds"
	return dashboard{"tradewind-search", "Tradewind: search", []row{
		{"For shoppers", []panel{
			{Title: "Searches", Unit: "reqps", Lines: []line{{`sum by (status) (rate(` + requests + `_count{route="/v1/search"}[5m]))`, "{{status}}"}}},
			{Title: "99 of 100 within", Unit: "s", Lines: []line{{`histogram_quantile(0.99, sum by (le) (rate(` + requests + `_bucket{route="/v1/search"}[5m])))`, "searches"}}},
			{Title: "Drift", Unit: "short", Lines: []line{{`max by (kind) (tradewind_search_drift)`, "{{kind}}"}, {gauge("tradewind_search_drift_unhealed"), "not healed"}}},
		}},
		{"Cluster", []panel{
			{Title: "Requests to the cluster", Unit: "ops", Lines: []line{{`sum by (op, outcome) (rate(` + search + `_count[5m]))`, "{{op}} {{outcome}}"}}},
			{Title: "99 of 100 in the cluster within", Unit: "s", Lines: []line{{p99("op", search), "{{op}}"}}},
			{Title: "Left alone", Unit: "bool", Lines: []line{{`max by (service) (tradewind_search_breaker_open)`, "{{service}}"}}},
			{Title: "Answered by the database", Unit: "ops", Lines: []line{{`sum(rate(tradewind_search_degraded_total[5m]))`, "searches"}}},
		}},
	}}
}

func paymentsBoard() dashboard {
	pay := requests + `_count{route="/v1/orders/{id}/payment"`
	hook := requests + `_count{route="/v1/webhooks/{provider}"`
	return dashboard{"tradewind-payments", "Tradewind: payments", []row{
		{"Money", []panel{
			{Title: "Payments asked for", Unit: "reqps", Lines: []line{{`sum by (status) (rate(` + pay + `}[5m]))`, "{{status}}"}}},
			{Title: "Declined", Unit: "short", Help: "in the last hour", Lines: []line{{`sum(increase(tradewind_payments_declined_total[1h]))`, "declined"}}},
			{Title: "Payments not reconciled", Unit: "short", Lines: []line{{gauge("tradewind_payments_unreconciled"), "open"}}},
			{Title: "Notices of the provider", Unit: "reqps", Lines: []line{{`sum by (status) (rate(` + hook + `}[5m]))`, "{{status}}"}}},
			{Title: "99 of 100 payments within", Unit: "s", Lines: []line{{`histogram_quantile(0.99, sum by (le) (rate(` + requests + `_bucket{route="/v1/orders/{id}/payment"}[5m])))`, "payments"}}},
			{Title: "Paid and refunded", Unit: "short", Help: "in the last hour", Lines: []line{{`sum(increase(tradewind_orders_total{became="paid"}[1h]))`, "paid"}, {`sum(increase(tradewind_refunds_total[1h]))`, "refunded"}}},
		}},
	}}
}

func infrastructureBoard() dashboard {
	job := `{job="tradewind"}`
	return dashboard{"tradewind-infrastructure", "Tradewind: infrastructure", []row{
		{"Processes", []panel{
			{Title: "Processes", Unit: "short", Lines: []line{{`sum(up` + job + `)`, "answer"}, {`count(up` + job + `)`, "are known"}}},
			{Title: "CPU", Unit: "short", Help: "cores", Lines: []line{{`sum by (service) (rate(process_cpu_seconds_total` + job + `[5m]))`, "{{service}}"}}},
			{Title: "Memory", Unit: "bytes", Lines: []line{{`max by (service, instance) (process_resident_memory_bytes` + job + `)`, "{{service}} {{instance}}"}}},
			{Title: "Goroutines", Unit: "short", Lines: []line{{`max by (service) (go_goroutines` + job + `)`, "{{service}}"}}},
			{Title: "Files open", Unit: "percentunit", Lines: []line{{`max by (service) (process_open_fds` + job + ` / process_max_fds` + job + `)`, "{{service}}"}}},
			{Title: "Garbage collection", Unit: "percentunit", Help: "time of the world stopped", Lines: []line{{`sum by (service) (rate(go_gc_duration_seconds_sum` + job + `[5m]))`, "{{service}}"}}},
		}},
		{"Oracle Cloud", []panel{
			{Title: "Services of Oracle Cloud left alone", Unit: "bool", Lines: []line{{`max by (service) (tradewind_oci_left_alone)`, "{{service}}"}}},
			{Title: "Secrets that changed", Unit: "bool", Lines: []line{{`max by (setting) (tradewind_secret_changed)`, "{{setting}}"}}},
			{Title: "Told to OCI Monitoring", Unit: "ops", Lines: []line{{`sum(rate(tradewind_monitoring_posted_total[5m]))`, "posted"}, {`sum(rate(tradewind_monitoring_dropped_total[5m]))`, "dropped"}}},
		}},
	}}
}

func sloBoard(list []promise) dashboard {
	d := dashboard{UID: "tradewind-slo", Title: "Tradewind: objectives", Rows: []row{{"All", []panel{
		{Title: "Budget left", Unit: "percentunit", Kind: "bargauge", Help: "of 30 days; below 0 an objective is missed", Lines: []line{{`tradewind:slo_budget_left:ratio30d`, "{{slo}}"}}},
		{Title: "How fast budgets go", Unit: "short", Help: "1 uses the budget up in 30 days; 14.4 for an hour wakes somebody", Lines: []line{{`tradewind:slo_burn:ratio1h`, "{{slo}}"}}},
		{Title: "Alerts", Unit: "short", Kind: "table", Lines: []line{{`sum by (alertname, severity, owner) (ALERTS{alertstate="firing"})`, ""}}},
	}}, {"Each", nil}}}
	for _, p := range list {
		if p.All != "" {
			d.Rows[1].Panels = append(d.Rows[1].Panels, panel{Title: p.Name, Unit: "percentunit", Help: fmt.Sprintf("%g %%: %s", p.Objective, p.Means), Lines: []line{
				{fmt.Sprintf(`1 - tradewind:slo_bad:rate5m{slo=%q} / tradewind:slo_events:rate5m{slo=%q}`, p.Name, p.Name), "good"},
				{fmt.Sprintf(`1 - tradewind:slo_budget:ratio{slo=%q}`, p.Name), "objective"}}})
		}
	}
	return d
}
