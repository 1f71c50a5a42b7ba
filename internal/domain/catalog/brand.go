package catalog

// Brand is a maker. Its name, the Title, is what lists are filtered by.
type Brand struct {
	ID, Slug, Title string
	Logo            string // address or object key of a picture, as Media.URL
	Version         int64
}

// Check reports what the catalogue would refuse of b by itself. The error's code is "brand-invalid".
func (b Brand) Check() error {
	return coded("brand-invalid", first(
		length("slug", b.Slug, 1, 120),
		length("title", b.Title, 1, 120),
		length("logo", b.Logo, 0, 1000),
		legible(b.Slug, b.Title, b.Logo),
		sluggish(b.Slug)))
}
