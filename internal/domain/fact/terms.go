package fact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what is told of a search.
const (
	maxTerms = 8
	maxTerm  = 24 // characters
	digits   = 4  // in all: a size or a model's number, not a telephone or an order
)

// Terms returns the words of a search text that may be told, in small letters.
// People paste into search boxes: addresses, numbers of orders, their names. So
// a text is told only if it found something in the catalogue and is made of a few
// words of letters, with a few digits at most; of any other, nothing is.
func Terms(text string, results int64) (terms []string, withheld bool) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return []string{}, false
	}
	if results == 0 || len(words) > maxTerms {
		return []string{}, true
	}
	seen := 0
	for _, w := range words {
		for _, r := range w {
			if unicode.IsDigit(r) {
				seen++
			} else if !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '-' && r != '\'' {
				return []string{}, true
			}
		}
		if utf8.RuneCountInString(w) > maxTerm {
			return []string{}, true
		}
	}
	if seen > digits {
		return []string{}, true
	}
	return words, false
}
