package orasql

import "strings"

// function describes one function of the subset: how many arguments it takes
// and of which types. Unknown stands for any type that all such arguments
// share; the last entry repeats.
type function struct {
	min, max int
	args     []Type
	ret      Type // Unknown: the shared type
}

var functions = map[string]function{
	"COALESCE": {2, 100, []Type{Unknown}, Unknown},
	"NVL":      {2, 2, []Type{Unknown}, Unknown},
	"NVL2":     {3, 3, []Type{Unknown}, Unknown}, // first argument is free, see check
	"NULLIF":   {2, 2, []Type{Unknown}, Unknown},
	"GREATEST": {1, 100, []Type{Unknown}, Unknown},
	"LEAST":    {1, 100, []Type{Unknown}, Unknown},
	"ABS":      {1, 1, []Type{Number}, Number},
	"SIGN":     {1, 1, []Type{Number}, Number},
	"MOD":      {2, 2, []Type{Number}, Number},
	"ROUND":    {1, 2, []Type{Number}, Number},
	"FLOOR":    {1, 1, []Type{Number}, Number},
	"CEIL":     {1, 1, []Type{Number}, Number},
	"UPPER":    {1, 1, []Type{Text}, Text},
	"LOWER":    {1, 1, []Type{Text}, Text},
	"LENGTH":   {1, 1, []Type{Text}, Number},
	"SUBSTR":   {2, 3, []Type{Text, Number}, Text},
	"INSTR":    {2, 2, []Type{Text}, Number},
	"TRIM":     {1, 1, []Type{Text}, Text},
	"LTRIM":    {1, 1, []Type{Text}, Text},
	"RTRIM":    {1, 1, []Type{Text}, Text},
	"REPLACE":  {2, 3, []Type{Text}, Text},
	"COUNT":    {1, 1, []Type{Unknown}, Number},
	"SUM":      {1, 1, []Type{Number}, Number},
	"AVG":      {1, 1, []Type{Number}, Number},
	"MIN":      {1, 1, []Type{Unknown}, Unknown},
	"MAX":      {1, 1, []Type{Unknown}, Unknown},

	"ROW_NUMBER": {0, 0, nil, Number}, "RANK": {0, 0, nil, Number}, "DENSE_RANK": {0, 0, nil, Number},
	"NTILE": {1, 1, []Type{Number}, Number}, "LAG": {1, 3, []Type{Unknown}, Unknown}, "LEAD": {1, 3, []Type{Unknown}, Unknown},
	"FIRST_VALUE": {1, 1, []Type{Unknown}, Unknown}, "LAST_VALUE": {1, 1, []Type{Unknown}, Unknown},
}

var aggregates = wordSet(`COUNT SUM AVG MIN MAX`)
var windowOnly = wordSet(`ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD FIRST_VALUE LAST_VALUE`)

// orderedWindow need ORDER BY inside OVER, ORA-30485.
var orderedWindow = wordSet(`ROW_NUMBER RANK DENSE_RANK NTILE LAG LEAD`)

// otherFunctions exist in Oracle 19c and stay out of the subset.
var otherFunctions = wordSet(`ACOS ADD_MONTHS APPROX_COUNT_DISTINCT ASCII ASIN ATAN ATAN2 BFILENAME BITAND CARDINALITY
	CHARTOROWID CHR COLLECT COMPOSE CONCAT CONVERT CORR COS COSH COVAR_POP COVAR_SAMP CUME_DIST DECODE DECOMPOSE DUMP
	EMPTY_BLOB EMPTY_CLOB EXISTSNODE EXP EXTRACT EXTRACTVALUE FIRST FROM_TZ GROUP_ID GROUPING GROUPING_ID HEXTORAW INITCAP
	JSON_ARRAY JSON_ARRAYAGG JSON_EQUAL JSON_EXISTS JSON_MERGEPATCH JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_SERIALIZE
	JSON_TABLE JSON_TEXTCONTAINS JSON_VALUE LAST LAST_DAY LISTAGG LN LNNVL LOG LPAD MEDIAN MONTHS_BETWEEN NANVL NEW_TIME
	NEXT_DAY NLS_INITCAP NLS_LOWER NLS_UPPER NLSSORT NTH_VALUE NUMTODSINTERVAL NUMTOYMINTERVAL ORA_HASH PERCENT_RANK
	PERCENTILE_CONT PERCENTILE_DISC POWER RATIO_TO_REPORT RAWTOHEX REGEXP_COUNT REGEXP_INSTR REGEXP_LIKE REGEXP_REPLACE
	REGEXP_SUBSTR REGR_SLOPE REMAINDER RPAD SIN SINH SOUNDEX SQRT STANDARD_HASH STATS_MODE STDDEV STDDEV_POP STDDEV_SAMP
	SYS_CONNECT_BY_PATH SYS_CONTEXT SYS_GUID SYS_EXTRACT_UTC TAN TANH TO_BINARY_DOUBLE TO_CHAR TO_CLOB TO_DATE TO_DSINTERVAL
	TO_LOB TO_NCHAR TO_NUMBER TO_TIMESTAMP TO_TIMESTAMP_TZ TO_YMINTERVAL TRANSLATE TRUNC TZ_OFFSET UNISTR USERENV
	VAR_POP VAR_SAMP VARIANCE VALIDATE_CONVERSION VSIZE WIDTH_BUCKET XMLAGG XMLELEMENT XMLFOREST XMLTABLE XMLQUERY
	CONTAINS SCORE LENGTHB LENGTHC SUBSTRB INSTRB RAWTOHEX CURRENT_TIMESTAMP LOCALTIMESTAMP TREAT DEREF REF VALUE
	CURSOR POWERMULTISET SET BIN_TO_NUM COALESCE_ NLS_CHARSET_ID ROWIDTOCHAR DBTIMEZONE SESSIONTIMEZONE XMLTYPE`)

// foreignFunctions belong to other databases; the value is what we write.
var foreignFunctions = map[string]string{
	"IFNULL": "COALESCE(a, b)", "ISNULL": "COALESCE(a, b)", "IF": "CASE WHEN .. THEN .. ELSE .. END", "IIF": "CASE WHEN .. THEN .. ELSE .. END",
	"NOW": "a time.Time bound from the clock", "DATETIME": "a time.Time bound from the clock", "STRFTIME": "a time.Time bound from the clock",
	"JULIANDAY": "a time.Time bound from the clock", "GETDATE": "a time.Time bound from the clock", "UNIXEPOCH": "a time.Time bound from the clock",
	"CURDATE": "a time.Time bound from the clock", "DATE": "a time.Time bound from the clock", "DATE_TRUNC": "the moment computed in Go",
	"DATE_ADD": "the moment computed in Go", "DATEADD": "the moment computed in Go", "DATEDIFF": "the moment computed in Go", "AGE": "the moment computed in Go",
	"RANDOM": "a random value bound from Go", "RAND": "a random value bound from Go", "UUID": "an id made in Go", "GEN_RANDOM_UUID": "an id made in Go",
	"NEWID": "an id made in Go", "UUID_GENERATE_V4": "an id made in Go", "STRING_AGG": "rows joined in Go", "GROUP_CONCAT": "rows joined in Go",
	"ARRAY_AGG": "rows collected in Go", "JSON_AGG": "rows collected in Go", "UNNEST": "a driving table", "GENERATE_SERIES": "values made in Go",
	"CHAR_LENGTH": "LENGTH(a)", "CHARACTER_LENGTH": "LENGTH(a)", "LEN": "LENGTH(a)", "SUBSTRING": "SUBSTR(a, 1, n)", "STRPOS": "INSTR(a, b)",
	"POSITION": "INSTR(a, b)", "LOCATE": "INSTR(a, b)", "CHARINDEX": "INSTR(a, b)", "CEILING": "CEIL(a)", "LCASE": "LOWER(a)", "UCASE": "UPPER(a)",
	"CONCAT_WS": "the pieces joined in Go", "TOTAL": "SUM(a)", "LAST_INSERT_ID": "RETURNING id INTO :id", "LAST_INSERT_ROWID": "RETURNING id INTO :id",
	"LASTVAL": "RETURNING id INTO :id", "NEXTVAL": "order_seq.NEXTVAL", "CURRVAL": "RETURNING id INTO :id", "BOOL_OR": "MAX(CASE WHEN .. THEN 1 ELSE 0 END)",
	"BOOL_AND": "MIN(CASE WHEN .. THEN 1 ELSE 0 END)", "ANY_VALUE": "MIN(a); ANY_VALUE is not in 19c's base release", "CHANGES": "the result's rows affected",
	"JSON_EXTRACT": "the whole document, read in Go", "TO_JSON": "JSON made in Go", "JSON_BUILD_OBJECT": "JSON made in Go", "ROW_COUNT": "the result's rows affected",
}

// knownFunction refuses every function that is not in the subset.
func (p *parser) knownFunction(c *call) bool {
	if _, ok := functions[c.name]; ok {
		return true
	}
	if try, ok := foreignFunctions[c.name]; ok {
		p.fail(c.pos, 904, "Oracle has no function "+c.name, try)
		return false
	}
	if otherFunctions[c.name] || strings.HasPrefix(c.name, "REGR_") || strings.HasPrefix(c.name, "XML") {
		p.outside(c.pos, "function "+c.name, functionTry(c.name))
		return false
	}
	p.fail(c.pos, 904, "no function "+c.name, "")
	return false
}

func functionTry(name string) string {
	switch name {
	case "CONCAT", "LPAD", "RPAD", "INITCAP", "CHR", "TRANSLATE", "TO_CHAR", "LISTAGG":
		return "text made in Go"
	case "DECODE":
		return "CASE WHEN .. THEN .. ELSE .. END"
	case "SYS_GUID":
		return "an id made in Go"
	case "EXTRACT", "TRUNC", "ADD_MONTHS", "MONTHS_BETWEEN", "LAST_DAY", "TO_DATE", "TO_TIMESTAMP", "TO_TIMESTAMP_TZ", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP":
		return "a bind with the moment computed in Go"
	}
	if strings.HasPrefix(name, "JSON_") {
		return "the whole document, read in Go"
	}
	return "the computation in Go"
}

// arity checks the number of arguments and the rules of single functions that
// need no types.
func (p *parser) arity(c *call) {
	if p.failed() {
		return
	}
	f, ok := functions[c.name]
	if !ok {
		return // wide grammar
	}
	if windowOnly[c.name] && c.over == nil {
		p.fail(c.pos, 30484, c.name+" without OVER", c.name+"(..) OVER (ORDER BY ..)")
		return
	}
	if c.star {
		return
	}
	switch n := len(c.args); {
	case n < f.min:
		p.fail(c.pos, 938, "too few arguments for "+c.name, "")
	case n > f.max:
		ora := 939
		if aggregates[c.name] {
			ora = 909
		}
		p.fail(c.pos, ora, "too many arguments for "+c.name, "")
	case c.distinct && !aggregates[c.name]:
		p.fail(c.pos, 936, "DISTINCT in "+c.name, "")
	case c.over != nil && orderedWindow[c.name] && len(c.over.order) == 0:
		p.fail(c.pos, 30485, c.name+" needs ORDER BY in OVER", "OVER (ORDER BY ..)")
	case c.over != nil && orderedWindow[c.name] && c.over.frame != "":
		p.fail(c.pos, 907, c.name+" takes no frame", "OVER (ORDER BY ..)")
	}
	if p.failed() {
		return
	}
	switch c.name {
	case "LAG", "LEAD":
		if len(c.args) > 1 && !wholeLiteral(c.args[1], 0) {
			p.outside(c.args[1].at(), c.name+" with a distance that is not a number", c.name+"(x, 1)")
		}
	case "NTILE":
		if !wholeLiteral(c.args[0], 1) {
			p.outside(c.args[0].at(), "NTILE of something that is not a number", "NTILE(4)")
		}
	case "ROUND":
		if len(c.args) > 1 && !wholeLiteral(c.args[1], 0) {
			p.outside(c.args[1].at(), "ROUND to tens or to a variable place", "ROUND(x)")
		}
	case "NULLIF":
		if _, ok := c.args[0].(*nullLit); ok {
			p.fail(c.args[0].at(), 932, "NULLIF of NULL", "")
		}
	}
}

func wholeLiteral(e expr, least int64) bool {
	n, ok := e.(*numLit)
	return ok && !n.frac && n.val >= least && n.val < 1e6
}
