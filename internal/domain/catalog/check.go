package catalog

import (
	"unicode/utf8"

	"tradewind/internal/platform/fault"
)

// length refuses text of fewer or more characters.
func length(field, text string, least, most int) error {
	if n := utf8.RuneCountInString(text); n < least || n > most {
		return wrong(field, "%d characters are needed to %d possible; here are %d", least, most, n)
	}
	return nil
}

// wrong is an error about a field; coded gives it the code of its noun.
func wrong(field, format string, args ...any) error {
	return fault.Field("invalid", field, format, args...)
}

func coded(code string, err error) error {
	if e, ok := err.(*fault.Error); ok && e.Code == "invalid" {
		named := *e
		named.Code = code
		return &named
	}
	return err
}

// first returns the first error there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
