package httpapi

// adminRoutes lists what staff do, a line each. The permissions that roles are
// made of are those named here.
func (a *API) adminRoutes() []Route {
	return []Route{
		{"POST", "/v1/admin/sign-in", Public, a.signInStaff},
		{"GET", "/v1/admin/me", Enrolling, a.showMe},
		{"POST", "/v1/admin/sign-out", Enrolling, a.signOutStaff},
	}
}
