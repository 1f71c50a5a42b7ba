package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"

	"tradewind/internal/domain/setting"
	"tradewind/internal/platform/fault"
)

// settings keeps setting. Values are kept as {"value": …}: Oracle's IS JSON
// takes objects and lists only.
type settings struct{ h handle }

var (
	settingAll    = statement("setting.all", `SELECT name, value_doc, version FROM setting ORDER BY name`)
	settingInsert = statement("setting.insert", `INSERT INTO setting (name, value_doc, version) VALUES (:name, :value_doc, 1)`)
	settingUpdate = statement("setting.update", `UPDATE setting SET value_doc = :value_doc, version = version + 1 WHERE name = :name AND version = :version`)
)

type settingDoc struct {
	Value json.RawMessage `json:"value"`
}

func (s settings) All(ctx context.Context) ([]setting.Stored, error) {
	list, err := collect(ctx, s.h, settingAll, func(r scanner) (x setting.Stored, err error) {
		var value string
		err = r.Scan(&x.Name, &value, &x.Version)
		if err != nil {
			return x, err
		}
		var doc settingDoc
		err = json.Unmarshal([]byte(value), &doc)
		x.Value = doc.Value
		return x, err
	})
	return list, fail(err, "select settings")
}

func (s settings) Put(ctx context.Context, x setting.Stored) error {
	doc, err := json.Marshal(settingDoc{x.Value})
	if err != nil {
		return fail(err, "encode setting %s", x.Name)
	}
	st, args := settingInsert, []sql.NamedArg{bind("name", x.Name), bind("value_doc", string(doc))}
	if x.Version > 1 {
		st, args = settingUpdate, append(args, bind("version", x.Version-1))
	}
	n, err := s.h.exec(ctx, st, args...)
	if codeOf(err) == codeUnique || err == nil && n == 0 {
		return fault.ChangedMeanwhile("setting " + x.Name)
	}
	return fail(err, "write setting %s", x.Name)
}
