package httpapi

// adminRoutes lists what staff do, a line each. The permissions that roles are
// made of are those named here.
func (a *API) adminRoutes() []Route {
	return []Route{
		{"POST", "/v1/admin/sign-in", Public, a.signInStaff},
		{"POST", "/v1/admin/sign-out", Enrolling, a.signOutStaff},
		{"GET", "/v1/admin/me", Enrolling, a.showMe},
		{"POST", "/v1/admin/second-factor", Enrolling, a.enrol},
		{"PUT", "/v1/admin/second-factor", Enrolling, a.enrolled},
		{"PUT", "/v1/admin/password", AnyStaff, a.changeStaffPassword},
		{"GET", "/v1/admin/sessions", AnyStaff, a.listSessions},
		{"DELETE", "/v1/admin/sessions", AnyStaff, a.endOtherSessions},
		{"DELETE", "/v1/admin/sessions/{id}", AnyStaff, a.endSession},

		{"GET", "/v1/admin/customers", Staff("customers:read"), a.listCustomers},
		{"GET", "/v1/admin/customers/{id}", Staff("customers:read"), a.getCustomer},
		{"PUT", "/v1/admin/customers/{id}", Staff("customers:write"), a.putCustomer},
		{"POST", "/v1/admin/customers", Staff("customers:write"), a.addCustomer},
		{"DELETE", "/v1/admin/customers/{id}", Staff("customers:write"), a.closeCustomer},
		{"DELETE", "/v1/admin/customers/{id}/sessions", Staff("customers:write"), a.endCustomerSessions},

		{"GET", "/v1/admin/staff", Staff("staff:read"), a.listStaff},
		{"POST", "/v1/admin/staff", Staff("staff:write"), a.addStaff},
		{"GET", "/v1/admin/staff/{id}", Staff("staff:read"), a.getStaff},
		{"PUT", "/v1/admin/staff/{id}", Staff("staff:write"), a.putStaff},
		{"DELETE", "/v1/admin/staff/{id}/sessions", Staff("staff:write"), a.endStaffSessions},
		{"GET", "/v1/admin/permissions", Staff("staff:read"), a.listPermissions},
		{"GET", "/v1/admin/roles", Staff("staff:read"), a.listRoles},
		{"POST", "/v1/admin/roles", Staff("staff:write"), a.addRole},
		{"GET", "/v1/admin/roles/{role}", Staff("staff:read"), a.getRole},
		{"PUT", "/v1/admin/roles/{role}", Staff("staff:write"), a.putRole},
		{"DELETE", "/v1/admin/roles/{role}", Staff("staff:write"), a.deleteRole},

		{"GET", "/v1/admin/orders", Staff("orders:read"), a.listOrders},
		{"GET", "/v1/admin/orders/{id}", Staff("orders:read"), a.overseeOrder},
		{"GET", "/v1/admin/orders/{id}/timeline", Staff("orders:read"), a.overseeTimeline},
		{"POST", "/v1/admin/orders/{id}/notes", Staff("orders:write"), a.writeNote},
		{"POST", "/v1/admin/orders/{id}/cancel", Staff("orders:write"), a.cancelByStaff},
		{"POST", "/v1/admin/orders/{id}/shipments", Staff("orders:write"), a.shipOrder},
		{"PUT", "/v1/admin/orders/{id}/shipments/{shipment}/delivered", Staff("orders:write"), a.deliverShipment},
		{"POST", "/v1/admin/orders/{id}/returns", Staff("orders:write"), a.returnByStaff},
		{"PUT", "/v1/admin/orders/{id}/returns/{return}", Staff("orders:write"), a.answerReturn},
		{"POST", "/v1/admin/orders/{id}/returns/{return}/received", Staff("orders:write"), a.receiveReturn},
		{"GET", "/v1/admin/returns", Staff("orders:read"), a.listReturns},
		{"GET", "/v1/admin/orders/{id}/refunds", Staff("refunds:read"), a.listRefunds},
		{"POST", "/v1/admin/orders/{id}/refunds", Staff("refunds:write"), a.giveBack},

		{"GET", "/v1/admin/abandoned-carts", Staff("carts:read"), a.listAbandoned},

		{"GET", "/v1/admin/figures", Staff("orders:read"), a.listFigures},
		{"GET", "/v1/admin/audit", Staff("audit:read"), a.listAudit},
		{"GET", "/v1/admin/dead-letters", Staff("events:read"), a.listDead},
		{"POST", "/v1/admin/dead-letters/{id}/replay", Staff("events:write"), a.replayDead},
		{"DELETE", "/v1/admin/dead-letters/{id}", Staff("events:write"), a.dropDead},
		{"GET", "/v1/admin/dead-jobs", Staff("events:read"), a.listDeadJobs},
		{"POST", "/v1/admin/dead-jobs/{kind}/{id}/replay", Staff("events:write"), a.replayDeadJob},
		{"DELETE", "/v1/admin/dead-jobs/{kind}/{id}", Staff("events:write"), a.dropDeadJob},
	}
}
