package httpapi

import (
	"context"
	"net/http"
)

// reader returns up to n entries of a list, behind the one that after names.
type reader[T any] = func(ctx context.Context, after string, n int) ([]T, error)

// of is the reader of a list that belongs to something, such as the codes of a promotion.
func of[K, T any](read func(ctx context.Context, key K, after string, n int) ([]T, error), key K) reader[T] {
	return func(ctx context.Context, after string, n int) ([]T, error) { return read(ctx, key, after, n) }
}

// listed answers with the page of a list that limit and cursor of q ask for.
// order names the list and its order, so that no cursor of another fits; at is
// what names an entry.
func listed[T, V any](w http.ResponseWriter, r *http.Request, q *query, order string, read reader[T], view func(T) V, at func(T) string) error {
	limit, after := int(q.number("limit", 24, 1, 100)), ""
	if q.cursor(order, &after); q.err != nil {
		return q.err
	}
	list, err := read(r.Context(), after, limit+1)
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, limit, view, func(x T) string { return cursorOf(order, at(x)) }))
}

// pageOf shows up to limit of a list; one more says that there is a next page.
func pageOf[T, V any](list []T, limit int, view func(T) V, cursor func(T) string) listView[V] {
	out := listView[V]{Items: []V{}}
	if len(list) > limit {
		list = list[:limit]
		out.Next = cursor(list[limit-1])
	}
	for _, x := range list {
		out.Items = append(out.Items, view(x))
	}
	return out
}
