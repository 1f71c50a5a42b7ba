package main

import "encoding/json"

// dashboard is one of Grafana, as far as it is ours to say.
type dashboard struct {
	UID, Title string
	Rows       []row
}

type row struct {
	Title  string
	Panels []panel
}

// panel is a graph of expressions; Kind is "timeseries" unless told.
type panel struct {
	Title, Unit, Kind string
	Lines             []line
	Help              string
}

type line struct{ Expr, Legend string }

// json is the dashboard as Grafana provisions it: three panels in a row.
func (d dashboard) json() (string, error) {
	type m = map[string]any
	source := m{"type": "prometheus", "uid": "${source}"}
	var panels []m
	y, id := 0, 1
	for _, r := range d.Rows {
		panels = append(panels, m{"type": "row", "title": r.Title, "id": id, "gridPos": m{"h": 1, "w": 24, "x": 0, "y": y}, "collapsed": false, "panels": []m{}})
		id++
		y++
		for i, p := range r.Panels {
			kind := p.Kind
			if kind == "" {
				kind = "timeseries"
			}
			var targets []m
			for n, l := range p.Lines {
				targets = append(targets, m{"refId": string(rune('A' + n)), "expr": l.Expr, "legendFormat": l.Legend, "datasource": source})
			}
			panels = append(panels, m{"type": kind, "title": p.Title, "description": p.Help, "id": id, "datasource": source, "targets": targets,
				"gridPos": m{"h": 8, "w": 8, "x": i % 3 * 8, "y": y + i/3*8}, "fieldConfig": m{"defaults": m{"unit": p.Unit, "min": 0}, "overrides": []m{}}})
			id++
		}
		y += (len(r.Panels) + 2) / 3 * 8
	}
	text, err := json.MarshalIndent(m{"uid": d.UID, "title": d.Title, "tags": []string{"tradewind"}, "schemaVersion": 39, "version": 1, "editable": false, "refresh": "30s",
		"time": m{"from": "now-6h", "to": "now"}, "timezone": "utc", "panels": panels,
		"links":      []m{{"type": "dashboards", "title": "Tradewind", "tags": []string{"tradewind"}, "asDropdown": true}},
		"templating": m{"list": []m{{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}}}}, "", " ")
	return string(text) + "\n", err
}
