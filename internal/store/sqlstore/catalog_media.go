package sqlstore

import "context"

// Who may name a picture or film, each by its column.
var namingMedia = []inList{
	listStatement("media.named", `SELECT url FROM media WHERE url IN (:list)`),
	listStatement("category.image_named", `SELECT image FROM category WHERE image IN (:list)`),
	listStatement("brand.logo_named", `SELECT logo FROM brand WHERE logo IN (:list)`),
	listStatement("collection.image_named", `SELECT image FROM collection WHERE image IN (:list)`),
}

// MediaNamed implements catalog.MediaStore.
func (s catalogs) MediaNamed(ctx context.Context, urls []string) (named []string, err error) {
	for _, l := range namingMedia {
		some, err := collectIn(ctx, s.h, l, urls, func(r scanner) (url string, err error) { return url, r.Scan(&url) })
		if err != nil {
			return nil, fail(err, "select who names %d files", len(urls))
		}
		named = append(named, some...)
	}
	return named, nil
}
