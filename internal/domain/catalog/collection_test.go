package catalog

import (
	"testing"
	"time"

	"tradewind/internal/platform/fault"
	"tradewind/internal/platform/money"
)

func TestARuleHoldsForWhatMeetsItsConditions(t *testing.T) {
	noon := time.Unix(43200, 0)
	p := Product{BrandID: "b1", Tags: []string{"gift"}, CreatedAt: noon, Attributes: []Attribute{{Name: "colour", Text: "red"}, {Name: "volume", Text: "300", Milli: milli(300_000)}},
		Variants: []Variant{{Prices: []Price{{Amount: money.Of(2000, "EUR"), Sale: &Sale{Minor: 1500}}}}}}
	facts := Facts{Categories: []string{"mugs", "kitchen"}, InStock: true}
	yes := Condition{Subject: ByTag, Values: []string{"gift"}}
	no := Condition{Subject: ByTag, Values: []string{"garden"}}
	for name, tc := range map[string]struct {
		rule Rule
		want bool
	}{
		"no conditions":                {Rule{}, false},
		"no conditions, any":           {Rule{Any: true}, false},
		"all met":                      {Rule{Conditions: []Condition{yes, yes}}, true},
		"one of all not met":           {Rule{Conditions: []Condition{yes, no}}, false},
		"any met":                      {Rule{Any: true, Conditions: []Condition{no, yes}}, true},
		"none of any met":              {Rule{Any: true, Conditions: []Condition{no, no}}, false},
		"the category above":           {Rule{Conditions: []Condition{{Subject: ByCategory, Values: []string{"x", "kitchen"}}}}, true},
		"another category":             {Rule{Conditions: []Condition{{Subject: ByCategory, Values: []string{"x"}}}}, false},
		"the brand":                    {Rule{Conditions: []Condition{{Subject: ByBrand, Values: []string{"b1"}}}}, true},
		"an attribute's value":         {Rule{Conditions: []Condition{{Subject: ByAttribute, Name: "colour", Values: []string{"blue", "red"}}}}, true},
		"another attribute's value":    {Rule{Conditions: []Condition{{Subject: ByAttribute, Name: "mood", Values: []string{"red"}}}}, false},
		"a number within":              {Rule{Conditions: []Condition{{Subject: ByAttribute, Name: "volume", Min: milli(300_000), Max: milli(300_000)}}}, true},
		"a number below":               {Rule{Conditions: []Condition{{Subject: ByAttribute, Name: "volume", Min: milli(300_001)}}}, false},
		"a number where a text is":     {Rule{Conditions: []Condition{{Subject: ByAttribute, Name: "colour", Min: milli(0)}}}, false},
		"the price that holds":         {Rule{Conditions: []Condition{{Subject: ByPrice, Currency: "EUR", Max: milli(1500)}}}, true},
		"the price that does not":      {Rule{Conditions: []Condition{{Subject: ByPrice, Currency: "EUR", Min: milli(1501)}}}, false},
		"no price in the currency":     {Rule{Conditions: []Condition{{Subject: ByPrice, Currency: "USD", Min: milli(0)}}}, false},
		"created at that very moment":  {Rule{Conditions: []Condition{{Subject: BySince, Since: noon}}}, true},
		"created before":               {Rule{Conditions: []Condition{{Subject: BySince, Since: noon.Add(1)}}}, false},
		"in stock":                     {Rule{Conditions: []Condition{{Subject: ByStock}}}, true},
		"a subject of a later version": {Rule{Conditions: []Condition{{Subject: "mood"}}}, false},
	} {
		if got := tc.rule.Holds(p, facts); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestAConditionWithoutSenseIsRefused(t *testing.T) {
	for name, c := range map[string]Condition{
		"no values":          {Subject: ByTag},
		"no name":            {Subject: ByAttribute, Values: []string{"a"}},
		"values and bounds":  {Subject: ByAttribute, Name: "a", Values: []string{"a"}, Min: milli(1)},
		"bounds upside down": {Subject: ByPrice, Currency: "EUR", Min: milli(2), Max: milli(1)},
		"no currency":        {Subject: ByPrice, Min: milli(2)},
		"no moment":          {Subject: BySince},
		"nothing we know":    {Subject: "mood", Values: []string{"good"}},
		"too many values":    {Subject: ByTag, Values: make([]string, maxRuleValues+1)},
		"an illegible value": {Subject: ByTag, Values: []string{"\x00"}},
	} {
		err := Collection{Slug: "a", Title: "A", Status: Shown, Rule: Rule{Conditions: []Condition{c}}}.Check()
		if fault.Code(err) != "collection-invalid" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
