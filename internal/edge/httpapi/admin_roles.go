package httpapi

import (
	"net/http"

	"tradewind/internal/domain/user"
	"tradewind/internal/platform/fault"
)

type roleView struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Permissions []string `json:"permissions"`
	Version     int64    `json:"version"`
}

func viewRole(x user.Role) roleView { return roleView{x.ID, x.Title, x.Permissions, x.Version} }

// listPermissions handles GET /v1/admin/permissions: what roles can be made of.
func (a *API) listPermissions(w http.ResponseWriter, r *http.Request) error {
	return encode(w, r, http.StatusOK, listView[string]{Items: a.Accounts.Permissions})
}

// listRoles handles GET /v1/admin/roles.
func (a *API) listRoles(w http.ResponseWriter, r *http.Request) error {
	list, err := a.DB.Read().Staff.Roles(r.Context())
	if err != nil {
		return err
	}
	return encode(w, r, http.StatusOK, pageOf(list, len(list), viewRole, nil))
}

// pathRole reads the name of a role; what is no name is no role's.
func pathRole(r *http.Request) (string, error) {
	id, err := pathText(r, "role", 40)
	if err == nil {
		_, err = name("role", id)
	}
	if err != nil {
		return "", user.RoleNotFound(clean(id))
	}
	return id, nil
}

// getRole handles GET /v1/admin/roles/{role}.
func (a *API) getRole(w http.ResponseWriter, r *http.Request) error {
	id, err := pathRole(r)
	if err != nil {
		return err
	}
	x, err := a.DB.Read().Staff.Role(r.Context(), id)
	if err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, x.Version, viewRole(x))
}

type roleRequest struct {
	Title       string   `json:"title"`
	Permissions []string `json:"permissions"`
}

func (in roleRequest) role(id string) (user.Role, error) {
	title, err := text("title", in.Title, 1, 120)
	if err == nil && len(in.Permissions) > 200 {
		err = fault.Field("too-many-values", "permissions", "at most 200 are possible")
	}
	for _, p := range in.Permissions {
		if err == nil {
			_, err = text("permissions", p, 1, 60)
		}
	}
	return user.Role{ID: id, Title: title, Permissions: in.Permissions}, err
}

// addRole handles POST /v1/admin/roles.
func (a *API) addRole(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		ID          string   `json:"id"`
		Title       string   `json:"title"`
		Permissions []string `json:"permissions"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	id, err := name("id", in.ID)
	if err != nil {
		return err
	}
	x, err := roleRequest{in.Title, in.Permissions}.role(id)
	if err != nil {
		return err
	}
	if x, err = a.Accounts.AddRole(r.Context(), who(r), x); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/admin/roles/"+x.ID)
	return encodeVersion(w, r, http.StatusCreated, x.Version, viewRole(x))
}

// putRole handles PUT /v1/admin/roles/{role}.
func (a *API) putRole(w http.ResponseWriter, r *http.Request) error {
	var in roleRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	id, err := pathRole(r)
	if err != nil {
		return err
	}
	x, err := in.role(id)
	if err != nil {
		return err
	}
	if x.Version, err = ifMatch(r); err != nil {
		return err
	}
	if x, err = a.Accounts.ChangeRole(r.Context(), who(r), x); err != nil {
		return err
	}
	return encodeVersion(w, r, http.StatusOK, x.Version, viewRole(x))
}

// deleteRole handles DELETE /v1/admin/roles/{role}.
func (a *API) deleteRole(w http.ResponseWriter, r *http.Request) error {
	id, err := pathRole(r)
	if err != nil {
		return err
	}
	version, err := ifMatch(r)
	if err != nil {
		return err
	}
	return done(w, a.Accounts.DeleteRole(r.Context(), who(r), id, version))
}
