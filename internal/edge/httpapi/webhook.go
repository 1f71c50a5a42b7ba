package httpapi

import (
	"net/http"

	"github.com/gorilla/mux"

	"tradewind/internal/platform/fault"
)

const webhookPath = "/v1/webhooks/{provider}"

// takeNotice handles POST /v1/webhooks/{provider}. 204 means that the notice is
// kept or was known; the provider may send anything else again.
func (a *API) takeNotice(w http.ResponseWriter, r *http.Request) error {
	if name := mux.Vars(r)["provider"]; name != a.Provider.Name() {
		return fault.New(fault.NotFound, "unknown-provider", "There is no payment provider %s here.", clean(name))
	}
	body, err := read(r)
	if err != nil {
		return err
	}
	header := make(map[string]string, len(r.Header))
	for name := range r.Header {
		header[name] = r.Header.Get(name)
	}
	notice, err := a.Provider.Notice(header, body, a.Now())
	if err != nil {
		return err
	}
	if err := a.Settle.Apply(r.Context(), notice); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
