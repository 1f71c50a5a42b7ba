package sandboxpay

import (
	"html/template"
	"net/http"

	"tradewind/internal/platform/money"
)

// stepUpPage is where a shopper confirms a payment, as a bank would ask.
var stepUpPage = template.Must(template.New("step-up").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Confirm your payment</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 12vh auto; padding: 0 1rem; }
button { font: inherit; padding: .6rem 1.2rem; margin-right: .6rem; cursor: pointer; }
small { color: #555; }
</style>
</head>
<body>
<h1>{{if .Open}}Confirm your payment{{else}}Nothing to confirm{{end}}</h1>
{{if .Open}}<p>Pay <strong>{{.Amount}}</strong> for {{.Reference}}?</p>
<form method="post">
<button name="answer" value="approve">Approve</button>
<button name="answer" value="decline">Decline</button>
</form>
{{else}}<p>This payment is {{.Status}}.</p>
{{end}}<p><small>Sandbox bank. No money moves.</small></p>
</body>
</html>
`))

func (s *Server) showStepUp(w http.ResponseWriter, r *http.Request) {
	e, ok := s.ledger.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "There is no such payment.", http.StatusNotFound)
		return
	}
	s.writeStepUp(w, e)
}

// answerStepUp handles the form. A second answer changes nothing and leads the
// same way as the first.
func (s *Server) answerStepUp(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	choice := r.PostFormValue("answer")
	if choice != "approve" && choice != "decline" {
		http.Error(w, "Answer approve or decline.", http.StatusBadRequest)
		return
	}
	before, ok := s.ledger.get(r.PathValue("id"))
	if !ok {
		http.Error(w, "There is no such payment.", http.StatusNotFound)
		return
	}
	if before.Status == RequiresAction {
		// An error means that another answer was quicker.
		_, _ = s.finish(s.ledger.change("", "", before.ID, stepUpOf(choice == "approve")))
	}
	if before.ReturnURL != "" {
		http.Redirect(w, r, before.ReturnURL, http.StatusSeeOther)
		return
	}
	after, _ := s.ledger.get(before.ID)
	s.writeStepUp(w, after)
}

func (s *Server) writeStepUp(w http.ResponseWriter, e entry) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = stepUpPage.Execute(w, map[string]any{
		"Open": e.Status == RequiresAction, "Status": e.Status,
		"Amount": money.Of(e.Amount, e.Currency).String(), "Reference": e.Reference,
	})
}
